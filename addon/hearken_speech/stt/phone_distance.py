"""Distances between phones, and between the words they form."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
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
    """Table of many words, to find them in one text at once."""

    def __init__(self, words: Sequence[Phones]) -> None:
        """Set the words, and number their phones."""
        self._ids: dict[str, int] = {}
        self.lengths = np.array([len(phones) for phones in words], np.intp)
        self._longest = int(self.lengths.max(initial=0))
        self._phones = np.zeros((len(words), self._longest), np.intp)
        for row, phones in enumerate(words):
            for column, phone in enumerate(phones):
                self._phones[row, column] = self._ids.setdefault(phone, len(self._ids))
        known = list(self._ids)
        self._gaps = np.array([gap_distance(p) for p in known] or [0.0])[self._phones]
        self._known = known

    def align(
        self, heard: Phones, boundaries: Sequence[int]
    ) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Return cost and start of every word ending at every boundary.

        Both are arrays of words by boundaries. Boundaries are places between phones;
        a word starts and ends only at boundaries.
        """
        count = len(self.lengths)
        starts_here = set(boundaries)
        rows = np.arange(count)
        costs = np.full((count, self._longest + 1), np.inf)
        begins = np.zeros((count, self._longest + 1), np.intp)
        costs_at_ends = np.full((count, len(boundaries)), np.inf)
        starts = np.zeros((count, len(boundaries)), np.intp)
        for place in range(len(heard) + 1):
            if place:
                costs, begins = self._step(costs, begins, heard[place - 1])
            if place in starts_here:
                costs[:, 0] = 0.0
                begins[:, 0] = place
            self._skip(costs, begins)
            if place in starts_here:
                column = boundaries.index(place)
                costs_at_ends[:, column] = costs[rows, self.lengths]
                starts[:, column] = begins[rows, self.lengths]
        return costs_at_ends, starts

    def _step(
        self, costs: NDArray[np.float64], begins: NDArray[np.intp], phone: str
    ) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Match one phone of the text: it replaces a phone of the word, or is extra."""
        distances = np.array([phone_distance(known, phone) for known in self._known])
        new_costs = costs + gap_distance(phone)
        new_begins = begins.copy()
        replaced = costs[:, :-1] + distances[self._phones]
        better = replaced < new_costs[:, 1:]
        new_costs[:, 1:][better] = replaced[better]
        new_begins[:, 1:][better] = begins[:, :-1][better]
        return new_costs, new_begins

    def _skip(self, costs: NDArray[np.float64], begins: NDArray[np.intp]) -> None:
        """Allow phones of the words to be missing from the text."""
        for column in range(1, self._longest + 1):
            skipped = costs[:, column - 1] + self._gaps[:, column - 1]
            better = skipped < costs[:, column]
            costs[better, column] = skipped[better]
            begins[better, column] = begins[better, column - 1]
