"""The guard against text that nobody said.

On noise, recognisers write what their training had most: "Thank you.", credits of
subtitles. No single figure tells such text from a quiet speaker, so several are
weighed together. The weights are data (``guard.json``), kept by a test set.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from hearken_speech.stt.phonemes import split_words

if TYPE_CHECKING:
    from hearken_speech.stt.engine import Decoding

REJECTING_WEIGHT: Final = 1.0
_CHARACTERS_PER_WORD: Final = 1.6
_CHARACTER_LANGUAGES: Final = frozenset({"zh", "yue", "ja", "th", "lo", "my", "km"})
_NO_LETTERS: Final = re.compile(r"[^\w']+")

# Evidence that speaks against a text where it is low.
_LOW_IS_BAD: Final = frozenset(
    {"average_log_probability", "lead", "speech_seconds", "speech_ratio"}
)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known about a recording and its text."""

    no_speech_probability: float
    average_log_probability: float
    compression_ratio: float
    lead: float | None = None
    """Log-probability per token by which the text leads the second-best one."""
    words_per_second: float | None = None
    speech_seconds: float | None = None
    """None where no voice activity was measured."""
    speech_ratio: float | None = None
    phantom_phrase: bool = False


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a text may be acted on, and what speaks against it."""

    weight: float
    objections: tuple[str, ...]

    @property
    def rejected(self) -> bool:
        """Tell whether the text is taken for a phantom."""
        # Weights are sums of tenths.
        return self.weight > REJECTING_WEIGHT - 1e-6


def gather(
    decoding: Decoding,
    speech_seconds: float | None = None,
    speech_span_seconds: float | None = None,
) -> Evidence:
    """Return the evidence about the best text of a decoding."""
    text, language = decoding.best.text, decoding.language
    words: float = len(split_words(text, language))
    if language in _CHARACTER_LANGUAGES:
        words /= _CHARACTERS_PER_WORD
    seconds = decoding.audio_seconds if speech_seconds is None else speech_seconds
    ratio = None
    if speech_seconds is not None and speech_span_seconds:
        ratio = min(1.0, speech_seconds / speech_span_seconds)
    return Evidence(
        no_speech_probability=decoding.no_speech_probability,
        average_log_probability=decoding.best.average_log_probability,
        compression_ratio=decoding.compression_ratio,
        lead=_lead(decoding),
        words_per_second=words / seconds if seconds > 0 else None,
        speech_seconds=speech_seconds,
        speech_ratio=ratio,
        phantom_phrase=is_phantom_phrase(text, language),
    )


def _lead(decoding: Decoding) -> float | None:
    """Return how far the best text is ahead, None where there is no other."""
    if len(decoding.hypotheses) < 2:  # noqa: PLR2004 - the best and another
        return None
    best, second = decoding.hypotheses[:2]
    return best.average_log_probability - second.average_log_probability


def judge(evidence: Evidence, profile: str = "whisper") -> Verdict:
    """Weigh the evidence with the thresholds that fit the model."""
    profiles = _data()["profiles"]
    thresholds: dict[str, Any] = profiles.get(profile, profiles["whisper"])
    weight, objections = 0.0, []
    for name, steps in thresholds.items():
        value = getattr(evidence, name)
        if name == "phantom_phrase":
            more = steps if value else 0.0
        else:
            more = _weight_of(value, steps, low_is_bad=name in _LOW_IS_BAD)
        if more:
            weight += more
            objections.append(name.replace("_", "-"))
    return Verdict(weight=weight, objections=tuple(objections))


def is_phantom_phrase(text: str, language: str) -> bool:
    """Tell whether the whole text is one that recognisers make up."""
    return _bare(text) in _phantoms(language)


def _weight_of(
    value: float | None, steps: list[list[float]], *, low_is_bad: bool
) -> float:
    """Return the weight of the farthest threshold that the value has passed."""
    if value is None:
        return 0.0
    passed = [
        weight
        for threshold, weight in steps
        if (value < threshold if low_is_bad else value > threshold)
    ]
    return max(passed, default=0.0)


def _bare(text: str) -> str:
    """Return the words of a text alone."""
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
