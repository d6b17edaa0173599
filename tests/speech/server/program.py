"""The speech server as a program, and a client for it."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event

from tests.simulators.voices import Samples

LIMIT_SECONDS: Final = 30
_CHUNK_SAMPLES: Final = 1_024
_FORMAT: Final[dict[str, Any]] = {"rate": 16_000, "width": 2, "channels": 1}


@dataclass
class Server:
    """A running server."""

    port: int
    http: str
    folder: Path
    process: asyncio.subprocess.Process
    log: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set on every new line of the log."""

    async def says(self, text: str) -> str:
        """Wait for a line of the log with this text; return the line."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                for line in self.log:
                    if text in line:
                        return line
                self.news.clear()
                await self.news.wait()

    async def ask(self, samples: Samples, **request: Any) -> Event:
        """Send a recording as a stock client does; return the answer."""
        async with connected(self) as client:
            await client.transcribe(**request)
            await client.speak(samples)
            await client.stop()
            return await client.answer()


class Client:
    """One connection."""

    def __init__(self, wire: AsyncTcpClient) -> None:
        """Wrap an open connection."""
        self.wire = wire
        self.seen: list[Event] = []

    async def transcribe(self, **request: Any) -> None:
        """Request a transcript of the following audio."""
        request.setdefault("language", "en")
        await self.wire.write_event(Transcribe(**request).event())
        await self.wire.write_event(AudioStart(**_FORMAT).event())

    async def speak(self, samples: Samples, *, pace: float = 0.0) -> None:
        """Send audio at a multiple of real time; 0 sends it at once."""
        for start in range(0, samples.size, _CHUNK_SAMPLES):
            piece = samples[start : start + _CHUNK_SAMPLES].tobytes()
            await self.wire.write_event(AudioChunk(**_FORMAT, audio=piece).event())
            if pace:
                await asyncio.sleep(_CHUNK_SAMPLES / 16_000 / pace)

    async def stop(self) -> None:
        """Send the end of the audio."""
        await self.wire.write_event(AudioStop().event())

    async def read(self) -> Event:
        """Return the next event."""
        async with asyncio.timeout(LIMIT_SECONDS):
            event = await self.wire.read_event()
        assert event is not None, "the server hung up"
        self.seen.append(event)
        return event

    async def answer(self) -> Event:
        """Return the transcript or error."""
        while True:
            event = await self.read()
            if event.type in {"transcript", "error"}:
                return event


@contextlib.asynccontextmanager
async def connected(server: Server) -> AsyncIterator[Client]:
    """Open a connection, and close it in the end."""
    wire = AsyncTcpClient("127.0.0.1", server.port)
    await wire.connect()
    try:
        yield Client(wire)
    finally:
        with contextlib.suppress(OSError):
            await wire.disconnect()


@contextlib.asynccontextmanager
async def serving(
    folder: Path, *arguments: str, environment: dict[str, str] | None = None
) -> AsyncIterator[Server]:
    """Run the server."""
    code = "import sys; from hearken_speech.cli import server; sys.exit(server())"
    command = [sys.executable, "-c", code, "--port", "0", "--http-port", "0"]
    command += ["--data-dir", str(folder), "--threads", "1", *arguments]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    server = Server(0, "", folder, process)
    reading = asyncio.create_task(_keep(process.stderr, server))
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            line = (await process.stdout.readline()).decode()
        assert line.startswith("ready "), "\n".join(server.log)
        _, wyoming, server.http = line.split()
        server.port = int(wyoming.rsplit(":", 1)[1])
        yield server
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        async with asyncio.timeout(LIMIT_SECONDS):
            await process.wait()
        await reading


async def _keep(stream: asyncio.StreamReader, server: Server) -> None:
    """Collect the server's log, so that it never blocks on writing."""
    while line := await stream.readline():
        server.log.append(line.decode(errors="replace").rstrip())
        server.news.set()
