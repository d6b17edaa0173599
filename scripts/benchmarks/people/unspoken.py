"""What comes through of sounds in which nobody speaks to the house."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from benchmarks.people import recordings
from benchmarks.people.spoken import Part
from benchmarks.stt.corpus import HELD_OUT_VOICES, NO_COMMANDS
from benchmarks.stt.sounds import Cast, kinds
from benchmarks.stt.table import Table, median

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.people.recognizers import Pair
    from hearken_speech.audio.format import Samples

_EACH: Final = 30


async def run_sounds(pair: Pair, title: str, every: int) -> dict[str, Any]:
    """Count texts for sounds without speech, and for speech that is not near."""
    table = Table(
        "sounds",
        title,
        (
            *("sounds", "n", "texts: faster-whisper", "Hearken"),
            *("CPU ms: faster-whisper", "Hearken"),
        ),
    )
    recorded = recordings.load(recordings.SOUNDS, every)
    _count(pair, table, "recorded, no speech", (one.samples for one in recorded))
    for name, make in kinds(Cast(NO_COMMANDS, HELD_OUT_VOICES)).items():
        made = (make(seed) for seed in range(500, 500 + max(2, _EACH // every)))
        _count(pair, table, name, made)
    return table.data()


def _count(pair: Pair, table: Table, name: str, sounds: Iterator[Samples]) -> None:
    """Add a row for sounds of one kind."""
    heard = [pair.hear(samples, "en") for samples in sounds]
    texts = [sum(bool(one[place].text) for one in heard) for place in (1, 0)]
    costs = [median([one[place].cpu_seconds for one in heard]) for place in (1, 0)]
    table.add(name, len(heard), *texts, *(round(cost * 1000) for cost in costs))


PARTS: Final = {"sounds": Part(run_sounds)}
