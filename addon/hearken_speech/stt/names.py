"""The names of a house, found in a text as they are written or as they sound."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import accumulate, chain, islice
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.stt.phone_distance import MAX_BOUNDARIES, PhoneTable
from hearken_speech.stt.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hearken_speech.stt.phonemes import Phones, Pronouncer


_LONGEST_PHONES: Final = 80
"""Names that sound longer are found as they are written, and never repaired."""
_WEIGHED: Final = 12
"""How many spans are looked at for each that is wanted."""
_LEFT_OUT_PHONES: Final = 3
"""A syllable with a consonant on both sides."""

type Key = tuple[str, ...]
"""The words of a name or a text, as they are compared."""


@dataclass(frozen=True, kw_only=True)
class LikenessSettings:
    """What counts as alike."""

    least: float = 0.4
    """Least likeness, 0 to 1, of a span and a name."""
    least_distinct: float = 0.3
    """Least likeness of what remains without the words that both share."""
    shortest_phones: int = 4
    """Names with fewer sounds are too easily found by chance."""
    common_word_price: float = 0.12
    """Likeness lost for every everyday word given up for a name."""


@dataclass(frozen=True, slots=True)
class Span:
    """Words of a text that sound like a name."""

    name: int
    likeness: float
    first: int
    last: int
    """Numbers of its words, both included."""
    is_part: bool = False
    """Whether one is the other with a syllable or more left out: "bath", "bathroom"."""


@lru_cache(maxsize=1)
def _common_words() -> dict[str, frozenset[str]]:
    """Return the words that many commands contain, by language."""
    raw = resources.files("hearken_speech.stt").joinpath("common_words.json")
    lists = json.loads(raw.read_text(encoding="utf-8"))
    return {language: frozenset(words.split()) for language, words in lists.items()}


class NameIndex:
    """The names of a house in one language, ready to be searched for."""

    def __init__(
        self,
        names: Sequence[str],
        language: str,
        pronouncer: Pronouncer,
        settings: LikenessSettings | None = None,
    ) -> None:
        """Pronounce all names."""
        self.settings = settings or LikenessSettings()
        self.language = language
        self.pronouncer = pronouncer
        self._common = _common_words().get(language, frozenset())
        unique: dict[Key, str] = {}
        for name in map(str.strip, names):
            if key := Reading(name, language, pronouncer).key:
                unique.setdefault(key, name)
        self.names = list(unique.values())
        self._keys = list(unique)
        self._sounds = self._pronounce()
        self._phones = [
            tuple(p for word in name for p in word) for name in self._sounds
        ]
        self._lengths = np.array([len(phones) for phones in self._phones], np.intp)
        self._table = PhoneTable(self._phones)

    def spans(self, reading: Reading, most: int) -> list[Span]:
        """Return the span most like each name, at most so many, the best first."""
        if not self.names or not reading.words:
            return []
        best: dict[int, Span] = {}
        for span, price in islice(self._alike(reading), _WEIGHED * most):
            weighed = self._weigh(reading, span, price)
            if weighed is None or weighed.likeness < self.settings.least:
                continue
            known = best.get(span.name)
            if known is None or weighed.likeness > known.likeness:
                best[span.name] = weighed
        # Of two that are equally alike the longer one says more.
        return sorted(
            best.values(),
            key=lambda span: (round(span.likeness, 2), self._lengths[span.name]),
            reverse=True,
        )[:most]

    def _alike(self, reading: Reading) -> Iterator[tuple[Span, float]]:
        """Yield the spans that sound like a name, the most alike first, and prices."""
        places = [0, *accumulate(map(len, reading.phones))]
        # A word without a sound ends where it begins.
        word_at = {place: word for word, place in reversed([*enumerate(places)])}
        ends = sorted(word_at)[:MAX_BOUNDARIES]
        heard = tuple(chain.from_iterable(reading.phones))
        prices, starts = self._table.align(heard, ends)
        lengths = self._lengths[:, np.newaxis]
        spoken = np.array(ends, np.intp) - starts
        likenesses = 1.0 - prices / np.maximum(np.maximum(lengths, spoken), 1)
        found = (spoken > 0) & (lengths >= self.settings.shortest_phones)
        found &= likenesses >= self.settings.least
        rows, columns = found.nonzero()
        order = np.argsort(-likenesses[rows, columns], kind="stable")
        for name, column in zip(rows[order], columns[order], strict=True):
            first, last = word_at[int(starts[name, column])], word_at[ends[column]] - 1
            likeness = float(likenesses[name, column])
            yield Span(int(name), likeness, first, last), float(prices[name, column])

    def _weigh(self, reading: Reading, span: Span, price: float) -> Span | None:
        """Return a span with what its words take from its likeness, if it can be."""
        spoken = slice(span.first, span.last + 1)
        words, key = reading.key[spoken], self._keys[span.name]
        distinct = _distinct_likeness(
            (words, reading.phones[spoken]), (key, self._sounds[span.name]), price
        )
        if distinct < self.settings.least_distinct:
            return None
        if words == key:
            return None  # it is there already
        given_up = sum(word in self._common and word not in key for word in words)
        if given_up == len(words):
            return None
        likeness = span.likeness - self.settings.common_word_price * given_up
        heard = tuple(chain.from_iterable(reading.phones[spoken]))
        is_part = _is_part(heard, self._phones[span.name])
        return Span(span.name, likeness, span.first, span.last, is_part)

    def _pronounce(self) -> list[list[Phones]]:
        """Return the phones of the names' words, asking for all of them at once."""
        words = [word for key in self._keys for word in key]
        sounds = iter(self.pronouncer.pronounce(words, self.language))
        names = [[next(sounds) for _ in key] for key in self._keys]
        # One absurdly long name would make the table of all of them as wide.
        return [
            name if sum(map(len, name)) <= _LONGEST_PHONES else [() for _ in name]
            for name in names
        ]


def _is_part(one: Phones, other: Phones) -> bool:
    """Return whether the shorter is the longer without some sounds in one place."""
    shorter, longer = sorted((one, other), key=len)
    if len(longer) - len(shorter) < _LEFT_OUT_PHONES:
        return False
    same = 0
    while same < len(shorter) and shorter[same] == longer[same]:
        same += 1
    rest = len(shorter) - same
    return not rest or shorter[same:] == longer[-rest:]


type _Spoken = tuple[Key, Sequence[Phones]]
"""Words, and how each of them sounds."""


def _distinct_likeness(heard: _Spoken, name: _Spoken, price: float) -> float:
    """Return the likeness without the words that span and name share."""
    (words, sounds), (key, name_sounds) = heard, name
    shared = 0
    most = min(len(words), len(key))
    while shared < most and words[shared] == key[shared]:
        shared += 1
    end = 0
    while end < most - shared and words[-1 - end] == key[-1 - end]:
        end += 1
    rest = slice(shared, len(words) - end)
    left = slice(shared, len(key) - end)
    if not key[left]:
        return 1.0
    if _contains(key[left], words[rest]):
        return 0.0
    lengths = (sum(map(len, sounds[rest])), sum(map(len, name_sounds[left])))
    return 1.0 - price / max(*lengths, 1)


def _contains(words: Key, some: Key) -> bool:
    """Return whether these words follow each other in others."""
    starts = range(len(words) - len(some) + 1)
    return any(words[start : start + len(some)] == some for start in starts)
