"""Counts and durations of the last requests."""

from __future__ import annotations

import math
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from hearken_speech.protocol import ErrorCode, EventKind, ServerStage, StatusKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_MAX_TIMES: Final = 200
_HOUR_MINUTES: Final = 60
_RECENT_SECONDS: Final = 600.0
_MAX_REFUSALS: Final = 1_000


# Kind of event -> its fields that hold a duration.
_FIELDS: Final[Mapping[str, Mapping[str, ServerStage]]] = {
    EventKind.TRANSCRIPT: {
        "decode_seconds": ServerStage.DECODE,
        "wait_seconds": ServerStage.ANSWER,
        "end_seconds": ServerStage.END_OF_SPEECH,
    },
    EventKind.DETECTION: {"lag_seconds": ServerStage.WAKE},
    EventKind.SPOKEN: {"seconds": ServerStage.SPEAK},
}


class Statistics:
    """The newest durations of each stage, in memory only."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start empty."""
        self._clock = clock
        self._times = {stage: deque[float](maxlen=_MAX_TIMES) for stage in ServerStage}
        self._wake_words = _MinuteCount(_HOUR_MINUTES)
        self._phantoms = 0
        self._refused = 0
        self._refusals = deque[float](maxlen=_MAX_REFUSALS)

    def record(self, kind: str, details: Mapping[str, Any]) -> None:
        """Record an event of the journal."""
        for name, stage in _FIELDS.get(kind, {}).items():
            seconds = details.get(name)
            if isinstance(seconds, int | float) and seconds >= 0:
                self._times[stage].append(float(seconds))
        if kind == EventKind.DETECTION:
            self._wake_words.add(self._clock())
        if kind == EventKind.TRANSCRIPT and details.get("rejected"):
            self._phantoms += 1
        if kind == EventKind.ERROR and details.get("code") == ErrorCode.BUSY:
            self._refused += 1
            self._refusals.append(self._clock())

    def summary(self) -> dict[str, Any]:
        """Return the figures."""
        return {
            StatusKey.WAKE_WORDS_LAST_HOUR: self._wake_words.total(self._clock()),
            StatusKey.PHANTOMS_STOPPED: self._phantoms,
            StatusKey.OVERLOAD: {
                StatusKey.REFUSED: self._refused,
                StatusKey.REFUSED_LATELY: self._since(self._refusals, _RECENT_SECONDS),
            },
            StatusKey.STAGES: {
                stage.value: {
                    StatusKey.COUNT: len(times),
                    StatusKey.P50_MS: _milliseconds(percentile(times, 50)),
                    StatusKey.P95_MS: _milliseconds(percentile(times, 95)),
                }
                for stage, times in self._times.items()
            },
        }

    def _since(self, times: deque[float], seconds: float) -> int:
        """Return how many times are this recent; forget the older ones."""
        begin = self._clock() - seconds
        while times and times[0] < begin:
            times.popleft()
        return len(times)


class _MinuteCount:
    """Counts per minute, so that memory use does not depend on the count."""

    def __init__(self, minutes: int) -> None:
        """Start with no counts."""
        self._counts = deque([0] * minutes, maxlen=minutes)
        self._minute = 0

    def add(self, now_seconds: float) -> None:
        """Count one."""
        self._forget(now_seconds)
        self._counts[-1] += 1

    def total(self, now_seconds: float) -> int:
        """Return the count of these minutes, including the current one."""
        self._forget(now_seconds)
        return sum(self._counts)

    def _forget(self, now_seconds: float) -> None:
        """Drop the minutes that are too old."""
        minute = int(now_seconds // 60)
        passed = min(minute - self._minute, len(self._counts))
        self._counts.extend([0] * passed)
        self._minute = minute


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Return the smallest value that this percentage of values does not exceed."""
    if not values:
        return None
    rank = math.ceil(percent / 100 * len(values))
    return sorted(values)[max(rank, 1) - 1]


def _milliseconds(seconds: float | None) -> float | None:
    """Return a duration in milliseconds, rounded."""
    return None if seconds is None else round(seconds * 1000, 1)
