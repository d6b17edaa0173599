"""The guard against phantom transcripts: text that nobody said.

From noise, speech recognizers produce what was frequent in their training: "Thank
you.", credits of subtitles. No single figure distinguishes such text from a quiet
speaker, so several are weighed together. The weights are data (``guard.json``),
tuned on a test set.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hearken_speech.stt.phonemes import SPACELESS_LANGUAGES, split_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hearken_speech.stt.engine import Decoding
    from hearken_speech.stt.phonemes import Word

type Thresholds = dict[str, Any]
"""Pairs of threshold and weight for every kind of evidence."""

REJECTING_WEIGHT: Final = 1.0
SHORT_SECONDS: Final = 1.0
"""Speech shorter than this, from first to last sound, is an answer of a word or two."""
_NO_SPEECH: Final = "no-speech-probability"
_CHARACTERS_PER_WORD: Final = 1.6
_NO_LETTERS: Final = re.compile(r"[^\w']+")

# Evidence that speaks against a text if it is low.
LOW_IS_BAD: Final = frozenset(
    {
        *("average_log_probability", "lead", "speech_seconds", "speech_ratio"),
        *("voice_probability", "level_range_db"),
    }
)
_LEVEL_FRAME_SAMPLES: Final = 512
_LOW_PERCENTILE, _HIGH_PERCENTILE = 10, 90


@dataclass(frozen=True, kw_only=True)
class Sound:
    """How a recording sounds, whatever its text."""

    speech_seconds: float | None = None
    """None if voice activity was not measured."""
    span_seconds: float | None = None
    """From the first to the last speech, including pauses."""
    voice_probability: float | None = None
    """Mean probability that the sound is a voice."""
    level_range_db: float | None = None
    """Difference between loud and quiet moments."""


NOT_MEASURED: Final = Sound()


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known about a recording and its text."""

    no_speech_probability: float
    average_log_probability: float
    compression_ratio: float
    lead: float | None = None
    """Difference in log-probability per token to the second-best text."""
    words_per_second: float | None = None
    """None for a single word, for which it says nothing new."""
    speech_seconds: float | None = None
    """None if voice activity was not measured."""
    speech_ratio: float | None = None
    voice_probability: float | None = None
    level_range_db: float | None = None
    phantom_phrase: bool = False

    @property
    def is_short(self) -> bool:
        """Return whether the speech is only a word or two.

        A quiet sentence of which little was detected as speech does not count.
        """
        if self.speech_seconds is None:
            return False
        return self.speech_seconds / (self.speech_ratio or 1.0) < SHORT_SECONDS


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a text is rejected, and why."""

    weights: dict[str, float]
    """Weight of each objection."""

    @property
    def objections(self) -> tuple[str, ...]:
        """Return the objections to the text."""
        return tuple(self.weights)

    @property
    def weight(self) -> float:
        """Return the total weight of the objections."""
        return sum(self.weights.values())

    @property
    def rejected(self) -> bool:
        """Return whether the text counts as a phantom."""
        return _rejects(self.weight)

    @property
    def silent(self) -> bool:
        """Return whether the probability of no speech alone rejects the text."""
        return _rejects(self.weights.get(_NO_SPEECH, 0.0))


def gather(
    decoding: Decoding,
    sound: Sound = NOT_MEASURED,
    words: Sequence[Word] | None = None,
) -> Evidence:
    """Return the evidence about the best text of a decoding.

    The words are those of that text, where somebody has read it already.
    """
    text, language = decoding.best.text, decoding.language
    if words is None:
        words = split_words(text, language)
    count: float = len(words)
    if language in SPACELESS_LANGUAGES:
        count /= _CHARACTERS_PER_WORD
    spoken = sound.speech_seconds
    seconds = decoding.audio_seconds if spoken is None else spoken
    ratio = None
    if spoken is not None and sound.span_seconds:
        ratio = min(1.0, spoken / sound.span_seconds)
    return Evidence(
        no_speech_probability=decoding.no_speech_probability,
        average_log_probability=decoding.best.average_log_probability,
        compression_ratio=decoding.compression_ratio,
        lead=_lead(decoding),
        words_per_second=count / seconds if seconds > 0 and count > 1 else None,
        speech_seconds=spoken,
        speech_ratio=ratio,
        voice_probability=sound.voice_probability,
        level_range_db=sound.level_range_db,
        phantom_phrase=is_phantom_phrase(text, language),
    )


def _lead(decoding: Decoding) -> float | None:
    """Return the lead of the best text, None if there is no other text."""
    if len(decoding.hypotheses) < 2:  # noqa: PLR2004 - the best and another
        return None
    best, second = decoding.hypotheses[:2]
    return best.average_log_probability - second.average_log_probability


def judge(
    evidence: Evidence,
    profile: str = "whisper",
    thresholds: Thresholds | None = None,
) -> Verdict:
    """Weigh the evidence with the thresholds of a profile."""
    if thresholds is None:
        thresholds = profile_thresholds(profile, short=evidence.is_short)
    weights: dict[str, float] = {}
    for name, steps in thresholds.items():
        value = getattr(evidence, name)
        if name == "phantom_phrase":
            more = steps if value else 0.0
        else:
            more = _weight_of(value, steps, low_is_bad=name in LOW_IS_BAD)
        if more:
            weights[name.replace("_", "-")] = more
    return Verdict(weights=weights)


def _rejects(weight: float) -> bool:
    """Return whether objections of this weight are enough."""
    # Weights are sums of tenths.
    return weight > REJECTING_WEIGHT - 1e-6


def profile_thresholds(profile: str, *, short: bool = False) -> Thresholds:
    """Return the thresholds of a profile, those of Whisper if it is unknown.

    Some models are less sure of a word or two than of a sentence, and have separate
    thresholds for them.
    """
    profiles: dict[str, Thresholds] = _data()["profiles"]
    if short and short_profile(profile) in profiles:
        return profiles[short_profile(profile)]
    return profiles.get(profile, profiles["whisper"])


def short_profile(profile: str) -> str:
    """Return the name of a profile's thresholds for a word or two."""
    return f"{profile}, short"


def sure_log_probability(profile: str) -> float:
    """Return the mean log-probability above which a wider beam finds nothing better."""
    values = _data()["sure_log_probability"]
    return float(values.get(profile, values["whisper"]))


def level_range_db(samples: NDArray[np.int16]) -> float | None:
    """Return the difference between loud and quiet moments."""
    frames = samples.size // _LEVEL_FRAME_SAMPLES
    if not frames:
        return None
    whole = samples[: frames * _LEVEL_FRAME_SAMPLES].astype(np.float32)
    powers = np.square(whole).reshape(frames, -1).mean(axis=1)
    levels = 10.0 * np.log10(powers + 1.0)
    low, high = np.percentile(levels, [_LOW_PERCENTILE, _HIGH_PERCENTILE])
    return float(high - low)


def is_phantom_phrase(text: str, language: str) -> bool:
    """Return whether the whole text is one that recognizers make up."""
    return _bare(text) in _phantoms(language)


def _weight_of(
    value: float | None, steps: list[list[float]], *, low_is_bad: bool
) -> float:
    """Return the weight of the highest threshold that the value exceeds."""
    if value is None:
        return 0.0
    passed = [
        weight
        for threshold, weight in steps
        if (value < threshold if low_is_bad else value > threshold)
    ]
    return max(passed, default=0.0)


def _bare(text: str) -> str:
    """Return only the words of a text."""
    return _NO_LETTERS.sub(" ", text.casefold()).strip()


@lru_cache(maxsize=64)
def _phantoms(language: str) -> frozenset[str]:
    """Return the phantom phrases of a language."""
    return frozenset(_bare(text) for text in _data()["phantoms"].get(language, ()))


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    """Return thresholds and phrases."""
    raw = resources.files("hearken_speech.stt").joinpath("guard.json")
    data: dict[str, Any] = json.loads(raw.read_text(encoding="utf-8"))
    return data
