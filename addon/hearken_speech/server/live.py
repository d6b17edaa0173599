"""The live connection: status changes and events, pushed over a WebSocket.

The messages are described in ``protocol/control.py``.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from aiohttp import WSCloseCode, web

from hearken_speech.protocol import LiveKey, LiveType, StatusKey
from hearken_speech.server.sockets import WRITE_LIMIT_SECONDS, until_closed
from hearken_speech.server.status import status

if TYPE_CHECKING:
    from hearken_speech.server.services import Services

_MAX_CLIENTS: Final = 16
_MAX_WAITING_EVENTS: Final = 100
_POLL_SECONDS: Final = 1.0
_REFRESH_SECONDS: Final = 30.0
# These change all the time; a change of them alone is not pushed.
_VOLATILE: Final = frozenset(
    {
        StatusKey.UPTIME_SECONDS,
        StatusKey.MEMORY_BYTES,
        StatusKey.STORAGE,
        StatusKey.CONNECTIONS,
    }
)


class Subscriber:
    """Queue of what one client has not been sent yet."""

    def __init__(self, services: Services) -> None:
        """Start with nothing sent."""
        self._services = services
        self._events: deque[dict[str, Any]] = deque()
        self._news = asyncio.Event()
        self._sent: dict[str, Any] | None = None
        self._sent_at = 0.0
        self.dropped = 0

    def add_event(self, entry: dict[str, Any]) -> None:
        """Queue an event; drop the oldest if there are too many."""
        if len(self._events) >= _MAX_WAITING_EVENTS:
            self._events.popleft()
            self.dropped += 1
        self._events.append(entry)
        self._news.set()

    async def messages(self) -> list[dict[str, Any]]:
        """Wait for messages and return them."""
        while not (messages := self._due()):
            try:
                async with asyncio.timeout(_POLL_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                continue
        return messages

    def _due(self) -> list[dict[str, Any]]:
        """Return the messages that are due."""
        messages: list[dict[str, Any]] = []
        while self._events:
            event = self._events.popleft()
            messages.append(
                {
                    LiveKey.TYPE: LiveType.EVENT,
                    LiveKey.EVENT: event,
                    LiveKey.DROPPED: self.dropped,
                }
            )
        self._news.clear()
        now = time.monotonic()
        current = status(self._services)
        essence = {key: current[key] for key in current.keys() - _VOLATILE}
        if essence != self._sent or now - self._sent_at >= _REFRESH_SECONDS:
            self._sent, self._sent_at = essence, now
            messages.append({LiveKey.TYPE: LiveType.STATUS, LiveKey.STATUS: current})
        return messages


class Live:
    """Serves live connections."""

    def __init__(self, services: Services) -> None:
        """Set the services to report on."""
        self._services = services
        self._sockets: set[web.WebSocketResponse] = set()

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one client until it disconnects."""
        if len(self._sockets) >= _MAX_CLIENTS:
            raise web.HTTPServiceUnavailable(text="there are too many connections\n")
        socket = web.WebSocketResponse(heartbeat=WRITE_LIMIT_SECONDS)
        await socket.prepare(request)
        subscriber = Subscriber(self._services)
        stop = self._services.journal.watch(subscriber.add_event)
        self._sockets.add(socket)
        try:
            await until_closed(socket, lambda: _send(socket, subscriber))
        finally:
            stop()
            self._sockets.discard(socket)
        return socket

    async def close(self, _app: web.Application) -> None:
        """Close all connections."""
        for socket in list(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)


async def _send(socket: web.WebSocketResponse, subscriber: Subscriber) -> None:
    """Send messages; raise TimeoutError if the client does not read."""
    while True:
        for message in await subscriber.messages():
            async with asyncio.timeout(WRITE_LIMIT_SECONDS):
                await socket.send_json(message)
