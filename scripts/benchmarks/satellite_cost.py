"""Measure what a satellite costs while it waits: processor time and memory.

It listens to a real audio server in which someone speaks now and then. ``--peer`` names
the command of another program to measure with the same sound.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shlex
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from wyoming.ping import Ping
from wyoming.satellite import RunSatellite

from benchmarks.common.machine import processor
from house import sound
from house.audio_server import audio_server
from house.house import command
from house.processes import Program
from tests.satellite.client import paired

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from house.audio_server import AudioServer
    from tests.speech.client import Client

_WARM_SECONDS: Final = 15.0
_CHUNKS_A_PING: Final = 25
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_SENTENCES: Final = ("what a lovely day it is", "did you see the keys", "five to nine")


@dataclass(frozen=True)
class Cost:
    """What one program needed."""

    name: str
    processor_percent: float
    """Of one core."""
    memory_mb: float
    """Resident, at the end."""


def main() -> int:
    """Measure, print, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser(
        "scripts/bench satellite_cost", description=__doc__
    )
    parser.add_argument("--quick", action="store_true", help="20 s each")
    parser.add_argument("--peer", help="command of another satellite")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    costs = asyncio.run(_measure(20.0 if options.quick else 60.0, options.peer))
    print(f"{processor()}\n")
    print(f"{'':<44}{'processor':>10}{'memory':>10}")
    for cost in costs:
        print(
            f"{cost.name:<44}{cost.processor_percent:>8.1f} %{cost.memory_mb:>7.0f} MB"
        )
    if options.json:
        options.json.write_text(json.dumps([asdict(cost) for cost in costs], indent=2))
    return 0


async def _measure(seconds: float, peer: str | None) -> list[Cost]:
    """Measure one program after the other."""
    costs = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with audio_server(folder / "audio") as server:
            async with conversation(server):
                for where in ("device", "server"):
                    async with _satellite(folder / where, server, where) as program:
                        title = f"Hearken, wake word on the {where}"
                        costs.append(await _cost(title, program, seconds))
                if peer:
                    program = await Program.start(
                        "peer",
                        shlex.split(peer),
                        folder / "peer.log",
                        server.environment,
                    )
                    costs.append(await _cost("peer", program, seconds))
                    await program.end()
    return costs


@contextlib.asynccontextmanager
async def _satellite(
    folder: Path, server: AudioServer, where: str
) -> AsyncIterator[Program]:
    """Run a satellite that listens; without a wake word, it streams everything."""
    program = await Program.start(
        "satellite",
        command(
            "hearken-satellite",
            *("--host", "127.0.0.1", "--port", 0, "--no-announce", "--wake", where),
            *("--data-dir", folder, "--log-level", "error"),
        ),
        folder / "log",
        server.environment,
    )
    try:
        port = int((await program.line(60)).rpartition(":")[2])
        if where == "device":
            yield program
            return
        key = json.loads((folder / "satellite.json").read_text())["key"]
        async with paired(port, key) as client:
            await client.send(RunSatellite())
            reading = asyncio.create_task(_read(client))
            yield program
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
    finally:
        await program.end()


async def _read(client: Client) -> None:
    """Read what the satellite streams, and show that somebody is there."""
    while True:
        await client.send(Ping())
        for _ in range(_CHUNKS_A_PING):
            await client.until("audio-chunk")


@contextlib.asynccontextmanager
async def conversation(server: AudioServer) -> AsyncIterator[None]:
    """Let someone speak now and then."""
    pieces = [
        np.concatenate((sound.speak(text), sound.silence(4.0))) for text in _SENTENCES
    ]
    talk = np.concatenate(pieces)

    async def speak() -> None:
        while True:
            await server.play(talk)

    speaking = asyncio.create_task(speak())
    try:
        yield
    finally:
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)


async def _cost(name: str, program: Program, seconds: float) -> Cost:
    """Measure a program for a while, once it has settled."""
    await asyncio.sleep(_WARM_SECONDS)
    before = _ticks(program.pid)
    await asyncio.sleep(seconds)
    used = (_ticks(program.pid) - before) / _TICKS
    return Cost(name, 100 * used / seconds, _memory_mb(program.pid))


def _ticks(pid: int) -> int:
    """Return the processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _memory_mb(pid: int) -> float:
    """Return the resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    sys.exit(main())
