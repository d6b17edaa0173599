"""Measure how soon the text is available."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.stt import programs
from benchmarks.stt.corpus import KNOWN_VOICES, commands, say_all, with_silence
from benchmarks.stt.models import prepare
from benchmarks.stt.table import Table, median, percent, percentile

if TYPE_CHECKING:
    from pathlib import Path

SILENCE_SECONDS: Final = 0.7
_HIDDEN_SECONDS: Final = 0.01
"""A wait below this is the way over the socket: the decoding was hidden."""


async def run(folder: Path, *, quick: bool) -> Table:
    """Return waiting times in real time, with and without speculation."""
    table = Table(
        "readiness",
        "Readiness: from the last sample of speech to the text",
        (
            *(
                "model",
                "speculation",
                "commands",
                "after the end, ms: median",
            ),
            *("p90", "max", "speech to text ms: median", "decode ms", "hidden %"),
        ),
        f"Audio in real time; the end is decided after {SILENCE_SECONDS} s of silence, "
        "as Home Assistant does it. Hidden: the text was there within 10 ms.",
    )
    count = 6 if quick else 24
    pairs = [
        (text, KNOWN_VOICES[number % len(KNOWN_VOICES)])
        for number, text in enumerate(commands(count, seed=5))
    ]
    clips = [with_silence(clip, 0.2, SILENCE_SECONDS) for clip in say_all(pairs)]
    for number, model in enumerate(prepare(folder / "models")):
        for options in ((), ("--no-speculation",)):
            data = folder / f"ready-{number}"
            async with programs.hearken(data, model.argument, *options) as server:
                await server.ask(clips[0], pace=4)
                answers = [await server.ask(clip, pace=1) for clip in clips]
            waits = [answer.wait_seconds * 1000 for answer in answers]
            decodes = [a.context.get("decode_seconds", 0) * 1000 for a in answers]
            hidden = sum(wait < _HIDDEN_SECONDS * 1000 for wait in waits)
            table.add(
                model.title,
                "off" if options else "on",
                count,
                round(median(waits), 1),
                round(percentile(waits, 0.9), 1),
                round(max(waits), 1),
                round(median(waits) + SILENCE_SECONDS * 1000),
                round(median(decodes)),
                percent(hidden, count),
            )
    return table
