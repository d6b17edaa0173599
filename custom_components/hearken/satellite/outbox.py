"""Events on their way to a satellite."""

import asyncio
from collections import deque
from typing import Final

from wyoming.event import Event

from ..errors import ConnectionLostError

_ROOM: Final = 16
"""Events that may wait before a sender of audio has to wait too."""
_LIMIT: Final = 256
"""Events that may wait at all."""


class Outbox:
    """Keeps events in order, and makes senders of audio wait for their turn."""

    def __init__(self) -> None:
        """Begin empty."""
        self._events: deque[Event] = deque()
        self._changed = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._is_empty = asyncio.Event()
        self._is_empty.set()
        self._failure: str | None = None

    def post(self, event: Event) -> None:
        """Add an event now."""
        if len(self._events) >= _LIMIT:
            self._failure = "the satellite takes nothing more"
        else:
            self._events.append(event)
            self._is_empty.clear()
            if len(self._events) >= _ROOM:
                self._has_room.clear()
        self._changed.set()

    async def send(self, event: Event) -> None:
        """Add an event once there is room."""
        while not self._has_room.is_set():
            await self._has_room.wait()
        if self._failure is not None:
            raise ConnectionLostError(self._failure)
        self.post(event)

    async def take(self) -> Event:
        """Return the next event."""
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
        """Wait until everything is sent."""
        await self._is_empty.wait()

    def close(self) -> None:
        """Wake up whoever waits: nothing is sent any more."""
        self._failure = self._failure or "the satellite is not connected"
        self._has_room.set()
        self._is_empty.set()
        self._changed.set()
