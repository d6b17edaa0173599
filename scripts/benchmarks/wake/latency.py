"""Measure how soon a client is notified of a wake word."""

from __future__ import annotations

import asyncio
import json
import random
import re
import statistics
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from wyoming.audio import AudioChunk, AudioStart
from wyoming.client import AsyncTcpClient
from wyoming.wake import Detect, Detection

from hearken_speech.audio.format import to_bytes
from hearken_speech.protocol import SAMPLE_RATE_HZ, DetectionDetails

from .sounds import Clip, clips

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

STREAMS: Final = 8
LAYOUT: Final[dict[str, Any]] = {"rate": SAMPLE_RATE_HZ, "width": 2, "channels": 1}

_CHUNK_SAMPLES: Final = 320
"""20 ms, so that waiting for a chunk to fill costs little."""
_START_SECONDS: Final = 60
_ANSWER_SECONDS: Final = 5.0
_PROGRAM: Final = (
    "import sys; from hearken_speech.cli import server; sys.exit(server())"
)


@dataclass(frozen=True)
class Server:
    """A running speech server."""

    port: int
    pid: int
    http: str
    token: str

    async def wake(self) -> dict[str, Any]:
        """Return the server's wake word status."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.get(f"{self.http}/api/v1/wake") as response,
        ):
            answer: dict[str, Any] = await response.json()
        return answer


@dataclass(frozen=True)
class Notice:
    """One detection."""

    clip: str
    audio_ms: float
    """From the end of the word to the end of the audio that revealed it."""
    total_ms: float
    """From the end of the word to the event at the client."""


@asynccontextmanager
async def running() -> AsyncGenerator[Server]:
    """Start the server, and stop it in the end."""
    with TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _PROGRAM, "--port", "0", "--http-port", "0"),
            *("--data-dir", folder, "--log-level", "error", "--no-download"),
            stdout=asyncio.subprocess.PIPE,
            cwd=Path(folder),
        )
        try:
            assert process.stdout is not None
            async with asyncio.timeout(_START_SECONDS):
                line = (await process.stdout.readline()).decode()
            found = re.fullmatch(r"ready tcp://.+:(\d+) (http://.+)\n", line)
            assert found is not None, line
            stored = json.loads(Path(folder, "server.json").read_text())
            yield Server(int(found[1]), process.pid, found[2], stored["token"])
        finally:
            process.terminate()
            await process.wait()


async def measure(rounds: int) -> dict[str, Any]:
    """Play words in real time on eight streams at once."""
    words = [clip for clip in clips() if clip.group in {"easy", "quiet"}]
    # Without recordings of people, generated speech says the words.
    words = words or [clip for clip in clips() if clip.word]
    jobs = [
        (clip, random.Random(number).random() * 0.16)  # noqa: S311 - no secret
        for number, clip in enumerate(words * rounds)
    ]
    waiting = asyncio.Queue[tuple[Clip, float]]()
    for job in jobs:
        waiting.put_nowait(job)
    notices: list[Notice] = []
    missed: list[str] = []

    async def stream(port: int) -> None:
        while not waiting.empty():
            clip, delay = waiting.get_nowait()
            notice = await _play(port, clip, delay)
            if notice is None:
                missed.append(clip.name)
            else:
                notices.append(notice)

    async with running() as server, asyncio.TaskGroup() as tasks:
        for _ in range(STREAMS):
            tasks.create_task(stream(server.port))
    total = sorted(notice.total_ms for notice in notices)
    return {
        "streams": STREAMS,
        "words": len(jobs),
        "missed": missed,
        "audio_ms_median": statistics.median(n.audio_ms for n in notices),
        "processing_ms_median": statistics.median(
            n.total_ms - n.audio_ms for n in notices
        ),
        "total_ms_median": statistics.median(total),
        "total_ms_p95": total[round(0.95 * (len(total) - 1))],
    }


async def _play(port: int, clip: Clip, delay: float) -> Notice | None:
    """Play a clip in real time with an offset; return the detection."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(delay)
    async with AsyncTcpClient("127.0.0.1", port) as client:
        await client.write_event(Detect(names=None).event())
        await client.write_event(AudioStart(**LAYOUT).event())
        heard = asyncio.create_task(_detection(client, clip))
        # The clip starts anywhere within a step of the server.
        skipped = round(delay * SAMPLE_RATE_HZ) // _CHUNK_SAMPLES * _CHUNK_SAMPLES
        begun = loop.time()
        for first in range(skipped, len(clip.samples), _CHUNK_SAMPLES):
            # A chunk can be sent when its last sample has been spoken.
            spoken = first - skipped + _CHUNK_SAMPLES
            await asyncio.sleep(begun + spoken / SAMPLE_RATE_HZ - loop.time())
            data = to_bytes(clip.samples[first : first + _CHUNK_SAMPLES])
            await client.write_event(AudioChunk(**LAYOUT, audio=data).event())
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                at, position = await heard
        except TimeoutError:
            return None
    end = clip.end_samples - skipped
    return Notice(
        clip.name,
        (position - end) * 1000 / SAMPLE_RATE_HZ,
        (at - begun - end / SAMPLE_RATE_HZ) * 1000,
    )


async def _detection(client: AsyncTcpClient, clip: Clip) -> tuple[float, int]:
    """Return when the word was reported, and how much audio the server had received."""
    while True:
        event = await client.read_event()
        assert event is not None
        if Detection.is_type(event.type) and event.data["name"] == clip.word:
            details = DetectionDetails.from_context(event.data["context"])
            assert details is not None
            assert details.position_samples is not None
            return asyncio.get_running_loop().time(), details.position_samples
