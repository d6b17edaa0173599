"""Measure the memory that the server uses."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from wyoming.audio import AudioChunk, AudioStart
from wyoming.client import AsyncTcpClient
from wyoming.wake import Detect

from benchmarks.stt import programs
from benchmarks.stt.cost import spoken
from benchmarks.stt.models import Model, prepare
from benchmarks.stt.table import Table

if TYPE_CHECKING:
    from pathlib import Path

STREAMS: Final = 8
_PORT: Final = 10_891
_LAYOUT: Final[dict[str, Any]] = {"rate": 16_000, "width": 2, "channels": 1}
_CHUNK_SAMPLES: Final = 1_280


async def run(folder: Path, *, quick: bool) -> Table:
    """Return the memory of both programs after some requests."""
    table = Table(
        "memory",
        "Memory of the server",
        ("model", "program", "started MB", "after requests MB", "peak MB"),
        "Resident memory of the whole process, one decoder thread. Hearken serves "
        f"{STREAMS} wake streams at the same time; the peer, wyoming-faster-whisper "
        f"{programs.PEER_VERSION}, has no wake words.",
    )
    count = 2 if quick else 5
    for number, model in enumerate(prepare(folder / "models")):
        async with programs.hearken(
            folder / f"memory-{number}", model.argument
        ) as server:
            streams = [
                asyncio.create_task(_listen(server.port, seed))
                for seed in range(STREAMS)
            ]
            await _measure(table, model, server, count)
            for stream in streams:
                stream.cancel()
            await asyncio.gather(*streams, return_exceptions=True)
        async with programs.peer(folder, model.folder, _PORT + number, 5) as server:
            await _measure(table, model, server, count)
    return table


async def _measure(
    table: Table, model: Model, server: programs.Program, count: int
) -> None:
    """Add the memory of one program."""
    started, _ = server.memory_mb()
    for _ in range(count):
        await server.ask(spoken(3.0), pace=2)
    busy, peak = server.memory_mb()
    table.add(model.title, server.name, round(started), round(busy), round(peak))


async def _listen(port: int, seed: int) -> None:
    """Send noise to the wake word detector until cancelled."""
    client = AsyncTcpClient("127.0.0.1", port)
    await client.connect()
    random = np.random.default_rng(seed)
    try:
        await client.write_event(Detect().event())
        await client.write_event(AudioStart(**_LAYOUT).event())
        while True:
            piece = random.normal(0, 200, _CHUNK_SAMPLES).astype(np.int16).tobytes()
            await client.write_event(AudioChunk(**_LAYOUT, audio=piece).event())
            await asyncio.sleep(_CHUNK_SAMPLES / 16_000)
    finally:
        with contextlib.suppress(OSError):
            await client.disconnect()
