"""The attacked server, and the honest client that is served meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import async_read_event, async_write_event
from wyoming.ping import Ping
from wyoming.wake import Detect

from hearken_speech.protocol import SAMPLE_RATE_HZ, Hello, Proof
from hearken_speech.protocol.pairing import client_context
from house import sound
from house.house import HOST
from house.processes import BIN, Program

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from wyoming.event import Eventable

    from hearken_speech.audio.format import Samples

SENTENCE: Final = "turn on the kitchen light"
_START_SECONDS: Final = 120.0
_ANSWER_SECONDS: Final = 60.0
_GREET_SECONDS: Final = 10.0
_CHUNK_SAMPLES: Final = 1280
_CLIENTS: Final = 3
_LAYOUT: Final = {"rate": 16_000, "width": 2, "channels": 1}


def memory_mb(program: Program) -> float:
    """Return the resident memory of a program."""
    pages = int(Path(f"/proc/{program.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@dataclass
class Target:
    """A running server."""

    program: Program
    folder: Path
    port: int
    http_port: int

    @classmethod
    @contextlib.asynccontextmanager
    async def running(
        cls, folder: Path, before: tuple[str, ...] = (), *arguments: str
    ) -> AsyncIterator[Self]:
        """Run a server whose files are in this folder."""
        program = await Program.start(
            "server",
            [
                *before,
                *(BIN / "hearken-server", "--port", "0", "--http-port", "0"),
                *("--data-dir", str(folder), "--no-announce", *arguments),
            ],
            folder.with_suffix(".log"),
        )
        try:
            ready = (await program.line(_START_SECONDS)).split()
            ports = [int(url.rsplit(":", 1)[1]) for url in ready[1:]]
            yield cls(program, folder, ports[0], ports[1])
        finally:
            await program.end()

    @property
    def log(self) -> str:
        """Return the log."""
        return self.program.log.read_text(errors="replace")

    @property
    def memory_mb(self) -> float:
        """Return the resident memory."""
        return memory_mb(self.program)

    @property
    def files(self) -> int:
        """Return the number of open file handles."""
        return len(list(Path(f"/proc/{self.program.pid}/fd").iterdir()))


@dataclass
class Satellite:
    """A running satellite without microphone and speaker."""

    program: Program
    port: int

    @classmethod
    @contextlib.asynccontextmanager
    async def running(
        cls, folder: Path, before: tuple[str, ...] = ()
    ) -> AsyncIterator[Self]:
        """Run a satellite whose files are in this folder."""
        program = await Program.start(
            "satellite",
            [
                *before,
                *(BIN / "hearken-satellite", "--port", "0", "--no-announce"),
                *("--microphone", "silence", "--speaker", "none"),
                *("--data-dir", str(folder)),
            ],
            folder.with_suffix(".log"),
        )
        try:
            line = await program.line(_START_SECONDS)
            yield cls(program, int(line.rsplit(":", 1)[1]))
        finally:
            await program.end()

    @property
    def log(self) -> str:
        """Return the log."""
        return self.program.log.read_text(errors="replace")

    async def greet(self, key: str, *more: Eventable) -> dict[str, Any]:
        """Connect as its peer, send more, and return the last answer."""
        async with asyncio.timeout(_GREET_SECONDS):
            reader, writer = await asyncio.open_connection(
                HOST, self.port, ssl=client_context(key)
            )
            try:
                for one in (Hello(), *more):
                    await async_write_event(one.event(), writer)
                    answer = await async_read_event(reader)
            finally:
                writer.transport.abort()
        if answer is None:
            msg = "closed"
            raise ConnectionError(msg)
        return answer.data


@dataclass
class Honest:
    """Clients that know the token: they say commands and wake words in real time.

    A delay is the time to connect, and that from the last sample of the words to the
    answer.
    """

    port: int
    token: str
    delays: dict[str, list[float]] = field(
        default_factory=lambda: {"command": [], "wake": []}
    )
    failures: list[str] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Prepare the sounds: before, the words, and after."""
        self._sounds = {
            "command": (sound.silence(0.4), sound.trim(sound.speak(SENTENCE))),
            "wake": (sound.silence(1.5), sound.trim(sound.speak(sound.WAKE_PHRASE))),
        }

    async def run(self) -> None:
        """Speak with several clients until told to stop; they finish what they say."""
        await asyncio.gather(*(self._speak(number) for number in range(_CLIENTS)))

    async def _speak(self, number: int) -> None:
        """Say commands and wake words in turns."""
        await asyncio.sleep(number * 0.7)
        while not self.stopping.is_set():
            await self.once()

    async def once(self) -> None:
        """Say a command and a wake word."""
        for kind in ("command", "wake"):
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    self.delays[kind].append(await self._say(kind))
            except (OSError, TimeoutError, AssertionError) as err:
                self.failures.append(f"{kind}: {type(err).__name__} {err}")

    async def during[ResultT](self, work: Awaitable[ResultT]) -> ResultT:
        """Forget what was measured before, and speak until the work is done."""
        self.stopping.clear()
        for delays in self.delays.values():
            delays.clear()
        self.failures.clear()
        speaking = asyncio.create_task(self.run())
        try:
            return await work
        finally:
            self.stopping.set()
            await speaking

    def summary(self) -> dict[str, Any]:
        """Return the worst and the median delays."""
        found: dict[str, Any] = {"failures": list(self.failures)}
        for kind, delays in self.delays.items():
            found[f"{kind}_count"] = len(delays)
            found[f"{kind}_worst"] = round(max(delays, default=math.inf), 3)
            found[f"{kind}_median"] = round(
                statistics.median(delays) if delays else math.inf, 3
            )
        return found

    async def _say(self, kind: str) -> float:
        """Return the delay of a transcript or a detection."""
        before, words = self._sounds[kind]
        started = time.perf_counter()
        async with _connected(self.port, self.token) as client:
            request = (
                Transcribe(language="en")
                if kind == "command"
                else Detect(names=["hey_jarvis"])
            )
            await client.write_event(request.event())
            await client.write_event(AudioStart(**_LAYOUT).event())
            await client.write_event(Ping().event())
            answer = await client.read_event()
            assert answer is not None, "closed"
            connected = time.perf_counter() - started
            reading = asyncio.create_task(client.read_event())
            await _play(client, np.concatenate((before, words)))
            ended = time.perf_counter()
            after = asyncio.create_task(_finish(client, kind))
            try:
                event = await reading
            finally:
                after.cancel()
                await asyncio.gather(after, return_exceptions=True)
        assert event is not None, "closed"
        assert event.type in {"transcript", "detection"}, event
        if kind == "command":
            assert SENTENCE in event.data["text"], event.data
        return connected + max(0.0, time.perf_counter() - ended)


async def _play(client: AsyncTcpClient, samples: Samples) -> None:
    """Send a sound in real time."""
    start = time.perf_counter()
    for first in range(0, len(samples), _CHUNK_SAMPLES):
        due = start + (first + _CHUNK_SAMPLES) / SAMPLE_RATE_HZ
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        piece = samples[first : first + _CHUNK_SAMPLES].tobytes()
        await client.write_event(AudioChunk(**_LAYOUT, audio=piece).event())


async def _finish(client: AsyncTcpClient, kind: str) -> None:
    """End a command; let a pause follow a wake word."""
    if kind == "wake":
        await _play(client, sound.silence(_ANSWER_SECONDS))
    await client.write_event(AudioStop().event())


@contextlib.asynccontextmanager
async def _connected(port: int, token: str) -> AsyncIterator[AsyncTcpClient]:
    """Connect, and prove to know the token."""
    client = AsyncTcpClient(HOST, port)
    await client.connect()
    try:
        await client.write_event(Proof.of(token).event())
        yield client
    finally:
        with contextlib.suppress(OSError):
            await client.disconnect()
