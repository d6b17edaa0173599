"""Compare the wake word engine with openWakeWord: exactness, cost, delay."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.common import parts
from benchmarks.common.recordings import RECORDINGS
from benchmarks.wake import latency, scores, speed

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.wake.scores import Compared


def main() -> int:
    """Measure, print tables, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench wake", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    machine = (
        f"{platform.machine()}, {os.cpu_count()} processors, "
        f"Python {platform.python_version()}"
    )
    print(machine, flush=True)
    if not RECORDINGS.is_dir():
        print(f"Without recordings of people: {RECORDINGS} is absent.", flush=True)
    measured: dict[str, Callable[[], Any]] = {
        "exactness": _exactness,
        "accuracy": _accuracy,
        "memory": _memory,
        "idle": _idle,
        "speed": partial(_speed, 3 if options.quick else 15),
        "live": _live,
        "latency": partial(_latency, 1 if options.quick else 4),
    }
    about = {"machine": machine, "recordings": RECORDINGS.is_dir()}
    return parts.run(measured, options.json, about)


@cache
def _compared() -> list[Compared]:
    """Return the scores of both engines."""
    return scores.compare()


def _exactness() -> dict[str, float]:
    """Compare the scores; fail if they differ."""
    exact = scores.exactness(_compared())
    print(
        f"\nExactness: {exact['clips']} clips, {exact['steps']} steps x 4 words; "
        f"largest difference {exact['largest_difference']:.1e}; detections that "
        f"differ: {exact['differing_detections']}",
        flush=True,
    )
    assert exact["largest_difference"] <= 1e-4
    assert exact["differing_detections"] == 0
    return exact


def _accuracy() -> list[dict[str, Any]]:
    """Count hits and false accepts on recordings of people."""
    rows = scores.accuracy(_compared())
    words, clips = (rows[0][key] for key in ("words", "clips"))
    if not clips:
        print("\nAccuracy: not measured without recordings of people.", flush=True)
        return []
    print(f"\n| threshold | patience | hits of {words} | openWakeWord |", end="")
    print(f" false accepts in {clips} clips | openWakeWord |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row['threshold']} | {row['patience']} | {row['hits_ours']} "
            f"| {row['hits_theirs']} | {row['false_ours']} | {row['false_theirs']} |",
            flush=True,
        )
    return rows


def _memory() -> dict[str, Any]:
    """Measure the memory of the engine alone."""
    memory = speed.memory()
    print()
    for count, value in memory["streams"].items():
        print(f"Memory, 5 words, {count} streams: {value['VmRSS']:.1f} MB")
    print(f"Memory per additional stream: {memory['mb_per_stream']:.2f} MB", flush=True)
    return memory


def _idle() -> dict[str, Any]:
    """Measure the engine without a stream."""
    idle = speed.idle()
    print(
        f"\nIdle engine: {idle['cpu_ms']:.1f} ms in {idle['seconds']:.0f} s", flush=True
    )
    return idle


def _speed(rounds: int) -> list[dict[str, Any]]:
    """Measure the processor time, all engines in turns."""
    rows = speed.measure(rounds)
    print("\n| | streams | words | CPU ms per stream-second | streams a core |", end="")
    print(" openwakeword | pyopen-wakeword |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        cost = row["cpu_ms_per_second"]
        times = row["times_cheaper_than"]
        print(
            f"| {row['who']} | {row['streams']} | {row['words']} | {cost:.1f} "
            f"| {1000 / cost:.0f} | {times['openwakeword']:.1f}x "
            f"| {times['pyopen-wakeword']:.1f}x |",
            flush=True,
        )
    return rows


def _live() -> dict[str, Any]:
    """Measure the whole engine in real time."""
    live = speed.live(8, 4)
    print(
        f"\nWhole engine in real time, {live['streams']} streams each at its own "
        f"moment, {live['words']} words: {live['cpu_ms_per_second']:.1f} ms per "
        "stream-second",
        flush=True,
    )
    return live


def _latency(rounds: int) -> dict[str, Any]:
    """Measure from the end of a word to the event at a client."""
    delay = asyncio.run(latency.measure(rounds))
    print(
        f"\nEnd of the word to the event, {delay['streams']} streams, "
        f"{delay['words']} words: median {delay['total_ms_median']:.0f} ms, "
        f"95 % {delay['total_ms_p95']:.0f} ms (audio "
        f"{delay['audio_ms_median']:.0f}, processing "
        f"{delay['processing_ms_median']:.0f}); missed: {len(delay['missed'])}",
        flush=True,
    )
    return delay


if __name__ == "__main__":
    sys.exit(main())
