"""Bounds how much a peer may send: a burst passes, and a flood is slowed down."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

_LOGGER = logging.getLogger(__name__)

_UNIT_BYTES: Final = 4096
_MESSAGE_UNITS: Final = 10
"""Cost of an event without audio: it may start work, where audio is only passed on."""
_PAUSE_EVERY: Final = 16
"""Short events that were all there already are read without a pause up to this number.

A long one counts as several, because it takes a while to parse.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """How many units a peer may send at once, and per second from then on."""

    burst: float
    per_second: float


EVENTS: Final = Rate(burst=8192, per_second=512)
"""For Wyoming events: 32 MiB of speech, or 800 messages, and then 50 a second."""
LIVE: Final = Rate(burst=2048, per_second=256)
"""For messages of the control API."""


@dataclass(slots=True)
class Reached:
    """How often a peer reached a limit; shown in the diagnostics."""

    slowed_down: int = 0
    """Connections that sent more than they may."""
    cut_off: int = 0
    """Requests that were given up for that."""


class Allowance:
    """What one connection may still send."""

    def __init__(self, name: str, rate: Rate, reached: Reached) -> None:
        """Start with a full burst; note in ``reached`` when it is used up."""
        self._name = name
        self._rate = rate
        self._reached = reached
        self._units = rate.burst
        self._filled_at: float | None = None
        self._since_pause = 0.0
        self._is_slowed = False

    async def spend(self, size_bytes: int, *, is_audio: bool = False) -> None:
        """Account for an event; wait if the peer sends more than it may.

        Nothing is read from it meanwhile, so that its own sending has to wait, too.
        """
        self._refill()
        self._units -= (1 if is_audio else _MESSAGE_UNITS) + size_bytes / _UNIT_BYTES
        self._since_pause += 1 + size_bytes / _UNIT_BYTES
        if self._units < 0:
            self._note()
            await asyncio.sleep(-self._units / self._rate.per_second)
        elif self._since_pause >= _PAUSE_EVERY:
            # Reading what has arrived already does not let others run.
            self._since_pause = 0.0
            await asyncio.sleep(0)

    def _refill(self) -> None:
        """Add what was earned since the last event."""
        now = asyncio.get_running_loop().time()
        if self._filled_at is not None:
            earned = (now - self._filled_at) * self._rate.per_second
            self._units = min(self._rate.burst, self._units + earned)
        self._filled_at = now

    def _note(self) -> None:
        """Report once that this connection is slowed down."""
        if not self._is_slowed:
            self._is_slowed = True
            self._reached.slowed_down += 1
            _LOGGER.warning("%s sends too much and is slowed down", self._name)
