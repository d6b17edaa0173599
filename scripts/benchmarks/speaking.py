"""Time from the first byte of an answer, or its text, to its first sound."""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event, Eventable, async_read_event, async_write_event
from wyoming.tts import Synthesize

from benchmarks.common.machine import processor
from hearken_speech.audio.format import to_bytes
from hearken_speech.protocol import SAMPLE_RATE_HZ, Stop, pairing
from house.house import HOST, House, Satellite, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_ANSWER_SECONDS: Final = 4.0
_CHUNK_SAMPLES: Final = 1024
_TEXT: Final = "The kitchen light is on, and the heating is at twenty one degrees. "

type _Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def main() -> int:
    """Measure, print a table, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench speaking", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two rounds")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    figures = asyncio.run(_measure(2 if options.quick else 10))
    print(f"{processor()}, {len(next(iter(figures.values())))} rounds")
    print("\n| seconds | median | least | most |\n|---|---|---|---|")
    for what, values in figures.items():
        print(
            f"| {what} | {statistics.median(values):.3f} "
            f"| {min(values):.3f} | {max(values):.3f} |"
        )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))
    return 0


async def _measure(count: int) -> dict[str, list[float]]:
    figures: dict[str, list[float]] = {}

    def note(what: str, seconds: float) -> None:
        figures.setdefault(what, []).append(seconds)

    with tempfile.TemporaryDirectory() as folder:
        async with House(Path(folder)) as house:
            satellite = await house.start_satellite("silence")
            server = await house.start_server()
            for number in range(count):
                note("satellite, first sound", await _first_sound(house, satellite))
                note("satellite, silent after a stop", await _stop(house, satellite))
                for sentences in (1, 10):
                    first, last = await _speech(server.port, _TEXT * sentences)
                    plural = "sentence" if sentences == 1 else "sentences"
                    note(f"server, {sentences} {plural}, first sound", first)
                    note(f"server, {sentences} {plural}, last sound", last)
                print(f"{number + 1}/{count}", end="\r", file=sys.stderr, flush=True)
    return figures


@asynccontextmanager
async def _paired(satellite: Satellite) -> AsyncIterator[_Streams]:
    reader, writer = await asyncio.open_connection(
        HOST, satellite.port, ssl=pairing.client_context(satellite.key)
    )
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def _first_sound(house: House, satellite: Satellite) -> float:
    """Send an answer in real time; return when its first sample is played."""
    before = len(_spoken_at(house))
    async with _paired(satellite) as (reader, writer):
        start = time.time()
        await _send_in_real_time(writer)
        await _write(writer, AudioStop())
        await _until(reader, "played")
    return _spoken_at(house)[before] - start


async def _stop(house: House, satellite: Satellite) -> float:
    """Send an answer at once and stop it; return the time until silence."""
    house.answer.unlink(missing_ok=True)
    before = len(_spoken_at(house))

    async def speaking() -> bool:
        return len(_spoken_at(house)) > before

    async def stopped() -> bool:
        return house.answer.exists()

    async with _paired(satellite) as (_, writer):
        for event in _answer():
            await _write(writer, event)
        await until(speaking, 10, "the first sound")
        start = time.time()
        await _write(writer, Stop())
        await until(stopped, 10, "the end of the sound")
    return house.answer.stat().st_mtime - start


async def _speech(port: int, text: str) -> tuple[float, float]:
    """Synthesize a text; return the times of its first and last chunk of audio."""
    reader, writer = await asyncio.open_connection(HOST, port)
    start = time.perf_counter()
    await _write(writer, Synthesize(text=text))
    await _until(reader, "audio-chunk")
    first = time.perf_counter() - start
    await _until(reader, "audio-stop")
    writer.close()
    return first, time.perf_counter() - start


async def _send_in_real_time(writer: asyncio.StreamWriter) -> None:
    start = time.monotonic()
    for number, event in enumerate(_answer()):
        due = start + number * _CHUNK_SAMPLES / SAMPLE_RATE_HZ
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        await _write(writer, event)


def _answer() -> list[Eventable]:
    """Return an answer without its end."""
    sound = np.ones(int(_ANSWER_SECONDS * SAMPLE_RATE_HZ), dtype=np.int16)
    return [
        AudioStart(SAMPLE_RATE_HZ, 2, 1),
        *(
            AudioChunk(
                SAMPLE_RATE_HZ, 2, 1, to_bytes(sound[first : first + _CHUNK_SAMPLES])
            )
            for first in range(0, len(sound), _CHUNK_SAMPLES)
        ),
    ]


async def _write(writer: asyncio.StreamWriter, event: Eventable) -> None:
    await async_write_event(event.event(), writer)


async def _until(reader: asyncio.StreamReader, kind: str) -> Event:
    async with asyncio.timeout(30):
        while event := await async_read_event(reader):
            if event.type == kind:
                return event
    raise AssertionError(kind)


def _spoken_at(house: House) -> list[float]:
    """Return the times at which the satellite's speaker started sounds."""
    log = (house.folder / "logs" / "satellite.log").read_text()
    return [
        datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f").astimezone().timestamp()
        for line in log.splitlines()
        if line.endswith(": speaking")
    ]


if __name__ == "__main__":
    sys.exit(main())
