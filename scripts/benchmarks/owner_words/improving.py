"""Improve words with five recordings of people, and judge them on the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks.common import weights
from benchmarks.words import judged
from hearken_speech.wake.detector import WordDetector
from hearken_speech.wake.features import STEP_SAMPLES
from hearken_speech.wake.making.maker import Maker, OwnSounds
from hearken_speech.wake.making.material import HEAD_STEPS
from hearken_speech.wake.making.phrase import Phrase
from hearken_speech.wake.making.recording import RecordingError, cut_word
from hearken_speech.wake.making.voice import Voices
from hearken_speech.wake.settings import WordSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hearken_speech.audio.format import Samples
    from hearken_speech.wake.making.embedding import Embeddings
    from hearken_speech.wake.making.learning import Network
    from hearken_speech.wake.making.maker import Gathered

RECORDINGS_OF_A_WORD: Final = 5
WORDS: Final = {
    "alexa": ("wake/easy/alexa-*", "wake/quiet/*", "wake/fragile/*", "wake/missed/*"),
    "snowboy": ("wake/few_shot/*/*",),
}
_SETTLING_STEPS: Final = 5
_HALVES: Final = ("first", "second")


def improve(
    words: Sequence[str], hours: float, maker: Maker | None = None
) -> list[dict[str, Any]]:
    """Improve each word with half of its recordings; judge it on the other half."""
    maker = maker or Maker(Voices(weights.fetch("kokoro")))
    rows: list[dict[str, Any]] = []
    heads: list[tuple[Network, Network]] = []
    for word in words:
        gathered = maker.gather(Phrase(word, "en"))
        halves = _halves(WORDS[word])
        for number, name in enumerate(_HALVES):
            row, pair = _improved(maker, gathered, halves[number], halves[1 - number])
            rows.append({"word": word, "learned_from": name, **row})
            heads.append(pair)
    counted = _false_accepts(gathered, heads, hours)
    for row, (before, after) in zip(rows, counted, strict=True):
        row |= {"hours": hours, "false_accepts": [before, after]}
    _print(rows, hours)
    return rows


def _halves(patterns: tuple[str, ...]) -> tuple[list[Samples], list[Samples]]:
    """Return every other recording of a word, and the rest."""
    recordings = judged.said(patterns)
    return recordings[::2], recordings[1::2]


def _improved(
    maker: Maker,
    gathered: Gathered,
    own: Sequence[Samples],
    others: Sequence[Samples],
) -> tuple[dict[str, Any], tuple[Network, Network]]:
    """Learn a word without and with recordings; count misses of others."""
    words = [word for one in own if (word := word_in(one)) is not None]
    material = gathered.material(OwnSounds(recordings=words[:RECORDINGS_OF_A_WORD]))
    embedded = gathered.embedder.embed(others)
    noisy = gathered.embedder.embed(judged.in_noise(list(others)))
    made = [
        maker.made(material, material.judge(with_owner=with_owner), gathered.voices)
        for with_owner in (False, True)
    ]
    row = {
        "recordings": len(others),
        "missed": [_missed(one.head, embedded) for one in made],
        "missed_noisy": [_missed(one.head, noisy) for one in made],
    }
    return row, (made[0].head, made[1].head)


def word_in(recording: Samples) -> Samples | None:
    """Return the word in a recording; None if the product would refuse it."""
    try:
        return cut_word(recording)
    except RecordingError:
        return None


def _false_accepts(
    gathered: Gathered,
    heads: Sequence[tuple[Network, Network]],
    hours: float,
) -> list[tuple[int, int]]:
    """Return how often each head wakes in hours in which no word is said."""
    counts = np.zeros((len(heads), 2), int)
    for _, clips in judged.others(hours):
        for embeddings in gathered.embedder.embed(clips):
            counts += [[events(one, embeddings) for one in pair] for pair in heads]
    return [(int(before), int(after)) for before, after in counts]


def _missed(head: Network, clips: Iterable[Embeddings]) -> int:
    """Return in how many clips the word is not heard."""
    return sum(events(head, clip) == 0 for clip in clips)


def events(head: Network, clip: Embeddings) -> int:
    """Return how often a word is heard in a clip, with the server's defaults."""
    detector, settings = WordDetector(), WordSettings()
    scores = 1 / (1 + np.exp(-np.clip(head.logits(clip), -30, 30)))
    verdicts = [
        detector.process(float(score), (step + HEAD_STEPS) * STEP_SAMPLES, settings)
        for step, score in enumerate(scores)
        if step + HEAD_STEPS > _SETTLING_STEPS
    ]
    return sum(verdict is not None and verdict.detected for verdict in verdicts)


def _print(rows: Iterable[dict[str, Any]], hours: float) -> None:
    """Print the table."""
    print(
        "\n| word | five recordings of the | judged on | missed, quiet "
        f"| missed, noise 10 dB below | false accepts, {hours:g} h |"
    )
    print("|---|---|---|---|---|---|")
    for row in rows:
        cells = (
            f"{before} → {after}"
            for before, after in (
                row["missed"],
                row["missed_noisy"],
                row["false_accepts"],
            )
        )
        print(
            f"| *{row['word']}* | {row['learned_from']} half | {row['recordings']} "
            f"| {' | '.join(cells)} |"
        )
