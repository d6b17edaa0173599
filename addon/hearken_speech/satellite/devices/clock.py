"""The clock of a stream of sound, made even."""

from __future__ import annotations

from typing import Final

_WEIGHT: Final = 0.02
_JUMP_SECONDS: Final = 0.2


class StreamClock:
    """Tells when each position of a stream was recorded, or is heard.

    The times that a driver reports vary by milliseconds; those of samples do not.
    """

    def __init__(self, rate_hz: int) -> None:
        """Set the rate of the stream."""
        self._rate_hz = rate_hz
        self._start_seconds: float | None = None
        self._is_anew = True

    def note(self, position_samples: int, time_seconds: float) -> None:
        """Note the time that the driver reports for a position."""
        start = time_seconds - position_samples / self._rate_hz
        known = self._start_seconds
        if known is None or self._is_anew or abs(start - known) > _JUMP_SECONDS:
            self._start_seconds = start
        else:
            self._start_seconds = known + _WEIGHT * (start - known)
        self._is_anew = False

    def restart(self) -> None:
        """Take the time of the next position as it is reported."""
        self._is_anew = True

    def time_seconds(self, position_samples: int) -> float:
        """Return the time of a position; zero before any was noted."""
        if self._start_seconds is None:
            return 0.0
        return self._start_seconds + position_samples / self._rate_hz
