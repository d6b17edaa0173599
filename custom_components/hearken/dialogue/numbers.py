"""The words of numbers, in every language. Independent of Home Assistant.

Most come from Unicode's rules, which know nearly all languages; what people say
besides is data: `languages/TAG/numbers.yaml`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from unicode_rbnf import RbnfEngine

from ..languages import base_of
from .language import read
from .text import Tokens, number_of, tokens_of

_HIGHEST: Final = 999
_TEN: Final = 10
_HUNDRED: Final = 100
_MAX_LETTERS: Final = 40
_SPELLED: Final = "spellout-"
_UNSPOKEN: Final = ("-days", "-financial")
"""Rules for words that are written, on calendars and on bills."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The words of numbers in one language."""

    texts: Mapping[str, float] = field(default_factory=dict)
    """Numbers by their words, in lower case."""
    phrases: Mapping[Tokens, float] = field(default_factory=dict)
    """The same, as tokens."""
    points: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()
    """Numbers that are other words as well: they need a unit or the like."""
    alike: frozenset[str] = frozenset()
    """Numbers that sound like other words, such as "two" and "to"."""
    longest: Mapping[str, int] = field(default_factory=dict)
    """Tokens of the longest number by its first one."""
    spoken: Mapping[str, tuple[Tokens, ...]] = field(default_factory=dict)
    """Words of whole numbers by their digits."""

    def at(self, tokens: Tokens, start: int) -> tuple[int, float] | None:
        """Return the end and the value of the number that begins here."""
        if (digits := number_of(tokens[start])) is not None:
            return start + 1, digits
        longest = self.longest.get(tokens[start], 0)
        for end in range(min(len(tokens), start + longest), start, -1):
            value = self.phrases.get(tokens[start:end])
            if value is not None:
                return self._with_decimal(tokens, end, value)
        return None

    def _with_decimal(
        self, tokens: Tokens, end: int, value: float
    ) -> tuple[int, float]:
        """Return a number with the digit that is said after the point."""
        if end + 1 < len(tokens) and tokens[end] in self.points:
            digit = self.phrases.get((tokens[end + 1],))
            if digit is not None and digit < _TEN:
                return end + 2, value + digit / _TEN
        return end, value

    def within(self, text: str) -> frozenset[float]:
        """Return the numbers in a text, without those that may be other words."""
        tokens = tokens_of(text)
        found: set[float] = set()
        place = 0
        while place < len(tokens):
            end, value = self.at(tokens, place) or (place + 1, None)
            if value is not None and self._is_sure(tokens[place:end]):
                found.add(value)
            place = end
        return frozenset(found)

    def _is_sure(self, words: Tokens) -> bool:
        """Return whether some words can be nothing but a number."""
        first = words[0]
        return len(words) > 1 or not (
            first in self.articles or first in self.alike or len(first) > _MAX_LETTERS
        )


def numbers_of(language: str) -> Numbers:
    """Return the numbers of a language; not for the event loop at first.

    Digits are numbers in every language, words only where we speak it.
    """
    return _numbers_of(base_of(language))


@cache
def _numbers_of(language: str) -> Numbers:
    """Return the numbers of a language without its region."""
    data = read(language, "numbers")
    return numbers_from(language, data) if data else Numbers()


def numbers_from(language: str, data: Mapping[str, Any]) -> Numbers:
    """Return the numbers of a language from its data."""
    texts: dict[str, float] = {}
    for text, value in _by_rule(language):
        texts.setdefault(text, value)
    for old, new in data.get("spelled", ()):
        for text, number in list(texts.items()):
            texts.setdefault(text.replace(old, new), number)
    for half in data.get("halves", ()):
        for text, number in list(texts.items()):
            if 0 < number < _HUNDRED and number % 1 == 0:
                texts.setdefault(text + half, number + 0.5)
    for number, words in data.get("words", {}).items():
        texts.update(dict.fromkeys(words, number))
    phrases = {tokens_of(text): number for text, number in texts.items()}
    longest: dict[str, int] = {}
    spoken: dict[str, list[Tokens]] = {}
    for phrase, number in phrases.items():
        longest[phrase[0]] = max(longest.get(phrase[0], 0), len(phrase))
        spoken.setdefault(f"{number:g}", []).append(phrase)
    return Numbers(
        texts=texts,
        phrases=phrases,
        points=frozenset(data.get("points", ())),
        articles=frozenset(data.get("articles", ())),
        alike=frozenset(data.get("alike", ())),
        longest=longest,
        spoken={digits: tuple(words) for digits, words in spoken.items()},
    )


def _by_rule(language: str) -> Iterator[tuple[str, int]]:
    """Yield the numbers of a language by Unicode's rules, none if there are none."""
    if language not in RbnfEngine.get_supported_languages():
        return
    engine = RbnfEngine.for_language(language)
    rules = [
        name
        for name in engine.format_number(0).text_by_ruleset
        if name.startswith(_SPELLED) and not name.endswith(_UNSPOKEN)
    ]
    for number in range(_HIGHEST + 1):
        found = engine.format_number(number, ruleset_names=rules).text_by_ruleset
        for words in found.values():
            yield words.lower().replace("\u00ad", "").replace("-", " "), number


def contradict(text: str, other: str, language: str) -> bool:
    """Return whether a text has numbers, and another one not the same ones.

    The other may have fewer, but not none.
    """
    numbers = numbers_of(language)
    known, others = numbers.within(text), numbers.within(other)
    return bool(known) and not (others and others <= known)
