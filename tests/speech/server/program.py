"""The speech server as a program, and clients that talk to it."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event
from wyoming.wake import Detect

from hearken_speech.audio.format import Samples, to_bytes

START_SECONDS = 60
WAIT_SECONDS = 50


@dataclass(frozen=True)
class Program:
    """A running server."""

    host: str
    port: int
    http: str
    token: str
    data_dir: Path
    wake_dir: Path
    process: asyncio.subprocess.Process

    def client(self) -> AsyncTcpClient:
        """Return a client, not yet connected."""
        return AsyncTcpClient(self.host, self.port)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Program]:
    """Start the server and stop it again."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c"),
        "import sys; from hearken_speech.cli import server; sys.exit(server())",
        *("--port", "0", "--http-port", "0", "--data-dir", str(folder / "data")),
        *("--wake-dir", str(folder / "words"), "--log-level", "error"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            line = (await process.stdout.readline()).decode()
        ready = re.fullmatch(r"ready tcp://(.+):(\d+) (http://\S+)\n", line)
        assert ready is not None, line
        stored = json.loads((folder / "data" / "server.json").read_text())
        yield Program(
            host=ready[1],
            port=int(ready[2]),
            http=ready[3],
            token=stored["token"],
            data_dir=folder / "data",
            wake_dir=folder / "words",
            process=process,
        )
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(WAIT_SECONDS):
            assert await process.wait() == 0


async def answer(client: AsyncTcpClient) -> Event:
    """Return the next event from the server."""
    async with asyncio.timeout(WAIT_SECONDS):
        event = await client.read_event()
    assert event is not None
    return event


async def ask(
    client: AsyncTcpClient,
    names: list[str] | None,
    context: dict[str, Any] | None = None,
) -> None:
    """Ask for wake words."""
    await client.write_event(Detect(names=names, context=context).event())


async def play(
    client: AsyncTcpClient,
    sound: Samples,
    *,
    chunk_samples: int = 1024,
    stop: bool = True,
    timestamp: int | None = None,
) -> None:
    """Send sound as audio."""
    layout: dict[str, Any] = {"rate": 16_000, "width": 2, "channels": 1}
    await client.write_event(AudioStart(**layout, timestamp=timestamp).event())
    for first in range(0, len(sound), chunk_samples):
        data = to_bytes(sound[first : first + chunk_samples])
        await client.write_event(AudioChunk(**layout, audio=data).event())
    if stop:
        await client.write_event(AudioStop().event())
