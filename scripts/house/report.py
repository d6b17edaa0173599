"""Print what a demo did, as a timeline."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING, Final

from hearken_speech.protocol import SAMPLE_RATE_HZ
from house import sound, timeline
from house.processes import ROOT
from house.screen import bad, faint, good, line

if TYPE_CHECKING:
    from pathlib import Path

    from house.scene import Scene
    from house.timeline import Command

DONE: Final = 0
NOT_DONE: Final = 1
NOTHING_HEARD: Final = 2


async def report(scene: Scene, command: Command | None) -> int:
    """Print what happened and return the matching exit status."""
    length = len(scene.spoken.samples) / SAMPLE_RATE_HZ
    line()
    if command is None:
        line(bad(f"  Nothing heard: no wake word in {length:.1f} s of sound."))
        line(f'  Say "{sound.WAKE_PHRASE}" before the command.')
        line()
        return NOTHING_HEARD
    rows = await _rows(scene, command)
    start = _started(scene) or rows[0][0]
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
    if scene.audio is not None and "played" in times:
        heard = await scene.audio.understood(scene.server.port)
        rows.append((times["played"], "speaker said", f'"{heard}"', ""))
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
    started = _started(scene)
    if started is None or position_seconds is None:
        return None
    return at - started - position_seconds


def _started(scene: Scene) -> float | None:
    """Return when the sentence began."""
    if scene.audio is not None:
        return scene.audio.started
    return timeline.microphone_opened(scene.satellite_log)


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
