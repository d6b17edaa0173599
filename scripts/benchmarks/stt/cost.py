"""Compare the processor time per command with wyoming-faster-whisper."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.stt import programs
from benchmarks.stt.corpus import EVERYDAY, NO_COMMANDS, said, with_silence
from benchmarks.stt.models import Model, prepare
from benchmarks.stt.table import Table, median

if TYPE_CHECKING:
    from pathlib import Path

    from hearken_speech.audio.format import Samples

SECONDS: Final = (3.0, 6.0, 10.0, 30.0, 59.0)
"""Lengths of speech."""
TRAILING_SECONDS: Final = 0.7
"""Silence that Home Assistant waits for, and sends."""
_LONG_SECONDS: Final = 10.0
_PORT: Final = 10_871
_PACE: Final = 3.0
_VOICE: Final = "flite:slt"


def spoken(seconds: float) -> Samples:
    """Return speech of this length in seconds: different sentences."""
    wanted = int(seconds * 16_000)
    parts: list[Samples] = []
    for text in (*EVERYDAY[::-1], *NO_COMMANDS, *EVERYDAY):
        parts.append(with_silence(said(text, _VOICE), 0.0, 0.2))
        if sum(part.size for part in parts) >= wanted:
            break
    return np.concatenate(parts)[:wanted]


async def run(folder: Path, *, quick: bool) -> Table:
    """Return processor and waiting times, measured alternately."""
    table = Table(
        "cost",
        "Cost of a command: processor time of the whole program, one thread",
        (
            *("model", "speech s", "runs", "peer CPU ms", "Hearken CPU ms", "ratio"),
            *("peer wait ms", "Hearken wait ms"),
        ),
        f"Peer: wyoming-faster-whisper {programs.PEER_VERSION}, the real program over "
        "Wyoming with a beam of 5, in turns with this server. Hearken's figure has "
        "everything in it: features, voice activity and decodes that were thrown away. "
        "Audio comes as the integrations send it, Home Assistant's own to the peer in "
        "pieces of 10 ms and Hearken's in pieces of 32 ms, "
        f"at {_PACE:.0f} times real time, with {TRAILING_SECONDS} s "
        "of silence after it. Medians.",
    )
    for number, model in enumerate(prepare(folder / "models")):
        async with AsyncExitStack() as stack:
            theirs = await stack.enter_async_context(
                programs.peer(folder, model.folder, _PORT + number, 5)
            )
            ours = await stack.enter_async_context(
                programs.hearken(folder / f"data-{number}", model.argument)
            )
            for seconds in SECONDS[: 2 if quick else None]:
                count = 3 if quick or seconds > _LONG_SECONDS else 12
                runs = _Runs(table, model, (ours, theirs), count)
                await _compare(runs, seconds)
    return table


@dataclass(frozen=True)
class _Runs:
    """Two programs with the same model."""

    table: Table
    model: Model
    programs: tuple[programs.Program, programs.Program]
    """Hearken and the peer."""
    count: int


async def _compare(runs: _Runs, seconds: float) -> None:
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
        runs.count,
        round(peer_cpu * 1000),
        round(own_cpu * 1000),
        round(peer_cpu / own_cpu, 1),
        round(median([a.wait_seconds for a in peer]) * 1000),
        round(median([a.wait_seconds for a in own]) * 1000),
    )
