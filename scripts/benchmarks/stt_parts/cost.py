"""Processor time for a command, beside wyoming-faster-whisper."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.stt_parts import programs
from benchmarks.stt_parts.corpus import said, with_silence
from benchmarks.stt_parts.models import Model, prepare
from benchmarks.stt_parts.table import Table, median

if TYPE_CHECKING:
    from pathlib import Path

    from hearken_speech.audio.format import Samples

TRAILING_SECONDS: Final = 0.7
"""Silence that Home Assistant waits for, and sends."""
_PORT: Final = 10_871
_PACE: Final = 3.0


def spoken(seconds: float) -> Samples:
    """Return a command of so many seconds."""
    parts = [
        said("turn on the kitchen light and close the garage door", "flite:slt"),
        said("set the bedroom light to fifty percent please", "flite:slt"),
        said("what's the temperature in the kitchen", "flite:slt"),
    ]
    return np.concatenate(parts)[: int(seconds * 16_000)]


async def run(folder: Path, *, quick: bool) -> Table:
    """Return processor and waiting times, taken in turns."""
    table = Table(
        "cost",
        "Cost of a command: processor time, one thread, beam 5",
        (
            *("model", "speech s", "runs", "peer CPU ms", "Hearken CPU ms", "ratio"),
            *("peer wait ms", "Hearken wait ms"),
        ),
        f"Peer: wyoming-faster-whisper {programs.PEER_VERSION}, the real program over "
        "Wyoming, in turns with this server. Hearken's figure has everything in it: "
        "features, voice activity and decodes that were thrown away. Audio comes at "
        f"{_PACE:.0f} times real time with {TRAILING_SECONDS} s of silence after it. "
        "tiny and base: true size, random weights that write 12 tokens. Medians.",
    )
    for number, model in enumerate(prepare(folder / "models", sizes=("tiny", "base"))):
        await _compare(table, folder, model, number, 4 if quick else 8)
    return table


async def _compare(
    table: Table, folder: Path, model: Model, number: int, runs: int
) -> None:
    """Measure both programs with one model."""
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(
            programs.hearken(folder / f"data-{number}", model.argument)
        )
        theirs = await stack.enter_async_context(
            programs.peer(folder, model.folder, _PORT + number)
        )
        for seconds in (3.0, 6.0):
            samples = with_silence(spoken(seconds), 0.0, TRAILING_SECONDS)
            answers: dict[str, list[programs.Answer]] = {}
            for turn in range(runs + 1):
                for program in (theirs, ours) if turn % 2 else (ours, theirs):
                    answer = await program.ask(samples, pace=_PACE)
                    if turn:  # the first one warms up
                        answers.setdefault(program.name, []).append(answer)
            peer, own = answers[theirs.name], answers[ours.name]
            peer_cpu = median([a.cpu_seconds for a in peer])
            own_cpu = median([a.cpu_seconds for a in own])
            table.add(
                model.title,
                seconds,
                runs,
                round(peer_cpu * 1000),
                round(own_cpu * 1000),
                round(peer_cpu / own_cpu, 1),
                round(median([a.wait_seconds for a in peer]) * 1000),
                round(median([a.wait_seconds for a in own]) * 1000),
            )
