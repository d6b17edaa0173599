"""Measure the time that the agent adds to a command, in a house of 2,000 devices."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from benchmarks.stt.table import Table, median, percentile
from custom_components.hearken.dialogue.home import Device, DeviceState, Home, Place
from custom_components.hearken.dialogue.house import load_lexicon
from custom_components.hearken.dialogue.interpret import Interpreter
from custom_components.hearken.dialogue.memory import Memory
from custom_components.hearken.dialogue.spellings import Spellings

if TYPE_CHECKING:
    from custom_components.hearken.dialogue.lexicon import Lexicon

DEVICES: Final = 2000
_ROUNDS: Final = 40
_NAMES: Final = {
    "en": ("Room {}", "lamp {}"),
    "de": ("Zimmer {}", "Lampe {}"),
    "zh": ("房间{}", "灯{}"),
}
_SENTENCES: Final = {
    "en": (
        *("turn on lamp 17", "and lamp 18 too", "dim it to 30 percent", "brighter"),
        *("turn off all the lights except lamp 3", "no lamp 19", "what a nice day"),
    ),
    "de": (
        *("mach die Lampe 17 an", "und die Lampe 18 auch", "heller", "schönes Wetter"),
        *("alle Lichter aus außer Lampe 3", "nein die Lampe 19"),
    ),
    "zh": (
        "打开灯17",
        "灯18也打开",
        "亮一点",
        "除了灯3都关掉",
        "不对是灯19",
        "天气真好",
    ),
}


def measure() -> dict[str, dict[str, float]]:
    """Print and return the times of each language, in milliseconds."""
    table = Table(
        "time",
        f"Time that the agent adds to a command, {DEVICES} devices",
        ("language", "median, ms", "p95, ms", "longest, ms"),
    )
    found: dict[str, dict[str, float]] = {}
    for language, sentences in _SENTENCES.items():
        interpreter = Interpreter(*_house(language), Memory(), "room0")
        times: list[float] = []
        for _ in range(_ROUNDS):
            for sentence in sentences:
                began = time.perf_counter()
                interpreter.propose(sentence)
                times.append((time.perf_counter() - began) * 1000)
        figures = (median(times), percentile(times, 0.95), max(times))
        table.add(language, *(round(one, 2) for one in figures))
        found[language] = dict(zip(("median", "p95", "longest"), figures, strict=True))
    return found


def _house(language: str) -> tuple[Home, Lexicon]:
    """Return a house with lights in 200 rooms, and the words of a language."""
    words = load_lexicon(language)
    assert words is not None
    room, lamp = _NAMES[language]
    devices = [
        Device(f"light.l{n}", (lamp.format(n),), f"room{n // 10}")
        for n in range(DEVICES)
    ]
    places = [
        Place(frozenset((f"room{n}",)), (room.format(n),)) for n in range(DEVICES // 10)
    ]
    state = DeviceState("on", {"brightness": 128})
    return Home(devices, places, Spellings(words), lambda _: state), words
