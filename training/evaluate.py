"""Evaluate an exported model with the development set."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import ctranslate2
import numpy as np

from hearken_speech.protocol import SAMPLE_RATE_HZ
from training import noises, packed
from training.features import MEL_BANDS, QUIETEST_LOG, log_mel, normalised
from training.people import recordings
from training.scoring import Score
from training.speak import Line, say
from training.texts import COMMAND_MIX, Kind, Split, TextSource
from training.voices import KOKORO_DEVELOPMENT, Voice, VoiceSource, parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from training.features import LogMel
    from training.people import Recording
    from training.tokens import Tokens

WINDOW_FRAMES: Final = 800
NO_SPEECH: Final = 0.5
CLIPS: Final = 160
_EMPTY_CLIPS: Final = 48
_BABBLE_CLIPS: Final = 24
_NEURAL_CLIPS: Final = 40
_SPEAKERS: Final = (4, 8)
"""At least so many talk at once, and fewer than."""
_LEAD_FRAMES: Final = 25
_LONGEST_TOKENS: Final = 60
_NOISE_TENS_OF_DECIBELS: Final = 1.2
_SEED: Final = 77


@dataclass(frozen=True)
class Heard:
    """A model's result for a recording."""

    text: str
    no_speech_probability: float


def recognize(
    whisper: Any, tokens: Tokens, frames: LogMel, *, beam_size: int = 1
) -> Heard:
    """Recognize one clip in a window of 8 s."""
    window = np.full((WINDOW_FRAMES, MEL_BANDS), QUIETEST_LOG, np.float32)
    usable = min(len(frames), WINDOW_FRAMES - _LEAD_FRAMES)
    window[_LEAD_FRAMES : _LEAD_FRAMES + usable] = frames[:usable]
    features = np.ascontiguousarray(normalised(window).T[np.newaxis])
    result = whisper.generate(
        ctranslate2.StorageView.from_array(features),
        [[tokens.start, tokens.no_timestamps]],
        beam_size=beam_size,
        max_length=_LONGEST_TOKENS,
        suppress_tokens=[tokens.no_speech],
        return_no_speech_prob=True,
    )[0]
    text = tokens.decode(list(result.sequences_ids[0]))
    return Heard(text, float(result.no_speech_prob))


class Development:
    """The sentences and sounds for choosing a checkpoint; never for training."""

    def __init__(
        self,
        said: Sequence[tuple[str, LogMel]],
        empty: Sequence[LogMel] = (),
        short: Sequence[tuple[str, LogMel]] = (),
        people: Sequence[Recording] = (),
        neural: Sequence[tuple[str, LogMel]] = (),
    ) -> None:
        """Set the spoken sentences, sounds without speech, and short answers.

        ``people`` are recordings; ``neural`` are sentences of neural voices.
        """
        self._people = people
        self._neural = neural
        self._said = said
        self._empty = empty
        self._short = short

    @classmethod
    def make(cls, language: str, clips: int = CLIPS) -> Development:
        """Generate the set, deterministically."""
        choose = random.Random(_SEED)
        texts = TextSource(language, _SEED).different(
            COMMAND_MIX, Split.DEVELOPMENT, clips
        )
        voices = VoiceSource(choose)
        lines = [Line(text.words, voices.draw(Split.DEVELOPMENT)) for text in texts]
        rng = np.random.default_rng(_SEED)
        said = _spoken(lines, rng)
        kinds = noises.KINDS
        empty = [
            log_mel(kinds[n % len(kinds)](rng, rng.uniform(1.0, 6.0)))
            for n in range(_EMPTY_CLIPS)
        ]
        people = [
            one
            for kind in ("commands_en", "short_en", "sounds")
            for one in recordings(kind)
            if one.chooses
        ]
        return cls(
            said,
            [*empty, *_babble(language)],
            _short(language),
            people,
            _neural(language),
        )

    @classmethod
    def of(cls, sentences: Sequence[str], voices: Sequence[Voice]) -> Development:
        """Return a set of known sentences; for small runs."""
        lines = [Line(text, voice) for text in sentences for voice in voices]
        return cls(_spoken(lines))

    def check(self, folder: Path, tokens: Tokens, threads: int = 1) -> dict[str, float]:
        """Return the scores of an exported model."""
        whisper = packed.load(folder, threads)
        score = _score(whisper, tokens, self._said)
        figures = {
            "word_error": round(score.word_error, 4),
            "exact": round(score.exact_share, 4),
        }
        if self._empty:
            silent = [recognize(whisper, tokens, frames) for frames in self._empty]
            kept = sum(heard.no_speech_probability > NO_SPEECH for heard in silent)
            figures["empty"] = round(kept / len(silent), 4)
        if self._short:
            short = _score(whisper, tokens, self._short)
            figures["short"] = round(short.exact_share, 4)
        if self._neural:
            figures["neural"] = round(
                _score(whisper, tokens, self._neural).word_error, 4
            )
        return figures | _people(whisper, tokens, self._people)


def _people(
    whisper: Any, tokens: Tokens, people: Sequence[Recording]
) -> dict[str, float]:
    """Return the shares of people's words that are heard, and of empty sounds."""
    right: Counter[str] = Counter()
    all_of: Counter[str] = Counter()
    for one in people:
        heard = recognize(whisper, tokens, one.frames)
        silent = heard.no_speech_probability > NO_SPEECH or not heard.text
        got = Counter([] if silent else heard.text.split())
        match one.kind:
            case "sounds":
                all_of["people_empty"] += 1
                right["people_empty"] += silent
            case "short_en":
                all_of["people_short"] += 1
                right["people_short"] += not silent and heard.text == one.text
            case _:
                wanted = Counter(one.text.split())
                all_of["people_words"] += wanted.total()
                right["people_words"] += (wanted & got).total()
    return {name: round(right[name] / count, 4) for name, count in all_of.items()}


def _score(whisper: Any, tokens: Tokens, said: Sequence[tuple[str, LogMel]]) -> Score:
    """Return the score for recognizing spoken sentences."""
    score = Score()
    for text, frames in said:
        heard = recognize(whisper, tokens, frames)
        # Speech classified as silence is lost.
        lost = heard.no_speech_probability > NO_SPEECH
        score.add(text, "" if lost else heard.text)
    return score


def _spoken(
    lines: Sequence[Line], rng: np.random.Generator | None = None
) -> list[tuple[str, LogMel]]:
    """Return spoken sentences, every second one with noise if chance is given."""
    return [
        (line.text, _noisy(rng, log_mel(sound)) if rng and n % 2 else log_mel(sound))
        for n, (line, sound) in enumerate(zip(lines, say(lines), strict=True))
        if sound.size
    ]


def _short(language: str) -> list[tuple[str, LogMel]]:
    """Return every short answer, each by one voice."""
    choose = random.Random(_SEED + 2)
    voices = VoiceSource(choose)
    short = TextSource(language, _SEED + 2).language.short
    lines = [Line(text, voices.draw(Split.DEVELOPMENT)) for text in short]
    return _spoken(lines, np.random.default_rng(_SEED + 2))


def _neural(language: str) -> list[tuple[str, LogMel]]:
    """Return sentences of neural voices that are in no training."""
    choose = random.Random(_SEED + 3)
    texts = TextSource(language, _SEED + 3).different(
        COMMAND_MIX, Split.DEVELOPMENT, _NEURAL_CLIPS
    )
    lines = [
        Line(text.words, parse(choose.choice(KOKORO_DEVELOPMENT))) for text in texts
    ]
    return _spoken(lines, np.random.default_rng(_SEED + 3))


def _babble(language: str) -> list[LogMel]:
    """Return several people talking at once, with similar loudness."""
    choose = random.Random(_SEED + 1)
    texts = TextSource(language, _SEED + 1).different(
        {Kind.EVERYDAY: 1.0}, Split.DEVELOPMENT, 2 * _BABBLE_CLIPS
    )
    voices = VoiceSource(choose)
    lines = [Line(text.words, voices.draw(Split.DEVELOPMENT)) for text in texts]
    speech = [sound / np.abs(sound).max() for sound in say(lines) if sound.size]
    rng = np.random.default_rng(_SEED + 1)
    clips = []
    for _ in range(_BABBLE_CLIPS):
        mix = np.zeros(round(rng.uniform(2.0, 6.0) * SAMPLE_RATE_HZ), np.float32)
        count = int(rng.integers(*_SPEAKERS))
        for place in rng.choice(len(speech), count, replace=False):
            one = np.resize(speech[int(place)], mix.size)
            mix += np.roll(one, int(rng.integers(0, mix.size)))
        level = rng.uniform(0.05, 0.4)
        clips.append(log_mel(mix * (level / np.abs(mix).max())))
    return clips


def _noisy(rng: np.random.Generator, frames: LogMel) -> LogMel:
    """Return a clip with steady noise 12 dB below it."""
    noise = log_mel(noises.coloured(rng, len(frames) / 100 + 0.1))[: len(frames)]
    speech = 10.0 ** frames.astype(np.float32)
    added = 10.0 ** noise.astype(np.float32)
    added *= speech.mean() / added.mean() * 10.0**-_NOISE_TENS_OF_DECIBELS
    return np.log10(speech + added).astype(np.float16)
