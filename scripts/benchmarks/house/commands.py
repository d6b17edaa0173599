"""The commands, spoken by voices that trained no model of ours, and by people."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.common import weights
from benchmarks.common.recordings import CASES, read
from benchmarks.house.rooms import scene
from benchmarks.stt.corpus import HELD_OUT_VOICES
from training.speak import Line, say
from training.voices import KOKORO_HELD_OUT, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.house.rooms import Scene

_SPOKEN: Final = CASES / "speech"
_BY_PEOPLE: Final = {
    "turn-off-the-bedroom-lamp": "turn off the bedroom lamp",
    "turn-on-lamp-one": "turn on lamp one",
    "turn-on-the-kitchen-light-dc": "turn on the kitchen light",
    "turn-on-the-led-strip": "turn on the LED strip",
    "add-milk-to-the-shopping-list": "add milk to the shopping list",
}
"""Recordings of one person; not used if this machine does not have them."""
_PEAK: Final = 9_000


@dataclass(frozen=True)
class Command:
    """One command to speak."""

    text: str
    before: str
    """A command that has to come first, or nothing."""
    voice: str
    heard: Scene
    action: str = ""
    """What carries it out, if Home Assistant's agent does it without an action."""


def voices() -> tuple[str, ...]:
    """Return the held-out voices that this machine can have."""
    try:
        weights.fetch("kokoro")
    except weights.WeightsError as err:
        print(f"Without the voices of Kokoro: {err}\n", flush=True)
        return HELD_OUT_VOICES
    return (*KOKORO_HELD_OUT, "flite:rms")


def commands(
    every: int = 1, room: str = "quiet", *, next_voices: int = 0
) -> Iterator[Command]:
    """Yield the commands, or one in so many, as they are heard in a room.

    Each is spoken by another voice if a number of next voices is given.
    """
    listed = json.loads(Path(__file__).with_name("commands.json").read_text("utf-8"))
    yield from _generated(listed[::every], room, next_voices)
    known = {one["text"]: one for one in listed}
    for name, text in list(_BY_PEOPLE.items())[::every]:
        path = _SPOKEN / f"{name}.wav"
        if path.is_file():
            before = known[text].get("before", "")
            yield Command(
                text, before, "a person", scene(read(path), room, _seed(text))
            )


def _generated(
    listed: Sequence[dict[str, str]], room: str, next_voices: int
) -> Iterator[Command]:
    """Yield commands spoken by one voice after the other."""
    speakers = voices()
    for number, one in enumerate(listed):
        voice = speakers[(number + next_voices) % len(speakers)]
        (sound,) = say([Line(one["text"], parse(voice))])
        scaled = sound * (_PEAK / max(1e-6, float(np.abs(sound).max())))
        samples = scaled.astype(np.int16)
        yield Command(
            one["text"],
            one.get("before", ""),
            voice,
            scene(samples, room, _seed(f"{one['text']} {voice}")),
            one.get("action", ""),
        )


def _seed(name: str) -> int:
    """Return the seed of a command's noise, the same in each run."""
    return zlib.crc32(name.encode())
