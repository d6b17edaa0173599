"""Test that closed connections leave nothing behind."""

import asyncio
import contextlib
import json
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import aiohttp
import numpy as np
import pytest
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk
from wyoming.info import Describe
from wyoming.wake import Detect

from hearken_speech.protocol import DetectDetails, WordSensitivity
from tests.speech.client import Client, audio, connect
from tests.speech.program import LIMIT_SECONDS, Program
from tests.speech.sounds import noise
from tests.speech.wake.sounds import spoken

WARM_UP_BATCHES: Final = 3
BATCHES: Final = 15
ROUNDS_PER_BATCH: Final = 10
GROWTH_LIMIT_MB: Final = 12.0
"""Where every connection stays until the garbage collector comes, it is 45 MB."""

# What only the garbage collector would free stays in memory and is noticed.
_PROGRAM: Final = (
    "import gc, sys; gc.disable(); gc.collect = lambda: 0; "
    "from hearken_speech.cli import server; sys.exit(server())"
)
_SHORT: Final = noise(0.2)
_CHUNK: Final = AudioChunk(16_000, 2, 1, _SHORT.tobytes())
_EAGER: Final = DetectDetails(
    default=WordSensitivity(threshold=0.001, patience=1, refractory_seconds=0)
).context()


class _Server:
    """A running server without a garbage collector, and its resources."""

    def __init__(self, program: Program, folder: Path) -> None:
        """Wait until the server is ready."""
        self._program = program
        words = program.line().split()
        assert words[:1] == ["ready"], program.log
        self.port, _ = (int(url.rsplit(":", 1)[1]) for url in words[1:])
        self._http = words[2]
        self._token = json.loads((folder / "server.json").read_text())["token"]
        self._sockets_at_rest = self._sockets()

    async def ask(self, path: str) -> Any:
        """Return an answer of the control API."""
        headers = {"Authorization": f"Bearer {self._token}"}
        async with (
            aiohttp.ClientSession(self._http, headers=headers) as http,
            http.get(path) as answer,
        ):
            return await answer.json()

    async def memory_mb(self) -> float:
        """Return the memory in use."""
        memory_bytes: int = (await self.ask("/api/v1/status"))["memory_bytes"]
        return memory_bytes / 1e6

    async def until_alone(self) -> None:
        """Wait until all visitors are gone, with their streams and sockets."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while not await self._is_alone():  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.02)

    async def _is_alone(self) -> bool:
        """Return whether there are no connections and no streams."""
        streams = (await self.ask("/api/v1/wake"))["streams"]
        return not streams and self._sockets() <= self._sockets_at_rest

    def _sockets(self) -> int:
        """Count its sockets."""
        with contextlib.suppress(FileNotFoundError):  # Closed in the meantime.
            return sum(
                file.readlink().name.startswith("socket:")
                for file in Path(f"/proc/{self._program.pid}/fd").iterdir()
            )
        return sys.maxsize


async def _listens(client: Client) -> None:
    """Stream to the end without a word, and change settings on the way."""
    await client.send(Detect(names=["alexa"]), *audio(_SHORT)[:-1])
    await client.send(Detect(names=None, context=DetectDetails().context()))
    await client.send(*audio(_SHORT)[1:])
    await client.expect("not-detected")


async def _is_heard(client: Client) -> None:
    """Stream a word and disconnect before reading all events."""
    sound = np.concatenate([noise(0.6, 2), spoken("alexa"), noise(0.2, 2)])
    await client.send(Detect(names=None, context=_EAGER), *audio(sound))
    await client.expect("detection")


async def _breaks_off(client: Client) -> None:
    """Disconnect while audio is flowing."""
    await client.send(Detect(names=None), *audio(_SHORT)[:-1])
    _reset_on_close(client)


async def _breaks_off_a_command(client: Client) -> None:
    """Disconnect during a command."""
    await client.send(Transcribe(), *audio(_SHORT)[:-1])
    _reset_on_close(client)


async def _asks_for_nonsense(client: Client) -> None:
    """Send an invalid request, followed by audio."""
    await client.send(Detect(names=["nope"]), *audio(_SHORT))
    await client.expect("error")


async def _speaks_http(client: Client) -> None:
    """Send HTTP and be disconnected."""
    client.writer.write(b"GET / HTTP/1.1\r\n\r\n")
    await client.closed()


async def _describes(client: Client) -> None:
    """Request the info and disconnect without reading it."""
    await client.send(Describe(), _CHUNK)


_VISITS: Final = (
    _listens,
    _breaks_off,
    _breaks_off_a_command,
    _asks_for_nonsense,
    _speaks_http,
    _describes,
)


def _reset_on_close(client: Client) -> None:
    """Reset the connection on close, like a broken cable."""
    client.writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )


async def _come_and_go(server: _Server, batches: int) -> None:
    """Run clients of each kind, as many at a time as there are kinds."""

    async def visit(kind: Callable[[Client], Awaitable[None]]) -> None:
        for _ in range(ROUNDS_PER_BATCH):
            async with connect(server.port) as client:
                await kind(client)

    for _ in range(batches):
        async with asyncio.TaskGroup() as visitors:
            for kind in _VISITS:
                visitors.create_task(visit(kind))
        async with connect(server.port) as client:
            await _is_heard(client)
        await server.until_alone()


@pytest.mark.timeout(240)
async def test_connections_leave_nothing_behind(tmp_path: Path) -> None:
    """Five times as many connections need no more memory and sockets."""
    data = tmp_path / "data"
    with Program(
        sys.executable,
        *("-c", _PROGRAM, "--host", "127.0.0.1", "--port", 0, "--http-port", 0),
        *("--data-dir", data, "--log-level", "error", "--no-announce"),
        log=tmp_path / "server.log",
    ) as program:
        server = _Server(program, data)
        await _come_and_go(server, WARM_UP_BATCHES)
        before_mb = await server.memory_mb()
        await _come_and_go(server, BATCHES)
        grown_mb = await server.memory_mb() - before_mb
        assert program.end() == 0
        assert program.log == ""
    assert grown_mb < GROWTH_LIMIT_MB
