"""Measure the load of speech on Home Assistant's event loop, beside core's Wyoming."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks.common.machine import processor
from hearken_speech.protocol import SAMPLE_RATE_HZ
from house import sound
from house.house import HOST, House, until

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples
    from house.api import HomeAssistantApi

_WATCH: Final = Path(__file__).with_name("loop_watch.py")
# Written at run time: hassfest would treat a file of this name as an integration.
_MANIFEST: Final = {
    "domain": "loop_watch",
    "name": "Loop watch",
    "codeowners": [],
    "dependencies": ["http"],
    "documentation": "https://github.com/hearken-voice/hearken",
    "iot_class": "calculated",
    "requirements": [],
    "version": "0.0.0",
}
_CHUNK_SAMPLES: Final = 1280
_TEXTS: Final = ("turn on the kitchen light", "turn off the kitchen light")
_TAIL_SECONDS: Final = 2.0
_RUN_SECONDS: Final = 30.0
_HOLD_MS: Final = 20.0
_OURS: Final = "hearken/"


@dataclass
class Phase:
    """The load of one way of speaking."""

    name: str
    audio_seconds: float
    wall_seconds: float
    figures: dict[str, Any]
    understood: int = 0

    @property
    def ms_per_second(self) -> float:
        """Return the processor time of the loop's thread per second of audio."""
        return float(self.figures["cpu_seconds"]) * 1000 / self.audio_seconds

    @property
    def most_ms(self) -> float:
        """Return the processor time of the longest callback."""
        used = [hold["cpu_seconds"] * 1000 for hold in self.figures["holds"]]
        return max(used, default=0.0)

    def longest(self, *, ours: bool) -> str:
        """Return the longest block of the loop, in our code or in all other code."""
        holds = [
            hold
            for hold in self.figures["holds"]
            if ours == _what(hold["where"]).startswith(_OURS)
        ]
        if not holds:
            return "below 5"
        hold = max(holds, key=itemgetter("seconds"))
        wall, used = hold["seconds"] * 1000, hold["cpu_seconds"] * 1000
        return f"{wall:.1f} ({used:.1f}), {_what(hold['where'])}"


def main() -> int:
    """Measure, print a table, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench event_loop", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two commands each")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    # Home Assistant would find only our integration there.
    os.environ.pop("PYTHONPATH", None)
    phases, version = asyncio.run(_measure(2 if options.quick else 20))
    _print(phases, version)
    if options.json:
        options.json.write_text(json.dumps([vars(phase) for phase in phases], indent=2))
    return 0


async def _measure(count: int) -> tuple[list[Phase], str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "microphone").mkdir()
        component = path / "config" / "custom_components" / "loop_watch"
        component.mkdir(parents=True)
        shutil.copy(_WATCH, component / "__init__.py")
        (component / "manifest.json").write_text(json.dumps(_MANIFEST))
        async with House(path) as house:
            server = await house.start_server()
            api = await house.start_home_assistant(more="loop_watch:\n")
            await house.add_server(server)
            ours = await house.pipeline_id()
            answer = await api.flow("wyoming", {"host": HOST, "port": server.port})
            assert answer["type"] == "create_entry", answer
            core = await _core_pipeline(api, ours)
            pieces = [sound.command(text).samples for text in _TEXTS]
            # Both have done everything once before the measurement starts.
            for pipeline_id in (core, ours):
                await _speak(api, pipeline_id, pieces[0])
            await asyncio.sleep(10)
            phases = [await _quiet(api, count)]
            phases.append(await _phase(api, "core's Wyoming", core, pieces, count))
            phases.append(await _phase(api, "Hearken", ours, pieces, count))
            satellite = await house.start_satellite(f"folder:{path / 'microphone'}")
            await house.add_satellite(satellite)
            await asyncio.sleep(5)
            phases.append(await _listening(api, count))
            return phases, await api.version()


async def _core_pipeline(api: HomeAssistantApi, ours: str) -> str:
    """Create a pipeline of core's entities that otherwise equals ours."""
    found: dict[str, str] = {}

    async def are_there() -> bool:
        for entry in await api.call("config/entity_registry/list"):
            if entry["platform"] == "wyoming":
                found[entry["entity_id"].partition(".")[0]] = entry["entity_id"]
        return {"stt", "wake_word"} <= set(found)

    await until(are_there, _RUN_SECONDS, "core's entities")
    pipeline = await api.call("assist_pipeline/pipeline/get", pipeline_id=ours)
    pipeline |= {
        "name": "core",
        "stt_engine": found["stt"],
        "wake_word_entity": found["wake_word"],
    }
    del pipeline["id"]
    made = await api.call("assist_pipeline/pipeline/create", **pipeline)
    return str(made["id"])


async def _quiet(api: HomeAssistantApi, count: int) -> Phase:
    """Measure Home Assistant while nobody speaks."""
    await _figures(api)
    seconds = 3.0 * count
    await asyncio.sleep(seconds)
    return Phase("nobody speaks", seconds, seconds, await _figures(api))


async def _listening(api: HomeAssistantApi, count: int) -> Phase:
    """Measure a satellite that waits for its wake word."""
    await _figures(api)
    seconds = 3.0 * count
    await asyncio.sleep(seconds)
    name = "Hearken satellite (encrypted) waits for its wake word"
    return Phase(name, seconds, seconds, await _figures(api))


async def _phase(
    api: HomeAssistantApi,
    name: str,
    pipeline_id: str,
    pieces: list[Samples],
    count: int,
) -> Phase:
    """Measure commands, one after the other."""
    await _figures(api)
    began, audio, understood = time.monotonic(), 0.0, 0
    for number in range(count):
        seconds, text = await _speak(api, pipeline_id, pieces[number % len(pieces)])
        audio += seconds
        understood += text == _TEXTS[number % len(pieces)]
    wall = time.monotonic() - began
    return Phase(name, audio, wall, await _figures(api), understood)


async def _speak(
    api: HomeAssistantApi, pipeline_id: str, samples: Samples
) -> tuple[float, str]:
    """Stream a wake word and a command as the browser does; return the text."""
    over = asyncio.Event()
    ready = asyncio.Event()
    handler = 0
    text = ""

    def on_event(event: dict[str, Any]) -> None:
        nonlocal handler, text
        match event["type"]:
            case "run-start":
                handler = event["data"]["runner_data"]["stt_binary_handler_id"]
                ready.set()
            case "stt-end":
                text = event["data"]["stt_output"]["text"]
            case "run-end":
                over.set()

    await api.subscribe(
        on_event,
        "assist_pipeline/run",
        pipeline=pipeline_id,
        start_stage="wake_word",
        end_stage="intent",
        input={"sample_rate": SAMPLE_RATE_HZ, "timeout": 20},
    )
    async with asyncio.timeout(_RUN_SECONDS):
        await ready.wait()
    tail = sound.silence(_TAIL_SECONDS)
    everything = np.concatenate((samples, tail))
    sent = 0
    began = time.monotonic()
    while sent < len(everything) and not over.is_set():
        chunk = everything[sent : sent + _CHUNK_SAMPLES]
        await api.send_bytes(bytes([handler]) + chunk.tobytes())
        sent += len(chunk)
        ahead = sent / SAMPLE_RATE_HZ - (time.monotonic() - began)
        await asyncio.sleep(max(ahead, 0))
    async with asyncio.timeout(_RUN_SECONDS):
        await over.wait()
    return sent / SAMPLE_RATE_HZ, text


async def _figures(api: HomeAssistantApi) -> dict[str, Any]:
    """Return the figures since the last call."""
    async with api.session.get(f"{api.url}/api/loop_watch") as response:
        response.raise_for_status()
        figures: dict[str, Any] = await response.json()
        return figures


def _what(where: list[str]) -> str:
    """Name the innermost code of Home Assistant or of ours."""
    for place in where:
        for mark in ("hearken/", "homeassistant/"):
            if f"/{mark}" in place:
                return mark + place.rpartition(mark)[2]
    return where[0].rpartition("/")[2] if where else "not seen"


def _print(phases: list[Phase], version: str) -> None:
    print(f"Home Assistant {version}, {processor()}")
    print()
    print(
        "| what | loop's processor time, ms per second of audio | commands understood "
        "| most of it in one callback, ms "
        "| longest hold in Hearken's code, ms (processor time) | in all other code |"
    )
    print("|---|---|---|---|---|---|")
    for phase in phases:
        print(
            f"| {phase.name} | {phase.ms_per_second:.1f} | {phase.understood} "
            f"| {phase.most_ms:.1f} "
            f"| {phase.longest(ours=True)} | {phase.longest(ours=False)} |"
        )
    print()
    for phase in phases:
        for hold in phase.figures["holds"]:
            if hold["seconds"] * 1000 > _HOLD_MS:
                places = " < ".join(p.rpartition("/")[2] for p in hold["where"][:12])
                wall, used = hold["seconds"] * 1000, hold["cpu_seconds"] * 1000
                print(f"{phase.name}: {wall:.1f} ms ({used:.1f}) in {places}")


if __name__ == "__main__":
    sys.exit(main())
