"""Compare the wake word engine with openWakeWord: exactness, cost, delay."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from benchmarks.wake import latency, scores, speed
from benchmarks.wake.sounds import RECORDINGS


def main() -> int:
    """Measure, print tables, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench wake", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    figures = _measure(quick=options.quick)
    _print(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))
    exact = figures["exactness"]
    return int(exact["largest_difference"] > 1e-4 or exact["differing_detections"] > 0)


def _measure(*, quick: bool) -> dict[str, Any]:
    """Measure everything."""
    _tell("scores")
    compared = scores.compare()
    figures: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, "
        f"Python {platform.python_version()}",
        "recordings": RECORDINGS.is_dir(),
        "exactness": scores.exactness(compared),
        "accuracy": scores.accuracy(compared),
    }
    _tell("memory")
    figures["memory"] = speed.memory()
    _tell("idle")
    figures["idle"] = speed.idle()
    _tell("processor")
    figures["speed"] = speed.measure(3 if quick else 15)
    figures["live"] = speed.live(8, 4)
    _tell("delay")
    figures["latency"] = asyncio.run(latency.measure(1 if quick else 4))
    return figures


def _tell(text: str) -> None:
    """Report what is being measured."""
    print(f"{text} ...", file=sys.stderr, flush=True)


def _print(figures: dict[str, Any]) -> None:
    """Print the tables of docs/benchmarks.md."""
    print(f"{figures['machine']}\n")
    exact = figures["exactness"]
    print(
        f"Exactness: {exact['clips']} clips, {exact['steps']} steps x 4 words; largest "
        f"difference {exact['largest_difference']:.1e}; detections that differ: "
        f"{exact['differing_detections']}\n"
    )
    _print_speed(figures["speed"])
    live, idle = figures["live"], figures["idle"]
    print(
        f"\nWhole engine in real time, {live['streams']} streams each at its own "
        f"moment, {live['words']} words: {live['cpu_ms_per_second']:.1f} ms per "
        f"stream-second. Idle engine: {idle['cpu_ms']:.1f} ms in "
        f"{idle['seconds']:.0f} s.\n"
    )
    memory = figures["memory"]
    for count, value in memory["streams"].items():
        print(f"Memory, 5 words, {count} streams: {value['VmRSS']:.1f} MB")
    print(f"Memory per additional stream: {memory['mb_per_stream']:.2f} MB\n")
    _print_accuracy(figures["accuracy"])
    delay = figures["latency"]
    print(
        f"\nEnd of the word to the event, {delay['streams']} streams, "
        f"{delay['words']} words: median {delay['total_ms_median']:.0f} ms, "
        f"95 % {delay['total_ms_p95']:.0f} ms (audio "
        f"{delay['audio_ms_median']:.0f}, processing "
        f"{delay['processing_ms_median']:.0f}); missed: {len(delay['missed'])}"
    )


def _print_speed(rows: list[dict[str, Any]]) -> None:
    """Print processor time."""
    print("| | streams | words | CPU ms per stream-second | streams a core |", end="")
    print(" openwakeword | pyopen-wakeword |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        cost = row["cpu_ms_per_second"]
        times = row["times_cheaper_than"]
        print(
            f"| {row['who']} | {row['streams']} | {row['words']} | {cost:.1f} "
            f"| {1000 / cost:.0f} | {times['openwakeword']:.1f}x "
            f"| {times['pyopen-wakeword']:.1f}x |"
        )


def _print_accuracy(rows: list[dict[str, Any]]) -> None:
    """Print hits and false accepts."""
    words, clips = (rows[0][key] for key in ("words", "clips"))
    print(f"| threshold | patience | hits of {words} | openWakeWord |", end="")
    print(f" false accepts in {clips} clips | openWakeWord |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row['threshold']} | {row['patience']} | {row['hits_ours']} "
            f"| {row['hits_theirs']} | {row['false_ours']} | {row['false_theirs']} |"
        )


if __name__ == "__main__":
    sys.exit(main())
