"""How fast and how often: figures about the last requests."""

from __future__ import annotations

import math
import time
from collections import deque
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from hearken_speech.protocol import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_KEPT: Final = 200
_HOUR_MINUTES: Final = 60
_RECENT_SECONDS: Final = 600.0
_MAX_REFUSALS: Final = 1_000


class Stage(StrEnum):
    """A part of the way of a command whose time is measured."""

    WAKE = "wake"
    """From the end of the wake word to its being noticed."""
    END_OF_SPEECH = "end_of_speech"
    """From the last word to the decision that it was the last."""
    DECODE = "decode"
    """The recogniser's work, much of which is done ahead."""
    ANSWER = "answer"
    """From that decision to the text."""
    SPEAK = "speak"
    """Making an answer's sound."""


# Kind of journal entry -> its fields that hold a time.
_FIELDS: Final[Mapping[str, Mapping[str, Stage]]] = {
    "transcript": {
        "decode_seconds": Stage.DECODE,
        "wait_seconds": Stage.ANSWER,
        "end_seconds": Stage.END_OF_SPEECH,
    },
    "detection": {"lag_seconds": Stage.WAKE},
    "spoken": {"seconds": Stage.SPEAK},
}


class Statistics:
    """Keeps the newest times of each stage. They are lost when the server stops."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin empty."""
        self._clock = clock
        self._times = {stage: deque[float](maxlen=_KEPT) for stage in Stage}
        self._wake_words = _MinuteCount(_HOUR_MINUTES)
        self._phantoms = 0
        self._refused = 0
        self._refusals = deque[float](maxlen=_MAX_REFUSALS)

    def note(self, kind: str, details: Mapping[str, Any]) -> None:
        """Take what the journal says about one piece of work."""
        for name, stage in _FIELDS.get(kind, {}).items():
            seconds = details.get(name)
            if isinstance(seconds, int | float) and seconds >= 0:
                self._times[stage].append(float(seconds))
        if kind == "detection":
            self._wake_words.add(self._clock())
        if kind == "transcript" and details.get("rejected"):
            self._phantoms += 1
        if kind == "error" and details.get("code") == ErrorCode.BUSY:
            self._refused += 1
            self._refusals.append(self._clock())

    def summary(self) -> dict[str, Any]:
        """Return the figures."""
        return {
            "wake_words_last_hour": self._wake_words.total(self._clock()),
            "phantoms_stopped": self._phantoms,
            "overload": {
                "refused": self._refused,
                "refused_lately": self._since(self._refusals, _RECENT_SECONDS),
            },
            "stages": {
                stage.value: {
                    "count": len(times),
                    "p50_ms": _milliseconds(percentile(times, 50)),
                    "p95_ms": _milliseconds(percentile(times, 95)),
                }
                for stage, times in self._times.items()
            },
        }

    def _since(self, times: deque[float], seconds: float) -> int:
        """Return how many things happened so lately; forget those before."""
        begin = self._clock() - seconds
        while times and times[0] < begin:
            times.popleft()
        return len(times)


class _MinuteCount:
    """Counts by the minute: many need no more memory than few."""

    def __init__(self, minutes: int) -> None:
        """Count nothing so far."""
        self._counts = deque([0] * minutes, maxlen=minutes)
        self._minute = 0

    def add(self, now_seconds: float) -> None:
        """Count one."""
        self._forget(now_seconds)
        self._counts[-1] += 1

    def total(self, now_seconds: float) -> int:
        """Return how many there were in these minutes, the present one among them."""
        self._forget(now_seconds)
        return sum(self._counts)

    def _forget(self, now_seconds: float) -> None:
        """Let go of the minutes that are too long ago."""
        minute = int(now_seconds // 60)
        passed = min(minute - self._minute, len(self._counts))
        self._counts.extend([0] * passed)
        self._minute = minute


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Return the smallest value that so many percent do not exceed."""
    if not values:
        return None
    rank = math.ceil(percent / 100 * len(values))
    return sorted(values)[max(rank, 1) - 1]


def _milliseconds(seconds: float | None) -> float | None:
    """Return a time as it is sent."""
    return None if seconds is None else round(seconds * 1000, 1)
