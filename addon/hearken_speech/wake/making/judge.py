"""Set the threshold of a head, and say what to expect of it.

Misses are counted on voices that the head never heard, false accepts on negatives that
it never saw. The few hours of negatives leave the rate of false accepts uncertain:
what is said of it is an upper bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .bank import STEP_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .fit import Numbers

REFRACTORY_STEPS: Final = 25
SURE_LOGIT: Final = 2.94
"""A score of 0.95, which counts without a second step (see ``wake.detector``)."""
NEAR_LOGIT: Final = -1.1
"""A score of 0.25, which is enough for the second step."""
MAX_SLOPE: Final = 2.5
MIN_SLOPE: Final = 0.4

_WANTED_MISSES: Final = 0.02
_MARGIN: Final = 0.35
"""How far the threshold moves from the negatives towards the words of the voices."""
_WANTED_LOGIT: Final = 4.0
"""The logit of an average word."""
_SURE_95: Final = 3.0
"""With no event seen, fewer than three may be expected; 95 % sure."""
_HOURS_A_DAY: Final = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """What to expect of a wake word."""

    missed_percent: float
    """Of 100 times that a voice it never heard says it, in quiet and in noise."""
    missed_noisy_percent: float
    false_accepts: int
    """In the hours of negatives that it never saw."""
    hours: float
    most_false_accepts_a_day: float
    """What it is below with 95 % certainty, in a house where people talk all day."""

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, rounded."""
        return {
            "missed_percent": round(self.missed_percent, 1),
            "missed_noisy_percent": round(self.missed_noisy_percent, 1),
            "false_accepts": self.false_accepts,
            "hours": round(self.hours, 2),
            "most_false_accepts_a_day": round(self.most_false_accepts_a_day, 1),
        }


@dataclass(frozen=True, slots=True)
class Calibration:
    """The logit that becomes a score of 0.5, and the slope around it."""

    threshold: float
    slope: float


def calibrate(words: Numbers, negatives: Sequence[Numbers]) -> Calibration:
    """Return where to put the threshold.

    ``words`` has the highest logit of each word of a voice that was never heard,
    ``negatives`` the logits of the steps of each clip that was never seen. The
    threshold lies above all negatives where the words leave room for it.
    """
    highest = max((float(clip.max()) for clip in negatives if len(clip)), default=0.0)
    middle = float(np.median(words))
    threshold = highest + _MARGIN * max(0.0, middle - highest)
    lowest_words = float(np.quantile(words, _WANTED_MISSES))
    if lowest_words > highest:
        threshold = min(threshold, highest + 0.7 * (lowest_words - highest))
    slope = _WANTED_LOGIT / max(middle - threshold, 1e-3)
    return Calibration(threshold, float(np.clip(slope, MIN_SLOPE, MAX_SLOPE)))


def events(logits: Numbers) -> int:
    """Return how often a calibrated head would wake in a clip, as the detector does."""
    count, quiet_until, held, over = 0, 0, 0, 0
    for step, logit in enumerate(logits):
        if step < quiet_until or logit < NEAR_LOGIT:
            held = over = 0
            continue
        held += 1
        over += logit >= 0
        if logit >= SURE_LOGIT or (held > 1 and over):
            count += 1
            held = over = 0
            quiet_until = step + REFRACTORY_STEPS
    return count


def expect(
    words: Sequence[Numbers], plain: Sequence[bool], negatives: Sequence[Numbers]
) -> Expectation:
    """Return what to expect, from calibrated logits of clips; plain ones are quiet."""
    hours = sum(map(len, negatives)) * STEP_SECONDS / 3600
    false_accepts = sum(map(events, negatives))
    most = false_accepts + _SURE_95 + 2 * np.sqrt(false_accepts)
    return Expectation(
        missed_percent=_missed(
            [w for w, is_quiet in zip(words, plain, strict=True) if is_quiet]
        ),
        missed_noisy_percent=_missed(
            [w for w, is_quiet in zip(words, plain, strict=True) if not is_quiet]
        ),
        false_accepts=false_accepts,
        hours=hours,
        most_false_accepts_a_day=float(most) / max(hours, 1e-3) * _HOURS_A_DAY,
    )


def _missed(clips: Sequence[Numbers]) -> float:
    """Return how many of 100 words are missed."""
    missed = sum(events(clip) == 0 for clip in clips)
    return 100 * missed / max(1, len(clips))
