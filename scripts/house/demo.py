"""Play a spoken command to a complete house and report what happened."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hearken_speech.errors import HearkenError
from hearken_speech.protocol import SAMPLE_RATE_HZ
from house import configuration, sound, timeline, xiaomi
from house.api import ApiError
from house.drawing import draw
from house.house import House, Satellite, is_free, until
from house.processes import ROOT, ProgramError
from house.real_audio import RealAudio, real_audio
from house.report import report
from house.runs import Runs
from house.scene import Scene
from house.screen import Step, bad, bold, faint, line, printed

if TYPE_CHECKING:
    from house.sound import Spoken
    from house.timeline import Command

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
        "--real-audio",
        action="store_true",
        help="through a real audio server: the sentence is played into a virtual room, "
        "and the answer comes out of a speaker",
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
    async with contextlib.AsyncExitStack() as stack:
        house = await stack.enter_async_context(House(options.folder))
        devices = await stack.enter_async_context(
            xiaomi.served(_XIAOMI if options.xiaomi else ())
        )
        audio = None
        if options.real_audio:
            with Step("audio server") as step:
                audio = await stack.enter_async_context(
                    real_audio(options.folder / "audio", house.answer)
                )
                step.result = "a virtual room with a microphone, and a speaker"
        scene = await _build(house, spoken, devices, audio)
        line()
        line(f"  ♪ {title}")
        command = await _perform(scene)
        status = await report(scene, command)
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


async def _build(
    house: House, spoken: Spoken, devices: xiaomi.Devices, audio: RealAudio | None
) -> Scene:
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
    scene = Scene(
        house,
        server,
        api,
        pipeline_id,
        spoken,
        house.folder / "logs" / "satellite.log",
        {device.entity_id for device in configuration.DEVICES},
        devices,
        audio=audio,
    )
    if devices.simulated:
        with Step("Xiaomi devices") as step:
            scene.devices |= set((await devices.add(api)).values())
            step.result = f"{len(devices.simulated)} added by address and token"
    await _watch(scene)
    with Step("satellite") as step:
        satellite = await _start_satellite(house, spoken, audio)
        scene.satellite = await house.add_satellite(satellite)
        step.result = f"paired, {scene.satellite}"
    return scene


async def _start_satellite(
    house: House, spoken: Spoken, audio: RealAudio | None
) -> Satellite:
    """Start the satellite with a recording for a microphone, or with a real one."""
    if audio is not None:
        return await house.start_satellite(
            "device", *audio.arguments, environment=audio.environment
        )
    recording = house.folder / "microphone.wav"
    sound.save(recording, spoken.samples)
    return await house.start_satellite(f"file:{recording}")


async def _watch(scene: Scene) -> None:
    """Note each change of a device from now on."""

    def changed(event: dict[str, Any]) -> None:
        change = timeline.read_change(event)
        if change is not None and change.entity_id in scene.devices:
            scene.changes.append(change)

    await scene.api.subscribe(changed, "subscribe_events", event_type="state_changed")


async def _perform(scene: Scene) -> Command | None:
    """Wait for the command to finish; return None if no wake word was detected."""
    if scene.audio is None:
        return await _follow(scene)
    async with scene.audio.speaking(scene.spoken):
        return await _follow(scene)


async def _follow(scene: Scene) -> Command | None:
    """Wait for the command and its answer."""
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
        if scene.audio is not None:
            return await scene.api.state(scene.satellite) == "idle"
        return await asyncio.to_thread(scene.house.answer.exists)

    with contextlib.suppress(ProgramError):
        await until(answered, _ANSWER_SECONDS, "the answer")
        command.times["played"] = scene.house.answer.stat().st_mtime


async def _ask_server(scene: Scene, command: Command) -> None:
    """Ask the speech server for details that Home Assistant does not pass on."""
    for event in (await scene.server.status())["recent"]:
        if event["kind"] == "detection" and command.wake_score is None:
            command.wake_score = event["score"]


async def _keep(scene: Scene) -> None:
    """Keep everything running until Ctrl-C."""
    line(f"  Open {bold(scene.api.url)} and sign in as demo / demo.")
    line(f"  Logs are in {scene.house.folder / 'logs'}. Press Ctrl-C to stop.")
    line()
    await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
