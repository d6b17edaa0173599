"""Time the work on names between a decoded command and its text in Home Assistant."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, Self, cast

import numpy as np

from benchmarks.common.machine import processor
from benchmarks.vocabulary import house
from custom_components.hearken.dialogue.understanding import Understanding
from custom_components.hearken.names.gather import async_gather_names
from custom_components.hearken.protocol import Alternative
from hearken_speech.stt.engine import Decoding, Hypothesis
from hearken_speech.stt.phonemes import Pronouncer
from hearken_speech.stt.recording import Recording
from hearken_speech.stt.transcriber import Transcriber
from hearken_speech.stt.transcription import Request

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from hearken_speech.stt.engine import WhisperEngine

_ROOT: Final = Path(__file__).resolve().parents[2]
_ENTITIES: Final = (30, 300, 2000)
_ALTERNATIVES: Final = 4
_CASES: Final = {
    "right": "the text contains a name",
    "alternative": "only an alternative contains a name",
    "misheard": "no text contains a name",
    "new word": "no text contains a name, one word never heard before",
}
_SOUNDS_ALIKE: Final = {
    "lamp": ("lamb", "lam", "lump", "land"),
    "room": ("rome", "roof", "broom", "rum"),
    "of": ("off", "or", "on"),
}
_SYLLABLES: Final = ("ba", "ko", "mi", "tu", "re", "lo", "sa", "ne", "di", "fu")


def main() -> int:
    """Measure, print a table, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench answer", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="five commands each")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument(
        "--before", type=Path, help="a checkout to compare with, in turns"
    )
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        asyncio.run(_serve(options.worker))
        return 0
    roots = {"now": _ROOT}
    if options.before:
        roots["before"] = options.before.resolve()
    figures = {
        entities: _compare(roots, entities, 5 if options.quick else 40)
        for entities in _ENTITIES
    }
    _print(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))
    return 0


type _Times = dict[str, dict[str, dict[str, list[tuple[float, float]]]]]
"""Milliseconds by the clock and of the processor: by checkout, case and part."""


def _compare(roots: dict[str, Path], entities: int, count: int) -> _Times:
    """Return the times of every checkout, alternating after each command."""
    times: _Times = {
        root: {case: defaultdict(list) for case in _CASES} for root in roots
    }
    workers = {name: _Worker(root, entities) for name, root in roots.items()}
    try:
        for number in range(count + 2):
            for case in _CASES:
                texts = _texts(case, entities, random.Random(f"{number} {case}"))  # noqa: S311
                for root, worker in workers.items():
                    took = worker.ask(texts)
                    if number < 2:
                        continue
                    for part, (clock, busy) in took.items():
                        times[root][case][part].append((clock * 1000, busy * 1000))
    finally:
        for worker in workers.values():
            worker.close()
    return times


def _texts(case: str, entities: int, choose: random.Random) -> list[str]:
    """Return what a decoder might return, most probable first."""
    number = choose.randrange(entities)
    said = f"turn on lamp {number} of room {number % 40}"
    wrong: list[str] = []
    while len(wrong) < _ALTERNATIVES + 1:
        text = said
        for word in choose.sample(list(_SOUNDS_ALIKE), 2):
            text = text.replace(word, choose.choice(_SOUNDS_ALIKE[word]))
        if text not in wrong:
            wrong.append(text)
    if case == "right":
        return [said, *wrong[:-1]]
    if case == "alternative":
        return [*wrong[:2], said, *wrong[2:-1]]
    if case == "new word":
        wrong[0] += " " + "".join(choose.choices(_SYLLABLES, k=4))
    return wrong


class _Worker:
    """A process that runs the code of one checkout."""

    def __init__(self, root: Path, entities: int) -> None:
        """Start the process and wait for its house."""
        paths = [root / "addon", root, _ROOT / "scripts"]
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--worker", str(entities)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read()

    def ask(self, texts: list[str]) -> dict[str, tuple[float, float]]:
        """Return the seconds that it takes to process these texts."""
        assert self._process.stdin is not None
        print(json.dumps(texts), file=self._process.stdin, flush=True)
        return cast("dict[str, tuple[float, float]]", self._read())

    def close(self) -> None:
        """Stop the process."""
        self._process.communicate(timeout=60)

    def _read(self) -> object:
        """Return the next answer."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the worker ended"
        return json.loads(line)


async def _serve(entities: int) -> None:
    """Read commands from standard input and answer with their times."""
    with tempfile.TemporaryDirectory() as folder:
        async with house(folder, entities) as hass:
            command = await _Command.prepare(hass)
            print(json.dumps("ready"), flush=True)
            while line := await asyncio.to_thread(sys.stdin.readline):
                print(json.dumps(await command.run(json.loads(line))), flush=True)


class _Command:
    """The path of one command's text: the server's part, then Home Assistant's."""

    @classmethod
    async def prepare(cls, hass: HomeAssistant) -> Self:
        """Return a command with all names pronounced."""
        command = cls(hass)
        command.known = await async_gather_names(hass)
        command.transcriber.name_indexes.get(command.known.names, "en")
        return command

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without names."""
        self.hass = hass
        self.transcriber = Transcriber(Pronouncer())
        self.known: Any = None
        self._recording = Recording.of(np.zeros(16_000, np.int16), 80)

    async def run(self, texts: list[str]) -> dict[str, tuple[float, float]]:
        """Return the seconds taken by each part."""
        request = Request(language="en", names=self.known.names)
        engine = cast("WhisperEngine", _DecodedAlready(texts))
        start = _now()
        heard = self.transcriber.transcribe(engine, self._recording, request)
        server = _since(start)
        assert heard.confidence is not None
        alternatives = [
            Alternative(text=other.text, confidence=other.confidence)
            for other in heard.alternatives
        ]
        start = _now()
        asked = Understanding(self.hass, "en", names=self.known)
        await asked.choose(heard.text, alternatives)
        return {"server": server, "home": _since(start)}


def _now() -> tuple[float, float]:
    """Return wall-clock time and processor time of all threads."""
    return time.perf_counter(), time.process_time()


def _since(start: tuple[float, float]) -> tuple[float, float]:
    """Return the elapsed wall-clock and processor time in seconds."""
    return time.perf_counter() - start[0], time.process_time() - start[1]


class _DecodedAlready:
    """Stand in for the speech model: its texts are available at once."""

    name = "benchmark"
    model = SimpleNamespace(
        languages=frozenset({"en"}),
        traits=SimpleNamespace(guard="whisper"),
        mel_bands=80,
    )

    def __init__(self, texts: list[str]) -> None:
        """Set the texts, most probable first."""
        self._hypotheses = tuple(
            Hypothesis(
                text=text,
                average_log_probability=-0.1 - 0.005 * place,
                total_log_probability=-1.0,
                tokens=(),
            )
            for place, text in enumerate(texts)
        )

    def decode(self, *_: object) -> Decoding:
        """Return the texts."""
        return Decoding(
            hypotheses=self._hypotheses,
            language="en",
            no_speech_probability=0.01,
            audio_seconds=1.0,
            decode_seconds=0.0,
            window_seconds=8.0,
        )


def _print(figures: dict[int, _Times]) -> None:
    """Print medians: wall-clock time, and processor time in brackets."""
    print(f"{processor()}, {_ALTERNATIVES} alternatives; medians in ms by the clock, ")
    print("and of processor time in brackets")
    print()
    print("| names | texts | server | Home Assistant | together | before | ratio |")
    print("|---|---|---|---|---|---|---|")
    for entities, roots in figures.items():
        for case, what in _CASES.items():
            parts = roots["now"][case]
            now = _together(parts)
            old = _together(roots["before"][case]) if "before" in roots else []
            ratios = [
                (one[0] / other[0], one[1] / other[1])
                for one, other in zip(old, now, strict=bool(old))
            ]
            cells = (parts["server"], parts["home"], now, old, ratios)
            print(f"| {entities} | {what} | {' | '.join(map(_cell, cells))} |")


def _cell(samples: list[tuple[float, float]]) -> str:
    """Return both medians."""
    if not samples:
        return ""
    clock, busy = zip(*samples, strict=True)
    return f"{median(clock):.1f} ({median(busy):.1f})"


def _together(parts: dict[str, list[tuple[float, float]]]) -> list[tuple[float, float]]:
    """Return the total time of each command."""
    return [
        (one[0] + other[0], one[1] + other[1])
        for one, other in zip(parts["server"], parts["home"], strict=True)
    ]


if __name__ == "__main__":
    sys.exit(main())
