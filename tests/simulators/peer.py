"""What simulated servers and satellites have in common: a door on this machine."""

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
    """Listens on a port, keeps what it hears, and answers."""

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
        """Open the door."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the door."""
        await self.stop()

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = await asyncio.start_server(self._serve, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and hang up on everybody."""
        if self._server is None:
            return
        self._server.close()
        self.hang_up()
        await self._server.wait_closed()
        self._server = None

    @property
    def is_visited(self) -> bool:
        """Tell whether anybody is connected."""
        return bool(self._writers)

    def hang_up(self) -> None:
        """Cut all connections."""
        for writer in self._writers:
            writer.transport.abort()

    async def wait_for(
        self, event_type: str, where: Callable[[Event], bool] = lambda _: True
    ) -> Event:
        """Return the next event of this kind after the one returned last."""

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
        """Wait for something that an event may change."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
            await self._changed.wait_for(condition)

    async def send(self, event: Eventable | Event) -> None:
        """Send an event to everybody who is connected."""
        message = event.event() if isinstance(event, Eventable) else event
        for writer in list(self._writers):
            await async_write_event(message, writer)

    async def send_bytes(self, data: bytes) -> None:
        """Send anything to everybody who is connected."""
        for writer in list(self._writers):
            writer.write(data)
            await writer.drain()

    async def answer(self, event: Event, writer: asyncio.StreamWriter) -> None:
        """Answer one event."""
        raise NotImplementedError

    async def greet(self, writer: asyncio.StreamWriter) -> bool:
        """Do something before the first event; return whether to go on."""
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
        """Remember an event and wake up whoever waits for it."""
        async with self._changed:
            self.received.append(event)
            self._changed.notify_all()
