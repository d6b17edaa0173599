"""Speakers that fail or play on demand."""

import asyncio
from typing import override

from hearken_speech.audio.format import NATIVE, Samples
from hearken_speech.satellite.devices.speaker import NoSpeaker, SpeakerError


class BrokenSpeaker(NoSpeaker):
    """A speaker that fails to open."""

    @override
    async def open(self) -> None:
        """Fail."""
        msg = "the cable is out"
        raise SpeakerError(msg)


class HungSpeaker(NoSpeaker):
    """A speaker whose driver hangs."""

    @override
    async def write(self, samples: Samples) -> None:
        """Wait forever."""
        await asyncio.Event().wait()


class ScriptedSpeaker:
    """A speaker that plays only as much as the test allows."""

    format = NATIVE

    def __init__(self) -> None:
        """Start without a sound."""
        self.position_samples = 0
        self.events: list[str] = []
        self.written: list[Samples] = []
        """What was written since the last ``open``."""
        self.changed = asyncio.Event()
        self._allowed = asyncio.Event()

    @property
    def written_samples(self) -> int:
        """The number of samples written since the last ``open``."""
        return sum(map(len, self.written))

    def play_all(self) -> None:
        """Play everything from now on."""
        self._allowed.set()

    async def open(self) -> None:
        """Start a sound."""
        self.written = []
        self._note("open")

    async def write(self, samples: Samples) -> None:
        """Accept samples."""
        self.written.append(samples)
        self._note("write")

    async def drain(self) -> None:
        """Wait until the test plays the sound or stops it."""
        await self._allowed.wait()
        self._note("drain")

    def stop(self) -> None:
        """Release all waiting calls."""
        self._note("stop")
        self._allowed.set()

    async def close(self) -> None:
        """End the sound."""
        self._allowed.clear()
        self._note("close")

    async def until(self, event: str, count: int = 1) -> None:
        """Wait until the count is reached."""
        while self.events.count(event) < count:
            self.changed.clear()
            await self.changed.wait()

    def _note(self, event: str) -> None:
        self.events.append(event)
        self.changed.set()
