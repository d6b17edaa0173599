"""What the engine tells the owner of a stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True, slots=True)
class WakeEvent:
    """Something happened in a stream."""

    position_samples: int
    """How far into the stream: samples since its beginning, dropped ones too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WordHeard(WakeEvent):
    """A word was heard, clearly or nearly."""

    word: str
    """Stable id of the word."""
    score: float
    """Score of this step."""
    peak: float
    """Highest score so far."""
    threshold: float
    frames_over: int
    """Steps of 80 ms that reached the threshold."""
    level_dbfs: float
    """Loudness of the word as it came, in dB below full scale."""
    begin_samples: int
    """Where the word began."""
    end_samples: int
    """Where the word ended."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Detected(WordHeard):
    """A word was heard."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NearlyHeard(WordHeard):
    """A word came half way to its threshold, and not further."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished(WakeEvent):
    """All audio before the flush has been listened to."""

    detected: bool
    """Whether any word was heard in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WordFailed(WakeEvent):
    """A word of this stream cannot be listened for any more."""

    word: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores(WakeEvent):
    """The scores of one step; sent only to those who watch."""

    scores: Mapping[str, float]
    level_dbfs: float
