"""Texts that are one text several times over.

In short windows, Whisper models sometimes write a whole command twice: "Turn on the
light. Turn on the light." Such a text is short enough to pass every other check.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.audio.level import percentile
from hearken_speech.stt.phonemes import split_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hearken_speech.stt.phonemes import Word

_LENGTH_PER_EDIT: Final = 4
"""Words of a part for each word that may differ."""

_LOW_PERCENTILE, _HIGH_PERCENTILE = 10, 95
_SMALLEST_RANGE: Final = 0.15
"""Difference between speech and silence in the features; 6 dB."""
_BETWEEN: Final = " \t\n-\u2013\u2014,;\uff0c\u3001"
"""Characters that part a text from its repeat, and end none."""


def copies(text: str, language: str) -> int:
    """Return how many times over the text is written; 1 for a usual text."""
    return len(_parts(split_words(text, language)))


def once(text: str, language: str) -> str:
    """Return the text without the repeats of its beginning."""
    parts = _parts(split_words(text, language))
    if len(parts) == 1:
        return text
    # What follows the last word belongs to it: a full stop, a question mark.
    return text[: parts[1][0].start].rstrip(_BETWEEN)


def times_said(second_frame: int, levels: NDArray[np.float32]) -> int:
    """Return how many times a text fits into the sound.

    The second copy starts at a frame of the sound, which has one level per frame. A
    model that makes up the copy hears it in the silence after the speech.
    """
    if levels.size == 0:
        return 1
    low = percentile(levels, _LOW_PERCENTILE)
    high = percentile(levels, _HIGH_PERCENTILE)
    if high - low < _SMALLEST_RANGE:
        return 1
    loud = levels > (low + high) / 2
    once = np.count_nonzero(loud[:second_frame])
    return round(np.count_nonzero(loud) / once) if once else 1


def _parts(words: list[Word]) -> list[list[Word]]:
    """Return equal runs of words, as many as there are; one run if none are."""
    keys = [word.text.casefold() for word in words]
    for count in range(len(words), 1, -1):
        shortest, rest = divmod(len(words), count)
        for length in {shortest, shortest + bool(rest)}:
            if length and (parts := _split(keys, length, count)):
                edges = [*parts, len(words)]
                return [words[first:last] for first, last in pairwise(edges)]
    return [words]


def _split(keys: Sequence[str], length: int, count: int) -> list[int]:
    """Return the starts of parts that are like the first one; empty if they are not."""
    first = keys[:length]
    starts, place = [0], length
    for left in range(count - 1, 0, -1):
        sizes = (len(keys) - place,) if left == 1 else (length, length - 1, length + 1)
        fitting = [
            size
            for size in sizes
            if size > 0
            and abs(size - length) <= 1
            and edits(first, keys[place : place + size]) <= length // _LENGTH_PER_EDIT
        ]
        if not fitting:
            return []
        starts.append(place)
        place += fitting[0]
    return starts if place == len(keys) else []


def edits(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the number of words to insert, delete or replace."""
    row = list(range(len(other) + 1))
    for number, word in enumerate(one, start=1):
        above, row[0] = row[0], number
        for place, candidate in enumerate(other, start=1):
            above, row[place] = (
                row[place],
                min(
                    row[place] + 1,
                    row[place - 1] + 1,
                    above + (word != candidate),
                ),
            )
    return row[-1]
