"""How often the speech model is asked about faint peaks: nobody shall wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

BURST: Final = 4
"""So many at once; somebody who is not heard says the word again and again."""
SECONDS_EACH: Final = 10.0
"""A television that never stops gets one check in this time."""


class CheckBudget:
    """Counts for each stream on its own, by name: satellites often reconnect."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start with a full budget for everybody."""
        self._clock = clock
        self._full_at: dict[str, float] = {}
        """When the budget of a stream is full again, while it is not."""

    def take(self, stream: str) -> bool:
        """Return whether one more is allowed, and count it."""
        now = self._clock()
        self._full_at = {name: at for name, at in self._full_at.items() if at > now}
        full_at = self._full_at.get(stream, now)
        if full_at - now > (BURST - 1) * SECONDS_EACH:
            return False
        self._full_at[stream] = full_at + SECONDS_EACH
        return True
