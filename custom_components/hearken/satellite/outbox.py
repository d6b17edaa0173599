"""Queue of events for a satellite."""

import asyncio
from collections import deque
from typing import Final

from wyoming.event import Event

from ..errors import ConnectionLostError

_ROOM: Final = 16
"""Queued events from which on ``send`` waits."""
_LIMIT: Final = 256
"""Most events that are queued; with more, the connection counts as lost."""


class Outbox:
    """Queues events in order, and slows down senders of audio."""

    def __init__(self) -> None:
        """Start empty."""
        self._events: deque[Event] = deque()
        self._changed = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._is_empty = asyncio.Event()
        self._is_empty.set()
        self._failure: str | None = None

    def post(self, event: Event) -> None:
        """Queue an event now."""
        if len(self._events) >= _LIMIT:
            self._failure = "the satellite accepts no more data"
        else:
            self._events.append(event)
            self._is_empty.clear()
            if len(self._events) >= _ROOM:
                self._has_room.clear()
        self._changed.set()

    async def send(self, event: Event) -> None:
        """Queue an event once there is room."""
        while not self._has_room.is_set():
            await self._has_room.wait()
        if self._failure is not None:
            raise ConnectionLostError(self._failure)
        self.post(event)

    async def take(self) -> Event:
        """Return the next event; wait for one if there is none."""
        while True:
            if self._failure is not None:
                raise ConnectionLostError(self._failure)
            if self._events:
                event = self._events.popleft()
                if len(self._events) < _ROOM:
                    self._has_room.set()
                return event
            self._is_empty.set()
            self._changed.clear()
            await self._changed.wait()

    async def wait_empty(self) -> None:
        """Wait until the queue is empty."""
        await self._is_empty.wait()

    def close(self) -> None:
        """Close the queue; whoever waits gets an error."""
        self._failure = self._failure or "the satellite is not connected"
        self._has_room.set()
        self._is_empty.set()
        self._changed.set()
