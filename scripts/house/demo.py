"""Play a spoken command to a complete house and report what happened."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import sys
import wave
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hearken_speech.errors import HearkenError
from hearken_speech.protocol import SAMPLE_RATE_HZ
from house import configuration, sound, timeline, xiaomi
from house.api import ApiError, HomeAssistantApi
from house.drawing import draw
from house.house import House, Server, is_free, until
from house.processes import ROOT, ProgramError
from house.runs import Runs
from house.screen import Step, bad, bold, faint, good, line, printed

if TYPE_CHECKING:
    from house.sound import Spoken
    from house.timeline import Command, StateChange

DONE: Final = 0
NOT_DONE: Final = 1
NOTHING_HEARD: Final = 2
TROUBLE: Final = 3

_USUAL_PORT: Final = 8123
_WAKE_GRACE_SECONDS: Final = 5.0
_RUN_SECONDS: Final = 45.0
_ANSWER_SECONDS: Final = 10.0
_DEFAULT_TEXT: Final = "turn on the kitchen light"
_XIAOMI_TEXT: Final = "turn on the floor lamp"
_XIAOMI: Final = (
    xiaomi.Device("Floor lamp", "Living Room", "philips.light.bulb"),
    xiaomi.Device("Bedroom fan", "Bedroom", "dmaker.fan.p10"),
    xiaomi.Device("Desk lamp", "Office", "color4"),
    xiaomi.Device("Kettle", "Kitchen", "chuangmi.plug.m3"),
)
_LABEL: Final = (
    "Output of scripts/demo: the wake word is heard, the text understood, "
    "the light turned on and the answer spoken"
)


@dataclass
class Scene:
    """Everything that one run uses and leaves behind."""

    house: House
    server: Server
    api: HomeAssistantApi
    pipeline_id: str
    spoken: Spoken
    satellite_log: Path
    devices: set[str]
    """The entities whose changes are shown."""
    simulated: xiaomi.Devices
    changes: list[StateChange] = field(default_factory=list)


def main(arguments: list[str] | None = None) -> int:
    """Run the demo and return its exit status."""
    parser = argparse.ArgumentParser(
        "scripts/demo",
        description="Speak a command to a real Home Assistant and watch it happen.",
        epilog="Exit status: 0 the command was carried out, 1 it was not, "
        "2 nothing was heard, 3 something did not start.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--say", metavar="TEXT", help="command to speak")
    what.add_argument("--wav", metavar="FILE", type=Path, help="recording to play")
    parser.add_argument(
        "--voice", default="flite:slt", help="flite:NAME or espeak:NAME"
    )
    parser.add_argument(
        "--xiaomi",
        action="store_true",
        help="add simulated devices of Xiaomi, and show what reaches them",
    )
    parser.add_argument(
        "--keep", action="store_true", help="leave everything running until Ctrl-C"
    )
    parser.add_argument("--folder", type=Path, default=ROOT / ".demo")
    parser.add_argument(
        "--svg", metavar="FILE", type=Path, help="draw what was printed, too"
    )
    options = parser.parse_args(arguments)
    # Home Assistant would look for custom components there.
    os.environ.pop("PYTHONPATH", None)
    try:
        return asyncio.run(_until_interrupted(_demo(options)))
    except (HearkenError, ProgramError, ApiError, OSError, TimeoutError) as err:
        line()
        line(bad(str(err) or type(err).__name__))
        return TROUBLE


async def _until_interrupted(work: Any) -> int:
    """Run the work; on Ctrl-C or SIGTERM, stop every program that it started."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        return int(await task)
    except asyncio.CancelledError:
        line()
        line(faint("ended"))
        return 130


async def _demo(options: argparse.Namespace) -> int:
    line()
    line(bold("  Hearken: a spoken command from start to finish"))
    line()
    spoken, title = await asyncio.to_thread(_sound, options)
    await asyncio.to_thread(shutil.rmtree, options.folder, ignore_errors=True)
    async with (
        House(options.folder) as house,
        xiaomi.served(_XIAOMI if options.xiaomi else ()) as devices,
    ):
        scene = await _build(house, spoken, devices)
        line()
        line(f"  ♪ {title}")
        command = await _perform(scene)
        status = await _report(scene, command)
        if options.svg:
            options.svg.write_text(draw("scripts/demo", printed, _LABEL))
        if options.keep:
            await _keep(scene)
        else:
            line(
                faint("  scripts/demo --keep leaves Home Assistant running to look at")
            )
            line()
    return status


def _sound(options: argparse.Namespace) -> tuple[Spoken, str]:
    if options.wav:
        return sound.recording(options.wav), f"playing {options.wav}"
    text = options.say or (_XIAOMI_TEXT if options.xiaomi else _DEFAULT_TEXT)
    title = f'a voice says "{sound.WAKE_PHRASE} … {text}"'
    return sound.command(text, options.voice), title


async def _build(house: House, spoken: Spoken, devices: xiaomi.Devices) -> Scene:
    """Start everything and set it up as an owner would."""
    with Step("speech server") as step:
        server = await house.start_server()
        step.result = f"speech model {(await server.status())['model']}"
    with Step("Home Assistant") as step:
        port = _USUAL_PORT if is_free(_USUAL_PORT) else 0
        api = await house.start_home_assistant(port=port)
        step.result = (
            f"version {await api.version()}, {len(configuration.DEVICES)} devices"
        )
    with Step("Hearken integration") as step:
        await house.add_server(server)
        pipeline_id = await house.pipeline_id()
        step.result = "server added, Assist pipeline created"
    recording = house.folder / "microphone.wav"
    sound.save(recording, spoken.samples)
    scene = Scene(
        house,
        server,
        api,
        pipeline_id,
        spoken,
        house.folder / "logs" / "satellite.log",
        {device.entity_id for device in configuration.DEVICES},
        devices,
    )
    if devices.simulated:
        with Step("Xiaomi devices") as step:
            scene.devices |= set((await devices.add(api)).values())
            step.result = f"{len(devices.simulated)} added by address and token"
    await _watch(scene)
    with Step("satellite") as step:
        satellite = await house.start_satellite(f"file:{recording}")
        step.result = f"paired, {await house.add_satellite(satellite)}"
    return scene


async def _watch(scene: Scene) -> None:
    """Note each change of a device from now on."""

    def changed(event: dict[str, Any]) -> None:
        change = timeline.read_change(event)
        if change is not None and change.entity_id in scene.devices:
            scene.changes.append(change)

    await scene.api.subscribe(changed, "subscribe_events", event_type="state_changed")


async def _perform(scene: Scene) -> Command | None:
    """Wait for the command to finish; return None if no wake word was detected."""
    length = len(scene.spoken.samples) / SAMPLE_RATE_HZ
    runs = Runs(scene.api, scene.pipeline_id)
    command = await runs.wait(length + _WAKE_GRACE_SECONDS, _RUN_SECONDS)
    if command is not None:
        await _wait_for_answer(scene, command)
        await _ask_server(scene, command)
    return command


async def _wait_for_answer(scene: Scene, command: Command) -> None:
    """Give the answer a moment to reach the speaker."""
    if "tts-end" not in command.times:
        return

    async def answered() -> bool:
        return await asyncio.to_thread(scene.house.answer.exists)

    with contextlib.suppress(ProgramError):
        await until(answered, _ANSWER_SECONDS, "the answer")
        command.times["played"] = scene.house.answer.stat().st_mtime


async def _ask_server(scene: Scene, command: Command) -> None:
    """Ask the speech server for details that Home Assistant does not pass on."""
    for event in (await scene.server.status())["recent"]:
        if event["kind"] == "detection" and command.wake_score is None:
            command.wake_score = event["score"]


async def _report(scene: Scene, command: Command | None) -> int:
    """Print what happened and return the matching exit status."""
    length = len(scene.spoken.samples) / SAMPLE_RATE_HZ
    line()
    if command is None:
        line(bad(f"  Nothing heard: no wake word in {length:.1f} s of sound."))
        line(f'  Say "{sound.WAKE_PHRASE}" before the command.')
        line()
        return NOTHING_HEARD
    rows = await _rows(scene, command)
    start = timeline.microphone_opened(scene.satellite_log) or rows[0][0]
    for at, stage, text, note in rows:
        line(f"  {at - start:6.2f} s  {stage:<14} {text:<42} {faint(note)}")
    line()
    return _verdict(scene, command)


async def _rows(scene: Scene, command: Command) -> list[tuple[float, str, str, str]]:
    """Return the timeline: when, stage, what, and duration."""
    times = command.times
    note = _wake_note(scene, command)
    rows = [(times["wake_word-end"], "wake word", f"{command.wake_word}", note)]
    if "stt-vad-end" in times:
        waited = _after_speech(scene, times["stt-vad-end"])
        note = "" if waited is None else f"{waited:.2f} s after the last word"
        rows.append((times["stt-vad-end"], "end of speech", "", note))
    if command.text is not None:
        rows.append(
            (times["stt-end"], "text", f'"{command.text}"', _text_note(scene, command))
        )
    if "intent-end" in times:
        note = _took(command, "intent-start", "intent-end")
        rows.append(
            (times["intent-end"], "intent", await _intent(scene, command), note)
        )
    rows += [
        (
            change.at,
            "state",
            f"{change.entity_id}: {change.before} → {change.after}",
            "",
        )
        for change in scene.changes
    ]
    rows += [
        (packet.at, "packet", f"{packet.device.name}: {packet.command}", packet.where)
        for packet in scene.simulated.packets
    ]
    if command.answer and "tts-end" in times:
        rows.append((times["tts-end"], "answer", f'"{command.answer}"', ""))
    if "played" in times:
        note = _took(command, "tts-start", "played")
        note += f", {_length(scene.house.answer):.1f} s of sound"
        path = scene.house.answer
        shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        rows.append((times["played"], "spoken", str(shown), note))
    if command.error:
        rows.append((times["error"], "stopped", command.error, ""))
    return sorted(rows, key=lambda row: row[0])


def _took(command: Command, first: str, last: str) -> str:
    seconds = command.took(first, last)
    return "" if seconds is None else f"took {seconds:.2f} s"


def _wake_note(scene: Scene, command: Command) -> str:
    """Return the wake word's score and delay."""
    score = command.wake_score
    notes = [] if score is None else [f"score {score:.2f}"]
    waited = _since(
        scene, command.times["wake_word-end"], scene.spoken.wake_end_seconds
    )
    if waited is not None:
        notes.append(f"{waited:.2f} s after the word")
    return ", ".join(notes)


def _text_note(scene: Scene, command: Command) -> str:
    """Return how long the text took; the server decides when speech has ended."""
    if "stt-vad-end" in command.times:
        return _took(command, "stt-vad-end", "stt-end")
    waited = _after_speech(scene, command.times["stt-end"])
    return "" if waited is None else f"{waited:.2f} s after the last word"


def _after_speech(scene: Scene, at: float) -> float | None:
    """Return the delay after the end of the recorded speech."""
    return _since(scene, at, scene.spoken.end_seconds)


def _since(scene: Scene, at: float, position_seconds: float | None) -> float | None:
    """Return the delay after a place in the recording."""
    opened = timeline.microphone_opened(scene.satellite_log)
    if opened is None or position_seconds is None:
        return None
    return at - opened - position_seconds


async def _intent(scene: Scene, command: Command) -> str:
    """Return the intent's name and slots, as Home Assistant's matcher finds them."""
    answer = await scene.api.call(
        "conversation/agent/homeassistant/debug", sentences=[command.text]
    )
    result = answer["results"][0]
    if not result or not result.get("match"):
        return "understood" if command.understood else "not understood"
    slots = ", ".join(f"{key}={value}" for key, value in result["slots"].items())
    return f"{result['intent']['name']} ({slots})"


def _length(path: Path) -> float:
    with wave.open(str(path)) as file:
        return float(file.getnframes() / file.getframerate())


def _verdict(scene: Scene, command: Command) -> int:
    if not command.text:
        line(bad("  Nothing heard after the wake word."))
        status = NOTHING_HEARD
    elif not scene.changes:
        line(bad("  Nothing changed in the house."))
        status = NOT_DONE
    else:
        change = scene.changes[0]
        waited = _after_speech(scene, change.at)
        after = "" if waited is None else f", {waited:.2f} s after the last word"
        line(good(f"  {change.entity_id} is {change.after}{after}."))
        status = DONE
    line()
    return status


async def _keep(scene: Scene) -> None:
    """Keep everything running until Ctrl-C."""
    line(f"  Open {bold(scene.api.url)} and sign in as demo / demo.")
    line(f"  Logs are in {scene.house.folder / 'logs'}. Press Ctrl-C to stop.")
    line()
    await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
