"""Compare the processor time per command with wyoming-faster-whisper."""

from __future__ import annotations

from contextlib import AsyncExitStack
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.house.commands import commands
from benchmarks.people import recordings
from benchmarks.stt import programs
from benchmarks.stt.corpus import EVERYDAY, NO_COMMANDS, said, with_silence
from benchmarks.stt.models import prepare
from benchmarks.stt.table import Table, median

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hearken_speech.audio.format import Samples

_COMMAND_SECONDS: Final = (2.0, 4.0)
"""Lengths of single commands."""
_COMMANDS: Final = 12
_EVERY_ORDER: Final = 16
_SEVERAL_SECONDS: Final = (10.0, 30.0, 59.0)
"""Lengths of several sentences."""
_ROUNDS: Final = 3
TRAILING_SECONDS: Final = 0.7
"""Silence that Home Assistant waits for, and sends."""
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


def sounds(*, quick: bool) -> Iterator[tuple[str, list[Samples]]]:
    """Yield kinds of speech, each with its recordings."""
    shortest, longest = (int(seconds * 16_000) for seconds in _COMMAND_SECONDS)
    fitting = (
        one.heard.speech
        for one in commands()
        if one.voice != "a person" and shortest <= one.heard.speech.size <= longest
    )
    yield "a command", list(islice(fitting, _COMMANDS // 2 if quick else _COMMANDS))
    if recordings.are_there():
        orders = recordings.load(recordings.ORDERS, _EVERY_ORDER * (2 if quick else 1))
        yield "an order of a person", [one.samples for one in orders]
    for seconds in () if quick else _SEVERAL_SECONDS:
        yield "several sentences", [spoken(seconds)] * _ROUNDS


async def run(folder: Path, *, quick: bool) -> Table:
    """Return processor and waiting times, measured alternately."""
    table = Table(
        "cost",
        "Cost of a command: processor time of the whole program, one thread",
        (
            *("model", "speech", "seconds", "clips", "peer CPU ms", "Hearken CPU ms"),
            *("ratio", "peer wait ms", "Hearken wait ms"),
        ),
        f"Peer: wyoming-faster-whisper {programs.PEER_VERSION}, the real program over "
        "Wyoming with a beam of 5, in turns with this server. Hearken's figure has "
        "everything in it: features, voice activity and decodes that were thrown away. "
        "Audio comes as the integrations send it, Home Assistant's own to the peer in "
        "pieces of 10 ms and Hearken's in pieces of 32 ms, "
        f"at {_PACE:.0f} times real time, with {TRAILING_SECONDS} s "
        "of silence after it. Medians.",
    )
    wanted = list(sounds(quick=quick))
    for number, model in enumerate(prepare(folder / "models")):
        async with AsyncExitStack() as stack:
            theirs = await stack.enter_async_context(
                programs.peer(folder, model.folder, _PORT + number, 5)
            )
            ours = await stack.enter_async_context(
                programs.hearken(folder / f"data-{number}", model.argument)
            )
            for kind, clips in wanted:
                table.add(model.title, kind, *await _compare((ours, theirs), clips))
    return table


async def _compare(
    both: tuple[programs.Program, programs.Program], clips: list[Samples]
) -> tuple[float, ...]:
    """Measure both programs, Hearken and the peer, with these recordings."""
    answers: dict[str, list[programs.Answer]] = {}
    # The first recording warms up the programs.
    for turn, clip in enumerate([clips[0], *clips]):
        samples = with_silence(clip, 0.0, TRAILING_SECONDS)
        for program in both[:: -1 if turn % 2 else 1]:
            answer = await program.ask(samples, pace=_PACE)
            if turn:
                answers.setdefault(program.name, []).append(answer)
    own, peer = (answers[program.name] for program in both)
    peer_cpu = median([a.cpu_seconds for a in peer])
    own_cpu = median([a.cpu_seconds for a in own])
    return (
        round(median([clip.size / 16_000 for clip in clips]), 1),
        len(clips),
        round(peer_cpu * 1000),
        round(own_cpu * 1000),
        round(peer_cpu / own_cpu, 1),
        round(median([a.wait_seconds for a in peer]) * 1000),
        round(median([a.wait_seconds for a in own]) * 1000),
    )
