"""When to try a narrow beam before the wide one."""

from __future__ import annotations

from typing import Final

_NARROW_COST: Final = 0.7
"""Cost of the narrow beam relative to the wide one; a failed try adds this much."""
_WEIGHT: Final = 0.1
"""Weight of the newest result in the moving average."""
_RETRY_INTERVAL: Final = 10
"""Transcripts between tries once it no longer pays: speakers and rooms change."""


class NarrowBeam:
    """Tracks how often the narrow beam was enough lately, for one model."""

    def __init__(self) -> None:
        """Assume the narrow beam is enough."""
        self._success_rate = 1.0
        self._skipped = 0

    def is_worth_trying(self) -> bool:
        """Return whether to try the narrow beam for the next transcript."""
        if self._success_rate >= _NARROW_COST:
            return True
        self._skipped += 1
        return self._skipped % _RETRY_INTERVAL == 0

    def record(self, *, enough: bool) -> None:
        """Record whether the narrow beam was enough."""
        self._success_rate += _WEIGHT * (enough - self._success_rate)
