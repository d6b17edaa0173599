"""Events that the engine sends to the owner of a stream."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True, slots=True)
class WakeEvent:
    """Base class of events in a stream."""

    position_samples: int
    """Position in the stream: samples since its start, including dropped ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WordHeard(WakeEvent):
    """A detection, a near miss, or a faint peak."""

    word: str
    """Id of the word."""
    score: float
    """Score of this step."""
    peak: float
    """Highest score so far."""
    threshold: float
    frames_over: int
    """Steps of 80 ms that reached the threshold."""
    level_dbfs: float
    """Level of the word, in dB below full scale."""
    begin_samples: int
    """Where the word starts."""
    end_samples: int
    """Where the word ends."""
    recent: np.ndarray = field(
        default_factory=lambda: np.zeros(0, np.int16), repr=False, compare=False
    )
    """The last samples of the stream, up to this position."""
    record_id: int = field(default=0, compare=False)
    """Its record, which says nothing about what was heard; 0 if there is none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Detected(WordHeard):
    """A word was detected."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NearlyHeard(WordHeard):
    """The score of a word came close to its threshold, but did not reach it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FaintlyHeard(WordHeard):
    """A peak that is too low for a near miss, and nothing unless it is confirmed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished(WakeEvent):
    """All audio before the flush was processed."""

    detected: bool
    """Whether any word was detected in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WordFailed(WakeEvent):
    """A word of this stream cannot be used any more."""

    word: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores(WakeEvent):
    """The scores of one step, for watchers."""

    scores: Mapping[str, float]
    level_dbfs: float
