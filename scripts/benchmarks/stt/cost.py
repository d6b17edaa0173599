"""Compare the processor time per command with wyoming-faster-whisper."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.stt import programs
from benchmarks.stt.corpus import said, with_silence
from benchmarks.stt.models import Model, prepare
from benchmarks.stt.table import Table, median

if TYPE_CHECKING:
    from pathlib import Path

    from hearken_speech.audio.format import Samples

TRAILING_SECONDS: Final = 0.7
"""Silence that Home Assistant waits for, and sends."""
_PORT: Final = 10_871
_PACE: Final = 3.0


def spoken(seconds: float) -> Samples:
    """Return a command of this length in seconds."""
    parts = [
        said("turn on the kitchen light and close the garage door", "flite:slt"),
        said("set the bedroom light to fifty percent please", "flite:slt"),
        said("what's the temperature in the kitchen", "flite:slt"),
    ]
    return np.concatenate(parts)[: int(seconds * 16_000)]


async def run(folder: Path, *, quick: bool) -> Table:
    """Return processor and waiting times, measured alternately."""
    table = Table(
        "cost",
        "Cost of a command: processor time of the whole program, one thread",
        (
            *(
                "model",
                "speech s",
                "beam",
                "runs",
                "peer CPU ms",
                "Hearken CPU ms",
                "ratio",
            ),
            *("peer wait ms", "Hearken wait ms"),
        ),
        f"Peer: wyoming-faster-whisper {programs.PEER_VERSION}, the real program over "
        "Wyoming, in turns with this server. Hearken's figure has everything in it: "
        "features, voice activity and decodes that were thrown away. Beam 1 is the "
        "peer's default on ARM, 5 elsewhere. The models are sure of their text, so "
        "Hearken's wide beam is spared; the recognizer's table has what it costs. "
        "Audio comes as the integrations send it, Home Assistant's own to the peer in "
        "pieces of 10 ms and Hearken's in pieces of 32 ms, "
        f"at {_PACE:.0f} times real time, with {TRAILING_SECONDS} s "
        "of silence after it. "
        "tiny and base: true size, random weights that write 12 tokens. Medians.",
    )
    port = _PORT
    for model in prepare(folder / "models", sizes=("tiny", "base")):
        for beam in (1, 5):
            port += 1
            async with AsyncExitStack() as stack:
                theirs = await stack.enter_async_context(
                    programs.peer(folder, model.folder, port, beam)
                )
                data = folder / f"data-{port}"
                ours = await stack.enter_async_context(
                    programs.hearken(data, model.argument, "--beam-size", str(beam))
                )
                runs = _Runs(table, model, (ours, theirs), 3 if quick else 12)
                await _compare(runs, 3.0, beam)
                await _compare(runs, 6.0, beam)
    return table


@dataclass(frozen=True)
class _Runs:
    """Two programs with the same model."""

    table: Table
    model: Model
    programs: tuple[programs.Program, programs.Program]
    """Hearken and the peer."""
    count: int


async def _compare(runs: _Runs, seconds: float, beam: int) -> None:
    """Measure both programs with commands of one length."""
    samples = with_silence(spoken(seconds), 0.0, TRAILING_SECONDS)
    answers: dict[str, list[programs.Answer]] = {}
    for turn in range(runs.count + 1):
        for program in runs.programs[:: -1 if turn % 2 else 1]:
            answer = await program.ask(samples, pace=_PACE)
            if turn:  # The first command warms up the programs.
                answers.setdefault(program.name, []).append(answer)
    own, peer = (answers[program.name] for program in runs.programs)
    peer_cpu = median([a.cpu_seconds for a in peer])
    own_cpu = median([a.cpu_seconds for a in own])
    runs.table.add(
        runs.model.title,
        seconds,
        beam,
        runs.count,
        round(peer_cpu * 1000),
        round(own_cpu * 1000),
        round(peer_cpu / own_cpu, 1),
        round(median([a.wait_seconds for a in peer]) * 1000),
        round(median([a.wait_seconds for a in own]) * 1000),
    )
