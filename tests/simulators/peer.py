"""The common base of simulated servers and satellites."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from wyoming.event import Event, Eventable, async_read_event, async_write_event

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

HOST = "127.0.0.1"
PATIENCE_SECONDS = 10


class Peer:
    """Listen on a port, record events, and answer."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        """Prepare; ``start`` opens the door."""
        self.port = 0
        self.received: list[Event] = []
        self.connection_count = 0
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._changed = asyncio.Condition()
        self._seen = 0

    async def __aenter__(self) -> Self:
        """Start listening."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        await self.stop()

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = await asyncio.start_server(self._serve, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and close all connections."""
        if self._server is None:
            return
        self._server.close()
        self.hang_up()
        await self._server.wait_closed()
        self._server = None

    @property
    def is_visited(self) -> bool:
        """Return whether there is a connection."""
        return bool(self._writers)

    def hang_up(self) -> None:
        """Close all connections."""
        for writer in self._writers:
            writer.transport.abort()

    async def wait_for(
        self, event_type: str, where: Callable[[Event], bool] = lambda _: True
    ) -> Event:
        """Return the next event of this type after the one returned last."""

        def find() -> int | None:
            for number, event in enumerate(self.received[self._seen :], self._seen):
                if event.type == event_type and where(event):
                    return number
            return None

        async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
            while (number := find()) is None:
                await self._changed.wait()
        self._seen = number + 1
        return self.received[number]

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition that an event may change."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
            await self._changed.wait_for(condition)

    async def send(self, event: Eventable | Event) -> None:
        """Send an event to all connections."""
        message = event.event() if isinstance(event, Eventable) else event
        for writer in list(self._writers):
            await async_write_event(message, writer)

    async def send_bytes(self, data: bytes) -> None:
        """Send raw bytes to all connections."""
        for writer in list(self._writers):
            writer.write(data)
            await writer.drain()

    async def answer(self, event: Event, writer: asyncio.StreamWriter) -> None:
        """Answer one event."""
        raise NotImplementedError

    async def greet(self, writer: asyncio.StreamWriter) -> bool:
        """Act before the first event; return whether to continue."""
        return True

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve one connection until it ends."""
        try:
            if self._tls is not None:
                await writer.start_tls(self._tls)
            self._writers.add(writer)
            self.connection_count += 1
            if await self.greet(writer):
                while (event := await async_read_event(reader)) is not None:
                    await self._keep(event)
                    await self.answer(event, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()
            async with self._changed:
                self._changed.notify_all()

    async def _keep(self, event: Event) -> None:
        """Record an event and wake up waiting callers."""
        async with self._changed:
            self.received.append(event)
            self._changed.notify_all()
