"""A satellite that goes on talking: wake words over minutes of recorded people.

What it plays are recordings of people as they are, one after the other, with the pauses
before and after each sentence; the canceller goes on through all of it, as it does
in a satellite that has spoken before. Words begin at random moments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.satellite_echo import hits
from benchmarks.satellite_echo.cancellers import CANCELLERS
from benchmarks.satellite_echo.room import heard, loud
from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hearken_speech.audio.format import Samples

RATIOS_DB: Final = (0.0, -5.0, -10.0, -15.0)
_TALKS: Final = 4
_FIRST_SECONDS: Final = 4.0
_EVERY_SECONDS: Final = 8.0
_JITTER_SECONDS: Final = 2.0
_AFTER_SECONDS: Final = 0.6


@dataclass(frozen=True)
class Said:
    """A wake word that somebody says."""

    word: str
    samples: Samples


@dataclass(frozen=True)
class Talk:
    """What was found in some talks."""

    ratio_db: float
    canceller: str
    words: int
    found: int
    false: int
    """Wake words found in the echo alone."""
    minutes: float


def measure(
    said: Sequence[Said], recordings: Sequence[Samples], talks: int = _TALKS
) -> Iterator[Talk]:
    """Look for the words in talks, each with the recordings in another order."""
    for ratio_db in RATIOS_DB:
        made = [_talk(said, recordings, order) for order in range(talks)]
        for name, cancel in CANCELLERS.items():
            pieces, alone = [], []
            for played, voice, places in made:
                result = cancel(heard(played, voice, ratio_db), played)
                pieces += [result[begin:end] for begin, end in places]
                silent = np.zeros(len(voice))
                alone.append(cancel(heard(played, silent, ratio_db), played))
            words = [each.word for each in said] * talks
            length = sum(len(played) for played, *_ in made)
            yield Talk(
                ratio_db=ratio_db,
                canceller=name,
                words=len(words),
                found=hits.found(pieces, words),
                false=hits.false(alone),
                minutes=length / SAMPLE_RATE_HZ / 60,
            )


def _talk(
    said: Sequence[Said], recordings: Sequence[Samples], order: int
) -> tuple[Samples, np.ndarray, list[tuple[int, int]]]:
    """Return what is played, the words over it, and where to look for each."""
    random = np.random.default_rng(order)
    seconds = _FIRST_SECONDS + _EVERY_SECONDS * len(said)
    total = round(seconds * SAMPLE_RATE_HZ)
    pieces: list[Samples] = []
    while sum(map(len, pieces)) < total:
        pieces += [recordings[number] for number in random.permutation(len(recordings))]
    voice = np.zeros(total)
    places = []
    for number, each in enumerate(said):
        at = _FIRST_SECONDS + _EVERY_SECONDS * number
        begin = round((at + random.uniform(0, _JITTER_SECONDS)) * SAMPLE_RATE_HZ)
        room = voice[begin : begin + len(each.samples)]
        room += loud(each.samples.astype(float))[: len(room)]
        before = round(hits.WARM_UP_SECONDS * SAMPLE_RATE_HZ)
        after = len(room) + round(_AFTER_SECONDS * SAMPLE_RATE_HZ)
        places.append((begin - before, begin + after))
    return np.concatenate(pieces)[:total], voice, places
