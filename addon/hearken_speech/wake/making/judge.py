"""Set the threshold of a network, and say what to expect of it.

Misses are counted on voices that it never heard, false accepts on negatives that it
never saw. The few hours of negatives leave the rate of false accepts uncertain:
what is said of it is an upper bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .bank import STEP_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .network import Numbers

REFRACTORY_STEPS: Final = 25
SURE_LOGIT: Final = 2.94
"""A score of 0.95, which counts without a second step (see ``wake.detector``)."""
NEAR_LOGIT: Final = -1.1
"""A score of 0.25, which is enough for the second step."""
MAX_SLOPE: Final = 2.5
MIN_SLOPE: Final = 0.4

WANTED_FALSE_ACCEPTS_AN_HOUR: Final = 1.2
"""Of one network in what it never heard; some that agree make far fewer."""

_TAIL: Final = 12
"""So many of the highest peaks say how rare higher ones are."""
_GAP: Final = 0.5
"""How far the second step of a peak may be below the first."""
_LOWEST_WORDS: Final = 0.05
_ROOM: Final = 0.25
"""How much of the room between negatives and words the threshold moves up."""
_WANTED_LOGIT: Final = 3.0
"""The logit of an average word: faint ones are then near enough to be checked."""
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

    def applied(self, logits: Numbers) -> Numbers:
        """Return logits that are 0 at the threshold."""
        return np.asarray((logits - self.threshold) * self.slope)


def threshold_between(words: Sequence[Numbers], negatives: Sequence[Numbers]) -> float:
    """Return the logit at which to put the threshold of a network.

    ``words`` has the logits of words of voices that it never heard, ``negatives`` those
    of clips that it never saw.
    """
    threshold = threshold_for(negatives, WANTED_FALSE_ACCEPTS_AN_HOUR)
    room = float(np.quantile(_highest(words), _LOWEST_WORDS)) - threshold
    return threshold + _ROOM * max(0.0, room)


def calibration_at(threshold: float, words: Sequence[Numbers]) -> Calibration:
    """Return a calibration with such a slope that words are well above a threshold."""
    above = float(np.median(_highest(words))) - threshold
    slope = _WANTED_LOGIT / max(above, 1e-3)
    return Calibration(threshold, float(np.clip(slope, MIN_SLOPE, MAX_SLOPE)))


def threshold_for(negatives: Sequence[Numbers], events_an_hour: float) -> float:
    """Return the logit that clips without the word exceed so often.

    The highest peaks say how high one in some hours is, although no hour like that was
    seen.
    """
    hours = sum(map(len, negatives)) * STEP_SECONDS / 3600
    highest = np.sort(np.concatenate([_peaks(clip) for clip in negatives]))[::-1]
    return _tail(highest, events_an_hour * hours)


def _tail(highest: Numbers, events: float) -> float:
    """Return what so many events exceed, if high peaks are exponentially rare."""
    count = min(_TAIL, len(highest))
    if not count:
        return 0.0
    lowest = float(highest[count - 1])
    mean_excess = max(float(np.mean(highest[:count])) - lowest, 1e-3)
    return lowest + mean_excess * max(0.0, float(np.log(count / max(events, 1e-3))))


def _highest(words: Sequence[Numbers]) -> Numbers:
    """Return how high each word holds."""
    return np.array([_held(clip).max(initial=-99.0) for clip in words])


def _held(logits: Numbers) -> Numbers:
    """Return how high each step is, if a neighbor holds."""
    if len(logits) <= 1:
        return logits
    padded = np.pad(logits, 1, constant_values=-99.0)
    neighbor = np.maximum(padded[:-2], padded[2:])
    return np.asarray(np.minimum(logits, neighbor + _GAP))


def _peaks(logits: Numbers) -> Numbers:
    """Return the peaks of a clip that would be events of their own."""
    held = _held(logits).copy()
    found = []
    for _ in range(1 + len(held) // REFRACTORY_STEPS):
        if not len(held):
            break
        at = int(held.argmax())
        found.append(float(held[at]))
        held[max(0, at - REFRACTORY_STEPS) : at + REFRACTORY_STEPS] = -99.0
    return np.array(found)


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
    return Expectation(
        missed_percent=_missed(
            [w for w, is_quiet in zip(words, plain, strict=True) if is_quiet]
        ),
        missed_noisy_percent=_missed(
            [w for w, is_quiet in zip(words, plain, strict=True) if not is_quiet]
        ),
        false_accepts=false_accepts,
        hours=hours,
        most_false_accepts_a_day=most_false_accepts_a_day(false_accepts, hours),
    )


def most_false_accepts_a_day(seen: int, hours: float) -> float:
    """Return what they are below with 95 % certainty, when so many were seen."""
    most = seen + _SURE_95 + 2 * float(np.sqrt(seen))
    return most / max(hours, 1e-3) * _HOURS_A_DAY


def _missed(clips: Sequence[Numbers]) -> float:
    """Return how many of 100 words are missed."""
    missed = sum(events(clip) == 0 for clip in clips)
    return 100 * missed / max(1, len(clips))
