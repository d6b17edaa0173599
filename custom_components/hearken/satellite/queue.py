"""A queue for exclusive turns, independent of Home Assistant."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from ..errors import HearkenError

MAX_WAITING: Final = 16
"""Limit of waiting tickets, so that a faulty automation cannot fill the memory."""


class QueueError(HearkenError):
    """The turn was not granted."""


class QueueFullError(QueueError):
    """Too many tickets are waiting already."""

    translation_key = "floor_full"


class QueueTimeoutError(QueueError):
    """The turn did not come within the time limit."""

    translation_key = "floor_timeout"


class Ticket:
    """A place in the queue."""

    def __init__(self, *, is_first: bool) -> None:
        """Start without the turn."""
        self.is_first = is_first
        self.granted = asyncio.Event()


class TicketQueue:
    """Gives the turn to one ticket after the other."""

    def __init__(self, is_free: Callable[[Ticket], bool]) -> None:
        """Start empty; a ticket gets the turn only if ``is_free`` returns True."""
        self._is_free = is_free
        self._queue: deque[Ticket] = deque()
        self._holder: Ticket | None = None

    def join(self, *, is_first: bool = False) -> Ticket:
        """Enter the queue at its end, or before all others; ``leave`` must follow."""
        firsts = self._count_firsts()
        if (firsts if is_first else len(self._queue) - firsts) >= MAX_WAITING:
            msg = f"{MAX_WAITING} others are waiting already"
            raise QueueFullError(msg)
        ticket = Ticket(is_first=is_first)
        self._queue.insert(firsts if is_first else len(self._queue), ticket)
        self.update()
        return ticket

    async def wait(self, ticket: Ticket, limit_seconds: float) -> None:
        """Wait until it is the turn of the ticket."""
        try:
            async with asyncio.timeout(limit_seconds):
                await ticket.granted.wait()
                while not self._is_free(ticket):
                    # It was free when the ticket got its turn, but no longer is.
                    self._holder = None
                    place = 0 if ticket.is_first else self._count_firsts()
                    self._queue.insert(place, ticket)
                    ticket.granted.clear()
                    await ticket.granted.wait()
        except TimeoutError as err:
            msg = f"no turn within {limit_seconds:g} s"
            raise QueueTimeoutError(msg) from err

    def leave(self, ticket: Ticket) -> None:
        """Give up the turn or the place in the queue."""
        if self._holder is ticket:
            self._holder = None
        elif ticket in self._queue:
            self._queue.remove(ticket)
        self.update()

    def _count_firsts(self) -> int:
        """Return the number of tickets that come before all others."""
        return sum(ticket.is_first for ticket in self._queue)

    def update(self) -> None:
        """Give the turn to the next ticket if ``is_free`` allows it."""
        if self._queue and self._holder is None and self._is_free(self._queue[0]):
            self._holder = self._queue.popleft()
            self._holder.granted.set()
