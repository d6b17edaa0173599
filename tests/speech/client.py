"""A Wyoming client, made of the library's own parts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Self

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event, Eventable, async_read_event, async_write_event

from hearken_speech.audio.format import Samples, to_bytes

from .program import HOST, LIMIT_SECONDS

CHUNK_BYTES: Final = 2048


class Client:
    """One connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Wrap the streams."""
        self.reader = reader
        self.writer = writer

    async def send(self, *events: Eventable | Event) -> Self:
        """Send events, one after the other."""
        async with asyncio.timeout(LIMIT_SECONDS):
            for event in events:
                plain = event if isinstance(event, Event) else event.event()
                await async_write_event(plain, self.writer)
        return self

    async def receive(self) -> Event | None:
        """Return the next event, or None when the connection is closed."""
        async with asyncio.timeout(LIMIT_SECONDS):
            return await async_read_event(self.reader)

    async def until(self, *types: str) -> list[Event]:
        """Return the next events, up to the first of one of these types."""
        events: list[Event] = []
        while not events or events[-1].type not in types:
            event = await self.receive()
            assert event is not None, f"closed before {types}; there was {events}"
            events.append(event)
        return events

    async def expect(self, kind: str) -> Event:
        """Return the next event, which is of this type."""
        event = await self.receive()
        assert event is not None, f"closed before {kind}"
        assert event.type == kind, event
        return event

    async def closed(self) -> None:
        """Wait until the connection is closed, discarding events."""
        async with asyncio.timeout(LIMIT_SECONDS):
            try:
                while await self.reader.read(1 << 16):
                    pass
            except ConnectionError:
                return


@asynccontextmanager
async def connect(port: int) -> AsyncIterator[Client]:
    """Connect to a local program."""
    async with asyncio.timeout(LIMIT_SECONDS):
        reader, writer = await asyncio.open_connection(HOST, port)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


def audio(
    sound: Samples | bytes,
    rate_hz: int = 16_000,
    width_bytes: int = 2,
    channels: int = 1,
    timestamp: int | None = None,
) -> list[Eventable]:
    """Return a whole recording as events."""
    data = sound if isinstance(sound, bytes) else to_bytes(sound)
    return [
        AudioStart(rate_hz, width_bytes, channels, timestamp),
        *(
            AudioChunk(
                rate_hz, width_bytes, channels, data[first : first + CHUNK_BYTES]
            )
            for first in range(0, len(data), CHUNK_BYTES)
        ),
        AudioStop(),
    ]
