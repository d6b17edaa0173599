"""Tries again to listen for the wake word after a failure, ever more slowly."""

from typing import Final

from ..const import RESTART_MAX_SECONDS, RESTART_MIN_SECONDS
from .endings import NO_FAILURES

_STABLE_RUN_SECONDS: Final = 30


class WakeRetry:
    """Pauses between runs that fail before a wake word, and which failure is told."""

    def __init__(self) -> None:
        """Start without failures."""
        self._pause_seconds = float(RESTART_MIN_SECONDS)
        self._told: str | None = None

    def reset(self) -> None:
        """Note that a wake word was detected."""
        self.hurry()
        self._told = None

    def hurry(self) -> None:
        """Start again with a short pause."""
        self._pause_seconds = RESTART_MIN_SECONDS

    def next_pause(self, run_seconds: float) -> float:
        """Return the pause after a run of this length."""
        if run_seconds >= _STABLE_RUN_SECONDS:
            self.hurry()
        seconds = self._pause_seconds
        self._pause_seconds = min(seconds * 2, RESTART_MAX_SECONDS)
        return seconds

    def is_news(self, error: str | None) -> bool:
        """Return whether a failure has not been told yet; it now counts as told."""
        if error is None or error in NO_FAILURES:
            return False
        is_news, self._told = error != self._told, error
        return is_news
