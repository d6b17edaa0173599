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
from benchmarks.stt.models import prepare
from benchmarks.stt.table import Table

if TYPE_CHECKING:
    from pathlib import Path

STREAMS: Final = 8
_LAYOUT: Final[dict[str, Any]] = {"rate": 16_000, "width": 2, "channels": 1}
_CHUNK_SAMPLES: Final = 1_280


async def run(folder: Path, *, quick: bool) -> Table:
    """Return the memory with eight wake streams and occasional requests."""
    table = Table(
        "memory",
        "Memory of the server",
        ("model", "started MB", f"{STREAMS} wake streams and requests MB", "peak MB"),
        "Resident memory of the whole server process; one decoder thread.",
    )
    for number, model in enumerate(prepare(folder / "models", sizes=("tiny", "base"))):
        data = folder / f"memory-{number}"
        async with programs.hearken(data, model.argument) as server:
            started, _ = server.memory_mb()
            streams = [
                asyncio.create_task(_listen(server.port, seed))
                for seed in range(STREAMS)
            ]
            for _ in range(2 if quick else 5):
                await server.ask(spoken(3.0), pace=2)
            busy, peak = server.memory_mb()
            for stream in streams:
                stream.cancel()
            await asyncio.gather(*streams, return_exceptions=True)
            table.add(model.title, round(started), round(busy), round(peak))
    return table


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
