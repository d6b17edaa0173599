"""The live connection: how the server is doing, told when it changes.

``GET /api/v1/live`` is a WebSocket. It begins with the status; then come the entries
of the journal as they are made, and the status whenever it has changed::

    {"type": "status", "status": {...}}
    {"type": "event", "event": {"kind": ..., "at": ...}, "dropped": 0}

``dropped`` counts events that this client was too slow for. A server without such
clients does nothing for them.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from aiohttp import WSCloseCode, web

from hearken_speech.server.sockets import WRITE_LIMIT_SECONDS, until_closed
from hearken_speech.server.status import status

if TYPE_CHECKING:
    from hearken_speech.server.services import Services

_MAX_CLIENTS: Final = 16
_MAX_WAITING_EVENTS: Final = 100
_LOOK_SECONDS: Final = 1.0
_REFRESH_SECONDS: Final = 30.0
# These change all the time: nobody has to hear of it at once.
_RESTLESS: Final = ("uptime_seconds", "memory_bytes", "storage")


class Subscriber:
    """What one client has not been told yet."""

    def __init__(self, services: Services) -> None:
        """Know of nothing so far."""
        self._services = services
        self._events: deque[dict[str, Any]] = deque()
        self._news = asyncio.Event()
        self._told: dict[str, Any] | None = None
        self._told_at = 0.0
        self.dropped = 0

    def take(self, entry: dict[str, Any]) -> None:
        """Keep an event; the oldest goes when there are too many."""
        if len(self._events) >= _MAX_WAITING_EVENTS:
            self._events.popleft()
            self.dropped += 1
        self._events.append(entry)
        self._news.set()

    async def messages(self) -> list[dict[str, Any]]:
        """Wait for something to tell and return it."""
        while not (messages := self._due()):
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                continue
        return messages

    def _due(self) -> list[dict[str, Any]]:
        """Return what there is to tell now."""
        messages: list[dict[str, Any]] = []
        while self._events:
            event = self._events.popleft()
            messages.append({"type": "event", "event": event, "dropped": self.dropped})
        self._news.clear()
        now = time.monotonic()
        current = status(self._services)
        essence = {key: current[key] for key in current.keys() - set(_RESTLESS)}
        if essence != self._told or now - self._told_at >= _REFRESH_SECONDS:
            self._told, self._told_at = essence, now
            messages.append({"type": "status", "status": current})
        return messages


class Live:
    """Serves the live connections."""

    def __init__(self, services: Services) -> None:
        """Tell about these services."""
        self._services = services
        self._sockets: set[web.WebSocketResponse] = set()

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one client until it goes."""
        if len(self._sockets) >= _MAX_CLIENTS:
            raise web.HTTPServiceUnavailable(text="there are too many connections\n")
        socket = web.WebSocketResponse(heartbeat=WRITE_LIMIT_SECONDS)
        await socket.prepare(request)
        subscriber = Subscriber(self._services)
        stop = self._services.journal.watch(subscriber.take)
        self._sockets.add(socket)
        try:
            await until_closed(socket, lambda: _tell(socket, subscriber))
        finally:
            stop()
            self._sockets.discard(socket)
        return socket

    async def close(self, _app: web.Application) -> None:
        """Say goodbye to all clients."""
        for socket in list(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)


async def _tell(socket: web.WebSocketResponse, subscriber: Subscriber) -> None:
    """Send what happens; end with a peer that does not read."""
    while True:
        for message in await subscriber.messages():
            async with asyncio.timeout(WRITE_LIMIT_SECONDS):
                await socket.send_json(message)
