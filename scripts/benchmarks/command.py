"""Time each stage of a spoken command in a complete house, and the server's memory."""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.common.machine import processor
from hearken_speech.satellite.devices.microphone import FRAME_SECONDS
from house import sound, timeline
from house.house import House, Server, until
from house.runs import Runs

if TYPE_CHECKING:
    from house.api import HomeAssistantApi
    from house.timeline import Command

STAGES = {
    "wake": "wake word noticed, after the word",
    "text": "end of speech noticed and text there, after the last word",
    "known": "text known, after the last word",
    "intent": "sentence understood and light switched",
    "answer": "answer spoken and at the speaker",
    "light": "**light on, after the last word**",
}


@dataclass(frozen=True)
class Bench:
    """A running house to measure in."""

    house: House
    api: HomeAssistantApi
    server: Server
    runs: Runs
    changes: list[timeline.StateChange]


def main() -> int:
    """Measure, print a table, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench command", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three commands")
    parser.add_argument(
        "--end",
        choices=["hearken", "home_assistant"],
        default="hearken",
        help="who finds the end of the command",
    )
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    figures = asyncio.run(_measure(3 if options.quick else 20, options.end))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))
    return 0


async def _measure(count: int, end: str) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        microphone = Path(folder, "microphone")
        microphone.mkdir()
        async with House(Path(folder)) as house:
            server = await house.start_server()
            memory_start = _memory(server)
            api = await house.start_home_assistant()
            await house.add_server(server)
            if end != "hearken":
                (entry,) = await api.call("config_entries/get", domain="hearken")
                await api.choose_options(entry["entry_id"], end_of_speech=end)
            runs = Runs(api, await house.pipeline_id())
            satellite = await house.start_satellite(f"folder:{microphone}")
            await house.add_satellite(satellite)
            bench = Bench(house, api, server, runs, [])

            def changed(event: dict[str, object]) -> None:
                if change := timeline.read_change(event):
                    bench.changes.append(change)

            await api.subscribe(changed, "subscribe_events", event_type="state_changed")
            # The first sentence loads Home Assistant's recognizer.
            await _command(bench, 0)
            samples = []
            for number in range(1, count + 1):
                samples.append(await _command(bench, number))
                print(f"{number}/{count}", end="\r", file=sys.stderr, flush=True)
            memory = _memory(server)
            version = await api.version()
    stages = {
        name: [sample[name] for sample in samples if name in sample] for name in STAGES
    }
    _print(stages, memory_start, memory, version)
    return {"stages": stages, "memory_kb": memory, "memory_start_kb": memory_start}


async def _command(bench: Bench, number: int) -> dict[str, float]:
    """Speak one command; return the seconds taken by each stage."""
    bench.changes.clear()
    bench.house.answer.unlink(missing_ok=True)
    name = f"{number:04d}.wav"
    text = f"turn {('on', 'off')[number % 2]} the kitchen light"
    spoken = sound.command(text)
    sound.save(bench.house.folder / "microphone" / name, spoken.samples)
    command = await bench.runs.wait(20, 60)
    assert command is not None, "the wake word was not heard"
    assert bench.changes, f"nothing changed: {command}"

    async def answered() -> bool:
        return await asyncio.to_thread(bench.house.answer.exists)

    await until(answered, 20, "the answer")
    played = bench.house.answer.stat().st_mtime
    light = next(c for c in bench.changes if c.entity_id == "light.kitchen")
    start = _started(bench.house, name)
    assert spoken.wake_end_seconds is not None
    assert spoken.end_seconds is not None
    spoken_end = start + spoken.end_seconds
    return {
        "wake": command.times["wake_word-end"] - start - spoken.wake_end_seconds,
        **_end_by_home_assistant(command, spoken_end),
        "known": command.times["stt-end"] - spoken_end,
        "intent": _took(command, "intent-start", "intent-end"),
        "answer": played - command.times["intent-end"],
        "light": light.at - spoken_end,
    }


def _end_by_home_assistant(command: Command, spoken_end: float) -> dict[str, float]:
    """Return the stages that only Home Assistant's own detector reports."""
    if "stt-vad-end" not in command.times:
        return {}
    return {
        "end": command.times["stt-vad-end"] - spoken_end,
        "text": _took(command, "stt-vad-end", "stt-end"),
    }


def _took(command: Command, first: str, last: str) -> float:
    return command.times[last] - command.times[first]


def _started(house: House, name: str) -> float:
    """Return when the satellite's microphone started to play this file."""
    log = house.folder / "logs" / "satellite.log"
    for line in log.read_text().splitlines():
        if line.endswith(f"playing {name}"):
            stamp = datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f").astimezone()
            return stamp.timestamp() - FRAME_SECONDS
    raise AssertionError(name)


def _memory(server: Server) -> dict[str, int]:
    """Return the server's resident memory, current and peak, in KB."""
    status = Path(f"/proc/{server.program.pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return {key: int(fields[key].split()[0]) for key in ("VmRSS", "VmHWM")}


def _print(
    stages: dict[str, list[float]],
    memory_start: dict[str, int],
    memory: dict[str, int],
    version: str,
) -> None:
    count = len(stages["light"])
    print(f"Home Assistant {version}, {processor()}, {count} commands")
    print()
    print("| stage | median s | least | most |")
    print("|---|---|---|---|")
    for name, what in STAGES.items():
        if not (values := stages[name]):
            continue
        print(
            f"| {what} | {statistics.median(values):.2f} "
            f"| {min(values):.2f} | {max(values):.2f} |"
        )
    print()
    print("| memory of the speech server | MB |")
    print("|---|---|")
    print(f"| ready | {memory_start['VmRSS'] / 1024:.0f} |")
    print(f"| after {count} commands | {memory['VmRSS'] / 1024:.0f} |")
    print(f"| peak | {memory['VmHWM'] / 1024:.0f} |")


if __name__ == "__main__":
    sys.exit(main())
