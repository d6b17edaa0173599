"""The evidence about a recording and its text, for the guard to weigh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.audio.level import percentile
from hearken_speech.stt import repeats
from hearken_speech.stt.phonemes import SPACELESS_LANGUAGES, split_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hearken_speech.stt.engine import Decoding, Hypothesis

SHORT_SECONDS: Final = 1.0
"""Speech shorter than this, from first to last sound, is an answer of a word or two."""
_CHARACTERS_PER_WORD: Final = 1.6
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
    """Difference in log-probability per token to the best text with other words."""
    disagreement: float | None = None
    """Share of the words in which the other texts differ from the best one, 0 to 1."""
    words_per_second: float | None = None
    """None for a single word, for which it says nothing new."""
    speech_seconds: float | None = None
    """None if voice activity was not measured."""
    speech_ratio: float | None = None
    voice_probability: float | None = None
    level_range_db: float | None = None
    doubled: bool = False
    """Whether the model first wrote a text that is several times the same."""
    phantom_phrase: bool = False
    """Whether the whole text is one that recognizers make up."""

    @property
    def is_short(self) -> bool:
        """Return whether the speech is only a word or two.

        A quiet sentence of which little was detected as speech does not count.
        """
        if self.speech_seconds is None:
            return False
        return self.speech_seconds / (self.speech_ratio or 1.0) < SHORT_SECONDS


def gather(
    decoding: Decoding,
    sound: Sound = NOT_MEASURED,
    *,
    phantom_phrase: bool = False,
) -> Evidence:
    """Return the evidence about the best text of a decoding."""
    language = decoding.language
    best = decoding.best
    words = _keys(best.text, language)
    others = [(h, _keys(h.text, language)) for h in decoding.hypotheses[1:]]
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
        average_log_probability=best.average_log_probability,
        compression_ratio=decoding.compression_ratio,
        lead=_lead(best, words, others),
        disagreement=_disagreement(words, others),
        words_per_second=count / seconds if seconds > 0 and count > 1 else None,
        speech_seconds=spoken,
        speech_ratio=ratio,
        voice_probability=sound.voice_probability,
        level_range_db=sound.level_range_db,
        doubled=decoding.doubled,
        phantom_phrase=phantom_phrase,
    )


def level_range_db(samples: NDArray[np.int16]) -> float | None:
    """Return the difference between loud and quiet moments."""
    frames = samples.size // _LEVEL_FRAME_SAMPLES
    if not frames:
        return None
    whole = samples[: frames * _LEVEL_FRAME_SAMPLES].astype(np.float32)
    powers = np.square(whole).reshape(frames, -1).mean(axis=1)
    levels = 10.0 * np.log10(powers + 1.0)
    low = percentile(levels, _LOW_PERCENTILE)
    high = percentile(levels, _HIGH_PERCENTILE)
    return high - low


def _lead(
    best: Hypothesis, words: list[str], others: list[tuple[Hypothesis, list[str]]]
) -> float | None:
    """Return the lead over the best text with other words, None without one."""
    for other, its_words in others:
        if its_words != words:
            return best.average_log_probability - other.average_log_probability
    return None


def _disagreement(
    words: list[str], others: list[tuple[Hypothesis, list[str]]]
) -> float | None:
    """Return in how many of their words the other texts differ, 0 to 1.

    Texts of a sentence that was said differ in a word, those of one that was not said
    in most of them.
    """
    shares = [
        repeats.edits(words, its_words) / max(len(words), len(its_words), 1)
        for _, its_words in others
    ]
    return sum(shares) / len(shares) if shares else None


def _keys(text: str, language: str) -> list[str]:
    """Return the words of a text, for comparing them."""
    return [word.text.casefold() for word in split_words(text, language)]
