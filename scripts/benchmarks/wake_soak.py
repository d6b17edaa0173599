"""Run eight streams that connect, disconnect and change settings for a long time."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.wake import Detect, Detection, NotDetected

from benchmarks.wake.latency import LAYOUT, STREAMS, running
from benchmarks.wake.sounds import Clip, clips
from hearken_speech.audio.format import to_bytes
from hearken_speech.protocol import (
    SAMPLE_RATE_HZ,
    DetectDetails,
    WordSensitivity,
)

if TYPE_CHECKING:
    from wyoming.event import Event

MAX_GROWTH_MB: Final = 3.0
"""After the first tenth of the time, when every path has been taken once."""

_WORDS: Final = (None, ["alexa", "hey_jarvis"], ["okay_nabu", "alexa", "hey_jarvis"])
_ANSWER_SECONDS: Final = 30.0
_MEMORY_EVERY_SECONDS: Final = 10.0


@dataclass
class Outcome:
    """The result of the run."""

    minutes: float = 0.0
    in_real_time: bool = True
    played: int = 0
    broken_off: int = 0
    changed: int = 0
    missed: list[str] = field(default_factory=list)
    dropped_seconds: float = 0.0
    """Audio dropped because it arrived too late."""
    memory_mb: list[float] = field(default_factory=list)


def main() -> int:
    """Run, print, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench wake_soak", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one minute")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument(
        "--fast",
        action="store_true",
        help="not in real time, but as fast as the server listens",
    )
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    minutes = 1.0 if options.quick else options.minutes
    outcome = asyncio.run(_soak(minutes, in_real_time=not options.fast))
    if options.json:
        options.json.write_text(json.dumps(asdict(outcome), indent=2))
    memory = outcome.memory_mb
    settled = memory[len(memory) // 10]
    growth = sum(memory[-5:]) / len(memory[-5:]) - settled
    print(
        f"{outcome.minutes:.1f} minutes, {STREAMS} streams: {outcome.played} words "
        f"played, {outcome.broken_off} connections broken off, {outcome.changed} "
        f"changes of settings; missed: {', '.join(outcome.missed) or 'none'}; audio "
        f"dropped {outcome.dropped_seconds:.1f} s; memory "
        f"{settled:.1f} MB, at the end {growth:+.1f} MB"
    )
    return int(bool(outcome.missed) or growth > MAX_GROWTH_MB)


async def _soak(minutes: float, *, in_real_time: bool) -> Outcome:
    """Play words on all streams until the time is over."""
    outcome = Outcome(minutes=minutes, in_real_time=in_real_time)
    ends = time.monotonic() + minutes * 60
    words = [clip for clip in clips(generated=False) if clip.group == "easy"]
    words = words or [clip for clip in clips() if clip.word]
    async with running() as server, asyncio.TaskGroup() as tasks:
        for number in range(STREAMS):
            chance = random.Random(number)  # noqa: S311 - no secret
            tasks.create_task(_stream(server.port, words, chance, ends, outcome))
        while time.monotonic() < ends:
            await asyncio.sleep(_MEMORY_EVERY_SECONDS)
            outcome.memory_mb.append(_memory_mb(server.pid))
        dropped = (await server.wake())["engine"]["dropped_samples"]
        outcome.dropped_seconds = dropped / SAMPLE_RATE_HZ
    return outcome


async def _stream(
    port: int, words: list[Clip], chance: random.Random, ends: float, outcome: Outcome
) -> None:
    """Connect, play and disconnect repeatedly."""
    while time.monotonic() < ends:
        clip = chance.choice(words)
        async with AsyncTcpClient("127.0.0.1", port) as client:
            await client.write_event(Detect(names=chance.choice(_WORDS)).event())
            broken_off = chance.random() < 0.2
            until = chance.random() if broken_off else 1.0
            await _play(client, clip, until, chance, outcome)
            if broken_off:
                outcome.broken_off += 1
                continue
            outcome.played += 1
            if not await _heard(client, clip):
                left_minutes = (ends - time.monotonic()) / 60
                when = f"minute {outcome.minutes - left_minutes:.1f}"
                outcome.missed.append(f"{clip.name} ({when})")


async def _play(
    client: AsyncTcpClient,
    clip: Clip,
    until: float,
    chance: random.Random,
    outcome: Outcome,
) -> None:
    """Play a part of a clip in chunks of random size."""
    loop = asyncio.get_running_loop()
    samples = clip.samples[: round(until * len(clip.samples))]
    changes_at = chance.random() * len(samples) if chance.random() < 0.5 else None
    await client.write_event(AudioStart(**LAYOUT).event())
    begun, first = loop.time(), 0
    while first < len(samples):
        count = chance.choice((160, 320, 1000, 1280, 2000, 4096))
        data = to_bytes(samples[first : first + count])
        first += count
        if outcome.in_real_time:
            await asyncio.sleep(begun + first / SAMPLE_RATE_HZ - loop.time())
        await client.write_event(AudioChunk(**LAYOUT, audio=data).event())
        if changes_at is not None and first > changes_at:
            changes_at = None
            outcome.changed += 1
            await client.write_event(_change(clip, chance))
    if until >= 1.0:
        await client.write_event(AudioStop().event())


def _change(clip: Clip, chance: random.Random) -> Event:
    """Return other settings that must still detect the word."""
    own = WordSensitivity(threshold=chance.choice((0.3, 0.4, 0.5)), patience=1)
    others = WordSensitivity(threshold=0.9, patience=5)
    details = DetectDetails(
        stream=f"soak {chance.random():.3f}",
        default=others,
        words={str(clip.word): own},
    )
    return Detect(names=None, context=details.context()).event()


async def _heard(client: AsyncTcpClient, clip: Clip) -> bool:
    """Return whether the server reports the word."""
    async with asyncio.timeout(_ANSWER_SECONDS):
        while True:
            event = await client.read_event()
            if event is None or NotDetected.is_type(event.type):
                return False
            if Detection.is_type(event.type) and event.data["name"] == clip.word:
                return True


def _memory_mb(pid: int) -> float:
    """Return the memory of the server in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1000
    raise ProcessLookupError(pid)


if __name__ == "__main__":
    sys.exit(main())
