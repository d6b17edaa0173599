"""Names of a home: choose or repair a text that sounds like one of them.

A wrong repair switches the wrong light. So a text that contains a name stays as it is,
a name must win by a margin over every other name, and common words of commands are
not replaced by a name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from hearken_speech.stt.phone_distance import PhoneTable
from hearken_speech.stt.phonemes import Word, split_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hearken_speech.stt.engine import Hypothesis
    from hearken_speech.stt.phonemes import Phones, Pronouncer


_LONGEST_PHONES: Final = 80
"""Names with more phones are matched as they are written, and never repaired."""


@dataclass(frozen=True, kw_only=True)
class RepairSettings:
    """Thresholds for a repair."""

    likeness: float = 0.75
    """Minimum likeness, 0 to 1, of a span that is replaced by a name."""
    margin: float = 0.1
    """Minimum lead over every other name."""
    supported_likeness: float = 0.6
    """The same, if the decoder itself has the name in an alternative."""
    distinct_likeness: float = 0.5
    """Minimum likeness of what is left without the words that both share."""
    shortest_phones: int = 4
    """Names with fewer phones match too often by chance."""
    common_word_price: float = 0.12
    """Likeness subtracted for every common word that a name would replace."""
    alternative_window: float = 0.25
    """How much less probable, per token, an alternative with a name may be."""


@dataclass(frozen=True, kw_only=True)
class NameRepair:
    """A name that replaces what was heard."""

    text: str
    """The whole text after the repair."""
    heard: str
    name: str
    likeness: float


@dataclass(frozen=True, slots=True)
class _Found:
    """A span of the text that sounds like a name."""

    name: int
    likeness: float
    first: int
    last: int
    """First and last word of the span."""


@lru_cache(maxsize=1)
def _common_words() -> dict[str, frozenset[str]]:
    """Return the common words of commands, by language."""
    raw = resources.files("hearken_speech.stt").joinpath("common_words.json")
    lists = json.loads(raw.read_text(encoding="utf-8"))
    return {language: frozenset(words.split()) for language, words in lists.items()}


class NameIndex:
    """The names of one request in one language, ready to be found."""

    def __init__(
        self,
        names: Sequence[str],
        language: str,
        pronouncer: Pronouncer,
        settings: RepairSettings | None = None,
    ) -> None:
        """Pronounce all names."""
        self.settings = settings or RepairSettings()
        self.language = language
        self._pronouncer = pronouncer
        self._common = _common_words().get(language, frozenset())
        named = [(name.strip(), _key(name, language)) for name in names]
        unique = {key: name for name, key in reversed(named) if key}
        self.names = list(unique.values())[::-1]
        self._keys = list(unique)[::-1]
        self._phones = self._pronounce(self._keys)
        self._table = PhoneTable(self._phones)

    def contained(self, text: str) -> list[str]:
        """Return the names that the text contains word for word."""
        words = _key(text, self.language)
        return [
            name
            for name, key in zip(self.names, self._keys, strict=True)
            if _find(words, key) is not None
        ]

    def choose(self, hypotheses: Sequence[Hypothesis]) -> int:
        """Return the number of the best text: the first, or a close one with a name."""
        best = hypotheses[0]
        if not self.names or self.contained(best.text):
            return 0
        floor = best.average_log_probability - self.settings.alternative_window
        for number, other in enumerate(hypotheses[1:], start=1):
            if other.average_log_probability < floor:
                continue
            if self._agrees(best.text, self.contained(other.text)):
                return number
        return 0

    def repair(self, text: str, supported: Sequence[str] = ()) -> NameRepair | None:
        """Return the text with a span replaced by a name, None if no name is certain.

        Supported names are those that other alternatives of the decoder contain.
        """
        if not self.names or not text or self.contained(text):
            return None
        words = split_words(text, self.language)
        found = self._spans(words)
        if not found:
            return None
        best = found[0]
        rivals = [
            other.likeness
            for other in found[1:]
            if _overlap(best, other) and not self._related(best.name, other.name)
        ]
        margin = best.likeness - max(rivals, default=0.0)
        name = self.names[best.name]
        enough = (
            self.settings.supported_likeness
            if name in supported
            else self.settings.likeness
        )
        if best.likeness < enough or margin < self.settings.margin:
            return None
        start, end = words[best.first].start, words[best.last].end
        return NameRepair(
            text=text[:start] + name + text[end:],
            heard=text[start:end],
            name=name,
            likeness=best.likeness,
        )

    def _agrees(self, text: str, names: Sequence[str]) -> bool:
        """Return whether the text sounds most like one of these names."""
        if not names:
            return False
        found = self._spans(split_words(text, self.language))
        return bool(found) and self.names[found[0].name] in names

    def _spans(self, words: Sequence[Word]) -> list[_Found]:
        """Return for each name the span most like it, the most similar first."""
        if not words:
            return []
        sounds = self._pronouncer.pronounce([w.text for w in words], self.language)
        boundaries = [0]
        for phones in sounds:
            boundaries.append(boundaries[-1] + len(phones))
        heard: Phones = tuple(phone for phones in sounds for phone in phones)
        word_at = {
            place: number for number, place in reversed([*enumerate(boundaries)])
        }
        unique = sorted(set(boundaries))
        prices, starts = self._table.align(heard, unique)
        found: list[_Found] = []
        for name in range(len(self.names)):
            spans = [
                span
                for column, end in enumerate(unique)
                if (
                    span := self._span(
                        words,
                        name,
                        (int(starts[name, column]), end),
                        float(prices[name, column]),
                        word_at,
                    )
                )
            ]
            if spans:
                found.append(max(spans, key=lambda span: span.likeness))
        # Of two equally similar ones, prefer the longer.
        return sorted(
            found,
            key=lambda span: (round(span.likeness, 2), len(self._phones[span.name])),
            reverse=True,
        )

    def _span(
        self,
        words: Sequence[Word],
        name: int,
        place: tuple[int, int],
        price: float,
        word_at: dict[int, int],
    ) -> _Found | None:
        """Return a span with its likeness to the name, None if it is ruled out."""
        start, end = place
        length = len(self._phones[name])
        if end <= start or length < self.settings.shortest_phones:
            return None
        likeness = 1.0 - price / max(length, end - start)
        if likeness < self.settings.supported_likeness:
            return None
        first, last = word_at[start], word_at[end] - 1
        spoken = [word.text.casefold() for word in words[first : last + 1]]
        if self._distinct_likeness(spoken, name, price) < (
            self.settings.distinct_likeness
        ):
            return None
        given_up = [
            word
            for word in spoken
            if word in self._common and word not in self._keys[name]
        ]
        if len(given_up) == len(spoken):
            return None
        likeness -= self.settings.common_word_price * len(given_up)
        return _Found(name, likeness, first, last)

    def _distinct_likeness(self, spoken: list[str], name: int, price: float) -> float:
        """Return the likeness without the words that the span and the name share."""
        key = list(self._keys[name])
        rest = list(spoken)
        for side in (0, -1):
            while rest and key and rest[side] == key[side]:
                rest.pop(side)
                key.pop(side)
        if not key:
            return 1.0
        lengths = [
            sum(map(len, self._pronouncer.pronounce(part, self.language)))
            for part in (rest, key)
        ]
        return 1.0 - price / max(*lengths, 1) if rest else 0.0

    def _pronounce(self, keys: Sequence[tuple[str, ...]]) -> list[Phones]:
        """Return the phones of the names, pronouncing all words in one call."""
        words = [word for key in keys for word in key]
        sounds = iter(self._pronouncer.pronounce(words, self.language))
        names = [tuple(p for _ in key for p in next(sounds)) for key in keys]
        # A very long name would widen the table of all names.
        return [name if len(name) <= _LONGEST_PHONES else () for name in names]

    def _related(self, first: int, second: int) -> bool:
        """Return whether one name is part of the other."""
        one, other = self._keys[first], self._keys[second]
        return _find(one, other) is not None or _find(other, one) is not None


def _key(text: str, language: str) -> tuple[str, ...]:
    """Return the words of a text for comparison."""
    return tuple(word.text.casefold() for word in split_words(text, language))


def _find(words: tuple[str, ...], wanted: tuple[str, ...]) -> int | None:
    """Return the position of a sequence of words, None if it does not occur."""
    size = len(wanted)
    for place in range(len(words) - size + 1):
        if words[place : place + size] == wanted:
            return place
    return None


def _overlap(first: _Found, second: _Found) -> bool:
    """Return whether two spans share a word."""
    return first.first <= second.last and second.first <= first.last
