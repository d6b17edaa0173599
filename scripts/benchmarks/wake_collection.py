"""Judge the wake words of a collection with our engine and with those of others.

The folder holds models for openWakeWord, as community collections do. Synthetic voices
say the phrase of some of the words. Nobody says any in the hours of
``training/hours.py``, of which only those that choose are heard.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from openwakeword.model import Model
from pyopen_wakeword import OpenWakeWord, OpenWakeWordFeatures

from benchmarks.common import parts, weights
from benchmarks.words import judged
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.wake.catalogue import WakeCatalogue, WordSource
from hearken_speech.wake.detector import WordDetector
from hearken_speech.wake.features import STEP_SAMPLES, FeatureBank
from hearken_speech.wake.heads import load_head
from hearken_speech.wake.making import sound
from hearken_speech.wake.making.bank import STEP_SECONDS
from hearken_speech.wake.making.kokoro import Kokoro
from hearken_speech.wake.making.peak import window_scores
from hearken_speech.wake.making.programs import ESPEAK, FLITE
from hearken_speech.wake.making.voice import Voices
from hearken_speech.wake.settings import WordSettings
from training import hours
from training.hour_sources import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hearken_speech.audio.format import Samples
    from hearken_speech.wake.catalogue import WakeWord
    from hearken_speech.wake.heads import Head
    from hearken_speech.wake.making.embedding import Embeddings

OURS: Final = "Hearken"
OPENWAKEWORD: Final = "openwakeword"
PYOPEN: Final = "pyopen-wakeword"
SETTINGS: Final = {
    OURS: WordSettings(),
    "Hearken, patience 1": WordSettings(patience=1),
    "Hearken, threshold 0.4": WordSettings(threshold=0.4),
    "Hearken, threshold 0.3": WordSettings(threshold=0.3),
    "Hearken, threshold 0.2": WordSettings(threshold=0.2),
}

_THRESHOLD: Final = 0.5
_REFRACTORY_STEPS: Final = 25
_SETTLING_STEPS: Final = 26
_SEED: Final = 11
_QUICK: Final = 12
"""Every so many words are taken in a quick run."""


@dataclass(slots=True)
class Stream:
    """Utterances of a phrase one after another, with pauses between them."""

    samples: Samples
    ends: list[int] = field(default_factory=list)
    """Where the utterances end, each with the pause after it, in samples."""
    voices: list[str] = field(default_factory=list)


def main() -> int:
    """Measure, print tables, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser(
        "scripts/bench wake_collection", description=__doc__
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=4, help="take every so many words")
    parser.add_argument("--quick", action="store_true", help="fewer words")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    every = _QUICK if options.quick else options.every
    catalogue = WakeCatalogue(options.folder)
    catalogue.refresh()
    words = sample(catalogue, every)
    measured = {
        "files": partial(_files, catalogue),
        "hits": partial(_hits, words),
        "false accepts": partial(_false_accepts, words),
    }
    return parts.run(measured, options.json, {"words": [word.id for word in words]})


def sample(catalogue: WakeCatalogue, every: int) -> list[WakeWord]:
    """Return every so many English words of the collection, by their IDs."""
    words = [
        word
        for word in catalogue.usable()
        if word.source is WordSource.OWN and word.languages[:1] == ("en",)
    ]
    return sorted(words, key=lambda word: word.id)[::every]


def _files(catalogue: WakeCatalogue) -> dict[str, Any]:
    """Print what is refused, and why."""
    own = [word for word in catalogue.words() if word.source is WordSource.OWN]
    twins = [word for word in own if "has the same name" in (word.problem or "")]
    refused = {
        str(word.path): word.problem
        for word in own
        if word.problem is not None and word not in twins
    }
    good = len(own) - len(twins) - len(refused)
    print(f"{good} words, {len(twins)} files of the same names, {len(refused)} refused")
    for path, problem in refused.items():
        print(f"  {path}: {problem}")
    return {"words": good, "same names": len(twins), "refused": refused}


def _hits(words: Sequence[WakeWord]) -> dict[str, Any]:
    """Count which engine hears the words, and print what we alone miss."""
    counts = dict.fromkeys((*SETTINGS, OPENWAKEWORD, PYOPEN), 0)
    said, without_lite = 0, 0
    missed: list[str] = []
    for number, (word, stream) in enumerate(zip(words, _said(words), strict=True)):
        assert word.path is not None
        ours = _our_scores(word.path, stream.samples)
        heard = {name: _detected(ours, one) for name, one in SETTINGS.items()}
        heard[OPENWAKEWORD] = _above(_openwakeword(word.path, stream.samples))
        lite = word.path.with_suffix(".tflite")
        if lite.is_file():
            heard[PYOPEN] = _above(_pyopen(lite, stream.samples))
        else:
            without_lite += len(stream.ends)
        found = {name: _in_each(steps, stream) for name, steps in heard.items()}
        said += len(stream.ends)
        for name, hits in found.items():
            counts[name] += sum(hits)
        missed += _missed(word, stream, ours, found)
        heard_so_far = ", ".join(map(str, counts.values()))
        print(f"{number + 1} {word.phrase}: {heard_so_far} of {said}", flush=True)
    print(f"\n| engine | heard, of {said} |\n|---|---|")
    for name, count in counts.items():
        of = f" of {said - without_lite}" if name == PYOPEN and without_lite else ""
        print(f"| {name} | {count}{of} |")
    print("\nMissed by Hearken, heard by openwakeword:", *missed, sep="\n  ")
    return {"said": said, "said to pyopen": said - without_lite, "heard": counts}


def _missed(
    word: WakeWord,
    stream: Stream,
    scores: Sequence[float],
    found: dict[str, list[bool]],
) -> Iterator[str]:
    """Yield the scores around what only openwakeword heard."""
    begin = 0
    for number, end in enumerate(stream.ends):
        if found[OPENWAKEWORD][number] and not found[OURS][number]:
            own = scores[begin // STEP_SAMPLES : end // STEP_SAMPLES]
            peak = int(np.argmax(own))
            around = ", ".join(f"{one:.2f}" for one in own[max(0, peak - 3) : peak + 4])
            yield f"{word.phrase} ({stream.voices[number]}): {around}"
        begin = end


def _said(words: Sequence[WakeWord]) -> Iterator[Stream]:
    """Yield what four voices say: two of espeak-ng, one of flite, one of Kokoro.

    No two words have the same four. Kokoro's are speakers of other languages.
    """
    voices = Voices()
    drawn = list(voices.draw("en", 2 * len(words), _SEED))
    espeak = [one for one in drawn if one.engine == ESPEAK]
    flite = [one for one in drawn if one.engine == FLITE]
    kokoro = Kokoro(weights.fetch("kokoro"), judged.STRANGE_ACCENTS)
    strangers = kokoro.everybody
    random.Random(_SEED).shuffle(strangers)  # noqa: S311 - no secret
    for number, word in enumerate(words):
        chosen = [espeak[2 * number], espeak[2 * number + 1]]
        chosen += [flite[number % len(flite)]] if flite else []
        spoken = {one.speaker: voices.say(word.phrase, one) for one in chosen}
        stranger = strangers[number % len(strangers)]
        said = sound.trim(kokoro.say(word.phrase, stranger, 1.0))
        spoken[f"kokoro:{stranger}"] = said
        yield _joined({name: one for name, one in spoken.items() if len(one)}, number)


def _joined(spoken: dict[str, sound.Sound], number: int) -> Stream:
    """Return utterances in a quiet room, one after another."""
    clips = [judged.in_quiet(np.zeros(SAMPLE_RATE_HZ, np.int16), number)]
    for one in spoken.values():
        scaled = sound.with_peak(one, 0.5) * sound.FULL_SCALE
        clips.append(judged.in_quiet(scaled.astype(np.int16), number))
    first, *ends = np.cumsum([len(clip) for clip in clips]).tolist()
    del first
    samples = np.concatenate(clips)
    return Stream(samples, ends, list(spoken))


def _steps(samples: Samples) -> Iterator[Samples]:
    """Yield steps of 80 ms."""
    for first in range(0, len(samples) - STEP_SAMPLES + 1, STEP_SAMPLES):
        yield samples[first : first + STEP_SAMPLES]


def _our_scores(path: Path, samples: Samples) -> list[float]:
    """Return the score of each step, as our engine computes it."""
    bank, head = FeatureBank(), load_head(path)
    bank.ensure_history(head.steps)
    slot = bank.open()
    return [
        float(head.score(bank.step([slot], step[None].astype(np.float32)))[0])
        for step in _steps(samples)
    ]


def _openwakeword(path: Path, samples: Samples) -> list[float]:
    """Return the score of each step from openwakeword."""
    model = Model(wakeword_models=[str(path)], inference_framework="onnx")
    return [float(max(model.predict(step).values())) for step in _steps(samples)]


def _pyopen(path: Path, samples: Samples) -> list[float]:
    """Return the highest score of each step from pyopen-wakeword."""
    features, head = OpenWakeWordFeatures.from_builtin(), OpenWakeWord.from_model(path)
    scores = []
    for step in _steps(samples):
        found = [
            score
            for embedding in features.process_streaming(step.tobytes())
            for score in head.process_streaming(embedding)
        ]
        scores.append(max(found, default=0.0))
    return scores


def _detected(scores: Sequence[float], settings: WordSettings) -> list[int]:
    """Return the steps at which our engine detects the word."""
    detector = WordDetector()
    verdicts = (
        detector.process(score, (step + 1) * STEP_SAMPLES, settings)
        for step, score in enumerate(scores)
    )
    return [
        step
        for step, verdict in enumerate(verdicts)
        if verdict is not None and verdict.detected and step >= _SETTLING_STEPS
    ]


def _above(scores: Sequence[float]) -> list[int]:
    """Return the steps at which others detect the word: one step is enough."""
    found: list[int] = []
    for step in np.flatnonzero(np.asarray(scores) >= _THRESHOLD).tolist():
        quiet_until = found[-1] + _REFRACTORY_STEPS if found else _SETTLING_STEPS
        if step >= quiet_until:
            found.append(step)
    return found


def _in_each(steps: Sequence[int], stream: Stream) -> list[bool]:
    """Return for each utterance whether the word was detected."""
    hits, begin = [], 0
    for end in stream.ends:
        hits.append(any(begin <= step * STEP_SAMPLES < end for step in steps))
        begin = end
    return hits


def _false_accepts(words: Sequence[WakeWord]) -> dict[str, Any]:
    """Count how often the words wake in hours in which nobody says them.

    The rule of the others is judged on our scores, which are theirs.
    """
    counts = dict.fromkeys((*SETTINGS, OPENWAKEWORD), 0)
    heads = [load_head(word.path) for word in words if word.path is not None]
    heard = 0.0
    for name, clips in hours.load(Part.CHOOSE):
        for clip in clips:
            for head in heads:
                _count_false(counts, _clip_scores(head, clip))
        heard += sum(map(len, clips)) * STEP_SECONDS / 3600
        print(f"{name}: {counts} in {heard:.2f} h", flush=True)
    print(
        f"\n| rule | false accepts of {len(heads)} words in {heard:.2f} h |\n|---|---|"
    )
    for name, count in counts.items():
        print(f"| {name} | {count} |")
    return {"hours": round(heard, 2), "counts": counts}


def _clip_scores(head: Head, clip: Embeddings) -> list[float]:
    """Return the score of each step of a clip."""
    scores: list[float] = window_scores(head, clip).tolist()
    return [0.0] * (head.steps - 1) + scores


def _count_false(counts: dict[str, int], scores: Sequence[float]) -> None:
    """Count the detections of each rule in a clip."""
    peak = max(scores)
    for name, settings in SETTINGS.items():
        if peak >= settings.threshold:
            counts[name] += len(_detected(scores, settings))
    counts[OPENWAKEWORD] += len(_above(scores))


if __name__ == "__main__":
    sys.exit(main())
