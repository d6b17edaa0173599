"""Measure what a house does when it is spoken to, beside faster-whisper's texts."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from faster_whisper import WhisperModel

from benchmarks.common import parts
from benchmarks.common.machine import processor
from benchmarks.house.commands import Command, commands
from benchmarks.house.outcomes import Listener, Verdict
from benchmarks.house.rooms import ROOMS
from benchmarks.stt import models
from benchmarks.stt.table import Table, median, percentile
from hearken_speech.protocol import SAMPLE_RATE_HZ
from house.house import House

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from benchmarks.house.outcomes import Outcome

_HERE: Final = Path(__file__).parent
_COMPONENT: Final = "bench_house"
# Written at run time: hassfest would treat a file of this name as an integration.
_MANIFEST: Final = {
    "domain": _COMPONENT,
    "name": "Simulated devices",
    "codeowners": [],
    "dependencies": ["homeassistant"],
    "documentation": "https://github.com/hearken-voice/hearken",
    "iot_class": "calculated",
    "requirements": [],
    "version": "0.0.0",
}
_MORE: Final = "media_player:\nlock:\nswitch:\nvacuum:\nweather:\nbench_house:\n"
_OURS: Final = "Hearken"
_PEER: Final = "faster-whisper"
_ROOM: Final = "Living Room"
_PEER_TAIL_SECONDS: Final = 0.7
_CLEAN_UP: Final = "cancel all timers"


def main() -> int:
    """Measure, print tables, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench house", description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="one command in so many")
    parser.add_argument("--quick", action="store_true", help="one command in ten")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument(
        "--model", action="append", help="tiny.en, base, embedded or a folder"
    )
    parser.add_argument("--room", choices=ROOMS, default="quiet", help="what it hears")
    parser.add_argument(
        "--next-voices", type=int, default=0, help="another voice for each command"
    )
    options = parser.parse_args()
    # Home Assistant would find only our integration there.
    os.environ.pop("PYTHONPATH", None)
    print(f"## What the house does ({processor()})\n", flush=True)
    every = 10 if options.quick else options.every
    spoken = list(commands(every, options.room, next_voices=options.next_voices))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        names = tuple(options.model or models.ALL)
        runs = {
            model.title: partial(_run, path / f"house-{number}", model, spoken)
            for number, model in enumerate(models.prepare(path / "models", names=names))
        }
        return parts.run(runs, options.json, {"machine": processor()})


def _run(folder: Path, model: models.Model, spoken: Sequence[Command]) -> Any:
    """Measure one model."""
    return asyncio.run(_measure(folder, model, spoken))


@dataclass
class _Counts:
    """The verdicts of one recognizer."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    asked: int = 0
    """Commands that were carried out after a question."""
    waits: list[float] = field(default_factory=list)
    details: list[dict[str, Any]] = field(default_factory=list)

    def add(self, command: Command, wanted: Outcome, outcome: Outcome) -> Verdict:
        """Count what was done with a command."""
        verdict = outcome.compare(wanted, command.action)
        if outcome.asked and verdict is Verdict.WRONG:
            # The question says what was heard: the speaker says no.
            verdict = Verdict.NOTHING
        self.verdicts[verdict] += 1
        self.asked += outcome.asked and verdict is Verdict.DONE
        if outcome.wait_seconds is not None:
            self.waits.append(outcome.wait_seconds)
        self.details.append(
            {
                "said": command.text,
                "voice": command.voice,
                "text": outcome.text,
                "verdict": verdict,
            }
        )
        return verdict


async def _measure(
    folder: Path, model: models.Model, spoken: Sequence[Command]
) -> dict[str, Any]:
    """Speak all commands to a house that uses this model."""
    counts = {_OURS: _Counts(), _PEER: _Counts()}
    peer = WhisperModel(
        str(model.folder), device="cpu", cpu_threads=1, compute_type="int8"
    )
    table = Table(
        "commands",
        f"{model.title}: what was not carried out",
        ("said", "voice", "recognizer", "text", "verdict"),
    )
    async with _house(folder, model) as listener:
        for number, command in enumerate(spoken, start=1):
            wanted = await _try(listener, command, command.text)
            assert wanted.calls or wanted.intent, f"not understood: {command.text}"
            heard = await asyncio.to_thread(_transcribe, peer, command)
            outcomes = {
                _OURS: await _try(listener, command, None),
                _PEER: await _try(listener, command, heard),
            }
            for name, outcome in outcomes.items():
                verdict = counts[name].add(command, wanted, outcome)
                if verdict is not Verdict.DONE:
                    table.add(command.text, command.voice, name, outcome.text, verdict)
            print(f"{number}/{len(spoken)}", end="\r", file=sys.stderr, flush=True)
    _summarize(model, len(spoken), counts)
    return {name: vars(count) for name, count in counts.items()}


async def _try(listener: Listener, command: Command, text: str | None) -> Outcome:
    """Give the house a text, or else speak the command, and tidy up."""
    if command.before:
        await listener.write(command.before)
    if text is None:
        outcome = await listener.speak(command.heard)
    else:
        outcome = await listener.write(text)
    if "timer" in f"{command.text} {outcome.intent}".casefold():
        await listener.write(_CLEAN_UP)
    return outcome


def _transcribe(peer: Any, command: Command) -> str:
    """Return faster-whisper's text with a beam of 5, in 30 s."""
    end = command.heard.end + round(_PEER_TAIL_SECONDS * SAMPLE_RATE_HZ)
    samples = command.heard.samples[:end].astype(np.float32) / 32_768
    segments, _ = peer.transcribe(samples, language="en", beam_size=5)
    return "".join(segment.text for segment in segments).strip()


@asynccontextmanager
async def _house(folder: Path, model: models.Model) -> AsyncIterator[Listener]:
    """Run a house with more devices and one satellite, which has a room."""
    component = folder / "config" / "custom_components" / _COMPONENT
    component.mkdir(parents=True)
    shutil.copy(_HERE / "component.py", component / "__init__.py")
    shutil.copy(_HERE / "devices.json", component)
    (component / "manifest.json").write_text(json.dumps(_MANIFEST))
    microphone = folder / "microphone"
    microphone.mkdir()
    async with House(folder) as house:
        server = await house.start_server("--model", model.argument)
        api = await house.start_home_assistant(more=_MORE)
        await api.flow("shopping_list", {})
        await house.add_server(server)
        satellite = await house.start_satellite(f"folder:{microphone}")
        entity = await house.add_satellite(satellite)
        device = await _place(api, entity)
        listener = Listener(
            api, await house.pipeline_id(), device, await _stock_pipeline(api)
        )
        await listener.start()
        # The first sentence loads Home Assistant's recognizer.
        await listener.write("what time is it")
        yield listener


async def _stock_pipeline(api: Any) -> str:
    """Create the pipeline that answers texts without Hearken; return its ID."""
    created = await api.call(
        "assist_pipeline/pipeline/create",
        name="Stock",
        conversation_engine="conversation.home_assistant",
        conversation_language="en",
        language="en",
        prefer_local_intents=False,
        stt_engine=None,
        stt_language=None,
        tts_engine=None,
        tts_language=None,
        tts_voice=None,
        wake_word_entity=None,
        wake_word_id=None,
    )
    return str(created["id"])


async def _place(api: Any, entity_id: str) -> str:
    """Put the satellite into its room; return its device."""
    entry = await api.call("config/entity_registry/get", entity_id=entity_id)
    device = str(entry["device_id"])
    areas = {
        area["name"]: area["area_id"]
        for area in await api.call("config/area_registry/list")
    }
    await api.call(
        "config/device_registry/update", device_id=device, area_id=areas[_ROOM]
    )
    return device


def _summarize(model: models.Model, count: int, counts: dict[str, _Counts]) -> None:
    """Print the sums."""
    table = Table(
        "sums",
        f"{model.title}: {count} commands",
        (
            "recognizer",
            *Verdict,
            "of these asked first",
            "text after the last word, s: median",
            "p90",
        ),
    )
    for name, one in counts.items():
        waits: tuple[Any, ...] = ("", "")
        if one.waits:
            waits = (
                round(median(one.waits), 2),
                round(percentile(one.waits, 0.9), 2),
            )
        table.add(
            name, *(one.verdicts[verdict] for verdict in Verdict), one.asked, *waits
        )


if __name__ == "__main__":
    sys.exit(main())
