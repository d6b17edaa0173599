"""The Home Assistant of a satellite, reduced to what it says on the wire."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from wyoming.ping import Ping
from wyoming.satellite import RunSatellite

from hearken_speech.protocol import Hello
from tests.satellite.client import paired
from tests.speech.client import Client, audio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wyoming.event import Event, Eventable

    from hearken_speech.audio.format import Samples

_PING_SECONDS: Final = 2.0
_LIMIT_SECONDS: Final = 20.0


class Home:
    """One connection, which answers what a satellite asks and notes the rest."""

    def __init__(self, client: Client) -> None:
        """Speak over this connection."""
        self._client = client
        self._came: dict[str, asyncio.Event] = {}

    async def run(self) -> None:
        """Read and answer until the connection ends."""
        async with asyncio.TaskGroup() as tasks:
            pinging = tasks.create_task(self._ping())
            with contextlib.suppress(OSError, AssertionError):
                while True:
                    self._note(await self._read())
            pinging.cancel()

    async def _read(self) -> Event:
        event = await self._client.receive()
        assert event is not None
        if Ping.is_type(event.type):
            pong = {"text": (event.data or {}).get("text")}
            await self._client.send(type(event)(type="pong", data=pong))
        return event

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(_PING_SECONDS)
            await self._client.send(Ping())

    def _note(self, event: Event) -> None:
        self._came.setdefault(event.type, asyncio.Event()).set()

    async def send(self, *events: Eventable | Event) -> None:
        """Send these events."""
        await self._client.send(*events)

    async def say(self, samples: Samples, rate_hz: int = 16_000) -> None:
        """Say something on the satellite, to its end."""
        self.forget("played")
        await self.send(*audio(samples, rate_hz))
        await self.comes("played")

    def forget(self, kind: str) -> None:
        """Forget that an event of this type came."""
        self._came.setdefault(kind, asyncio.Event()).clear()

    async def comes(self, kind: str, limit_seconds: float = _LIMIT_SECONDS) -> None:
        """Wait for an event of this type."""
        async with asyncio.timeout(limit_seconds):
            await self._came.setdefault(kind, asyncio.Event()).wait()


@contextlib.asynccontextmanager
async def home(port: int, key: str) -> AsyncIterator[Home]:
    """Connect, and want the microphone."""
    async with paired(port, key) as client:
        made = Home(client)
        await made.send(Hello(instance="a" * 32), RunSatellite())
        running = asyncio.create_task(made.run())
        try:
            await made.comes("hearken-welcome")
            yield made
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
