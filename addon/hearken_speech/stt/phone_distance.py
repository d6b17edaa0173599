"""Distances between phones, and between the words they form."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hearken_speech.stt.phonemes import Phones

KIN_DISTANCE: Final = 0.35
NEAR_DISTANCE: Final = 0.55
VOWEL_DISTANCE: Final = 0.45
SAME_START_DISTANCE: Final = 0.25
GAP_DISTANCE: Final = 0.8
CHEAP_GAP_DISTANCE: Final = 0.5
_FAR: Final = 1.0
_UNITS_PER_DISTANCE: Final = 20
"""All distances are multiples of 0.05: whole numbers add up exactly, and faster."""
MAX_BOUNDARIES: Final = 1 << 12
_START_BITS: Final = 12
_START_MASK: Final = MAX_BOUNDARIES - 1
_UNREACHED: Final = 1 << 29
_BLOCK_WORDS: Final = 768


@dataclass(frozen=True, slots=True)
class _Phones:
    """Groups of similar phones."""

    vowels: frozenset[str]
    kin: tuple[frozenset[str], ...]
    near: tuple[frozenset[str], ...]
    cheap_to_lose: frozenset[str]


@lru_cache(maxsize=1)
def _table() -> _Phones:
    """Return the groups of similar phones."""
    raw = resources.files("hearken_speech.stt").joinpath("phones.json")
    data = json.loads(raw.read_text(encoding="utf-8"))
    return _Phones(
        vowels=frozenset(data["vowels"]),
        kin=tuple(frozenset(group) for group in data["kin"]),
        near=tuple(frozenset(group) for group in data["near"]),
        cheap_to_lose=frozenset(data["cheap_to_lose"]),
    )


@lru_cache(maxsize=65_536)
def phone_distance(first: str, second: str) -> float:
    """Return how different two phones sound, 0 to 1."""
    if first == second:
        return 0.0
    if first[0] == second[0]:
        return SAME_START_DISTANCE
    table = _table()
    pair = {first[0], second[0]}
    if pair <= table.vowels:
        return SAME_START_DISTANCE if first[-1] == second[-1] else VOWEL_DISTANCE
    if any(pair <= kin for kin in table.kin):
        return KIN_DISTANCE
    if any(pair <= near for near in table.near):
        return NEAR_DISTANCE
    return _FAR


@lru_cache(maxsize=4_096)
def gap_distance(phone: str) -> float:
    """Return the cost of a phone that only one of two words has."""
    return CHEAP_GAP_DISTANCE if phone in _table().cheap_to_lose else GAP_DISTANCE


class PhoneTable:
    """Many words side by side, searched for in one text at once."""

    def __init__(self, words: Sequence[Phones]) -> None:
        """Lay out the words in blocks of similar length."""
        self._count = len(words)
        ids: dict[str, int] = {}
        numbered = [
            [ids.setdefault(phone, len(ids)) for phone in phones] for phones in words
        ]
        self._known = list(ids)
        gaps = np.array([_units(gap_distance(p)) for p in ids], np.int32)
        # Words of one length side by side: a long name widens only its own block.
        order = sorted(range(self._count), key=lambda row: len(words[row]))
        self._blocks = [
            _Block(rows, [numbered[row] for row in rows], gaps)
            for first in range(0, self._count, _BLOCK_WORDS)
            if (rows := order[first : first + _BLOCK_WORDS])
        ]

    def align(
        self, heard: Phones, boundaries: Sequence[int]
    ) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Return the price and the start of every word that ends at each boundary.

        Both arrays are words by boundaries; starts are boundaries too. A word may
        begin and end only at boundaries, which are places between phones: ascending,
        the first one 0.
        """
        ends = np.zeros((self._count, len(boundaries)), np.int32)
        columns = {place: column for column, place in enumerate(boundaries)}
        known = {phone: self._step(phone) for phone in dict.fromkeys(heard)}
        steps = [known[phone] for phone in heard]
        for block in self._blocks:
            ends[block.rows] = block.align(steps, columns)
        prices = (ends >> _START_BITS) / _UNITS_PER_DISTANCE
        starts = np.asarray(boundaries, np.intp)[ends & _START_MASK]
        return prices, starts

    def _step(self, phone: str) -> _Step:
        """Return what a phone of the text costs beside each known phone."""
        distances = [_units(phone_distance(known, phone)) for known in self._known]
        return _Step(np.array(distances, np.int32), _units(gap_distance(phone)))


@dataclass(frozen=True, slots=True)
class _Step:
    """One phone of the text."""

    distances: NDArray[np.int32]
    """To every phone that the words have."""
    gap: int
    """Price of the phone where no word has it."""


class _Block:
    """Some words of a table, a column each.

    A cell holds the least price of the phones so far and, in its low bits, the
    boundary at which that way through the text began: one minimum finds both.
    """

    def __init__(
        self, rows: list[int], words: list[list[int]], gaps: NDArray[np.int32]
    ) -> None:
        """Take words as numbers of phones, and the rows they have in the table."""
        self.rows = np.array(rows, np.intp)
        self._lengths = np.array([len(word) for word in words], np.intp)
        longest = int(self._lengths.max(initial=0))
        self._phones = np.zeros((longest, len(words)), np.intp)
        for column, word in enumerate(words):
            self._phones[: len(word), column] = word
        self._missing = np.zeros((longest + 1, len(words)), np.int32)
        """Price of leaving out the first phones of a word."""
        if longest:
            np.cumsum(gaps[self._phones], axis=0, out=self._missing[1:])

    def align(
        self, steps: Sequence[_Step], columns: dict[int, int]
    ) -> NDArray[np.int32]:
        """Return price and start, packed, of each word at each boundary."""
        words = np.arange(len(self.rows))
        ends = np.zeros((len(self.rows), len(columns)), np.int32)
        cells = np.full_like(self._missing, _UNREACHED)
        rows = list(cells)
        for place in range(len(steps) + 1):
            if place:
                self._hear(cells, steps[place - 1])
            column = columns.get(place)
            if column is not None:
                cells[0] = column
            self._leave_out(cells, rows)
            if column is not None:
                ends[:, column] = cells[self._lengths, words]
        return ends

    def _hear(self, cells: NDArray[np.int32], step: _Step) -> None:
        """Take one phone of the text: it replaces one of the word, or is extra."""
        replaced = step.distances[self._phones]
        replaced += cells[:-1]
        cells += step.gap
        np.minimum(cells[1:], replaced, out=cells[1:])

    def _leave_out(
        self, cells: NDArray[np.int32], rows: Sequence[NDArray[np.int32]]
    ) -> None:
        """Let phones of the words be missing from the text."""
        # Relative to the price of leaving out all of them, the least so far counts.
        cells -= self._missing
        for before, row in pairwise(rows):
            np.minimum(row, before, out=row)
        cells += self._missing


def _units(distance: float) -> int:
    """Return a distance as it is added up in cells."""
    return round(distance * _UNITS_PER_DISTANCE) << _START_BITS
