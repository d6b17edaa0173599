"""The words of a language and what they stand for. Independent of Home Assistant.

The words are data: `languages/TAG/words.yaml` maps what is meant to phrases in hassil's
syntax. The keys are the same in all languages.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from hassil.parse_expression import parse_sentence
from hassil.sample import sample_sentence

from .text import Tokens, number_of, tokens_of

NUMBERS: Final = "numbers"
_HALF: Final = 0.5
_TEN: Final = 10


class Tag(NamedTuple):
    """What a phrase stands for, such as `kind light many`."""

    kind: str
    value: str = ""
    traits: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Numerals:
    """The words of numbers."""

    values: Mapping[str, int] = field(default_factory=dict)
    multipliers: Mapping[str, int] = field(default_factory=dict)
    """Words that multiply what is before them, such as "hundred"."""
    points: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()
    """Numbers that are other words as well: they need a unit or the like."""
    links: frozenset[str] = frozenset()
    """Words between the parts of a number, such as "and"."""

    def at(self, tokens: Tokens, start: int) -> tuple[int, float] | None:
        """Return the end and the value of the number that begins here."""
        if (digits := number_of(tokens[start])) is not None:
            return start + 1, digits
        end, total = self._whole(tokens, start)
        if end == start:
            return None
        if end + 1 < len(tokens) and tokens[end] in self.points:
            value = self.values.get(tokens[end + 1])
            if value is not None and value < _TEN:
                return end + 2, total + value / _TEN
        return end, float(total)

    def _whole(self, tokens: Tokens, start: int) -> tuple[int, int]:
        """Return the end and the value of a whole number in words."""
        end, total, last = start, 0, 0
        while end < len(tokens):
            token = tokens[end]
            if token in self.multipliers:
                factor = self.multipliers[token]
                part = last or 1
                total, last = total - last + part * factor, part * factor
            elif (value := self.values.get(token)) is not None:
                # "twenty five" goes on, "five twenty" does not.
                if end > start and not (last >= _TEN > value and last % _TEN == 0):
                    break
                total, last = total + value, value
            elif (
                token in self.links
                and last >= _TEN * _TEN
                and end + 1 < len(tokens)
                and tokens[end + 1] in self.values
            ):
                pass
            else:
                break
            end += 1
        return end, total


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The phrases of a language and its numbers."""

    language: str
    phrases: Mapping[Tokens, tuple[Tag, ...]]
    longest: Mapping[str, int]
    """Tokens of the longest phrase by its first one."""
    numerals: Numerals
    has_compounds: bool = False
    """Whether nouns are written together, such as "Küchenlicht"."""
    links: tuple[str, ...] = ()
    """What may stand between the parts of a compound."""
    endings: tuple[str, ...] = ()
    """Endings that words of names may have or lack."""
    plurals: tuple[str, ...] = ()
    """Those that stand for several."""
    pin_digits: Mapping[str, int] = field(default_factory=dict)
    """Words for digits that are only said in a PIN."""
    pin_words: frozenset[str] = frozenset()
    """Words that may stand beside a PIN."""

    def at(self, tokens: Tokens, start: int) -> Iterator[tuple[int, tuple[Tag, ...]]]:
        """Yield the end and the tags of every phrase that begins here."""
        longest = self.longest.get(tokens[start], 0)
        for end in range(start + 1, min(len(tokens), start + longest) + 1):
            tags = self.phrases.get(tokens[start:end])
            if tags is not None:
                yield end, tags

    def word(self, word: str) -> tuple[Tag, ...]:
        """Return the tags of a single word."""
        return self.phrases.get((word,), ())


def lexicon(language: str, data: Mapping[str, Any]) -> Lexicon:
    """Return the lexicon of a language from its data."""
    found: dict[Tokens, dict[Tag, None]] = defaultdict(dict)
    for kind, values in data.get("words", {}).items():
        for tag, templates in _tags(kind, values):
            for template in templates:
                for phrase in _phrases(template):
                    found[phrase][tag] = None
    longest: dict[str, int] = {}
    for phrase in found:
        longest[phrase[0]] = max(longest.get(phrase[0], 0), len(phrase))
    grammar, pin = data.get("grammar", {}), data.get("pin", {})
    return Lexicon(
        language=language,
        phrases={phrase: tuple(tags) for phrase, tags in found.items()},
        longest=longest,
        numerals=_numerals(data.get(NUMBERS, {})),
        has_compounds=bool(grammar.get("compounds")),
        links=("", *grammar.get("links", ())),
        endings=tuple(grammar.get("endings", ())),
        plurals=tuple(grammar.get("plurals", ())),
        pin_digits={
            token: digit
            for digit, words in pin.get("digits", {}).items()
            for word in words
            for token in tokens_of(word)
        },
        pin_words=frozenset(
            token for word in pin.get("words", ()) for token in tokens_of(word)
        ),
    )


def _tags(kind: str, values: Any) -> Iterator[tuple[Tag, list[str]]]:
    """Yield the tags of a section with their phrases."""
    if isinstance(values, list):
        yield Tag(kind), values
        return
    for key, templates in values.items():
        value, *traits = str(key).split()
        yield Tag(kind, value, frozenset(traits)), templates


def _phrases(template: str) -> Iterator[Tokens]:
    """Yield what a template in hassil's syntax stands for."""
    if not re.search(r"[\[(]", template):
        texts = iter((template,))
    else:
        texts = (text for text in sample_sentence(parse_sentence(template)))
    for text in texts:
        if tokens := tokens_of(text):
            yield tokens


def _numerals(data: Mapping[str, Any]) -> Numerals:
    """Return the numbers of a language."""
    values: dict[str, int] = {}
    ones: dict[str, int] = {}
    tens: dict[str, int] = {}
    for number, words in data.get("values", {}).items():
        for word in words:
            token = tokens_of(word)[0]
            values[token] = number
            (tens if number >= 2 * _TEN else ones)[token] = number
    if pattern := data.get("compound"):
        joined = {**ones, **dict.fromkeys(tokens_of(data.get("one", "")), 1)}
        for ten, high in tens.items():
            for one, low in joined.items():
                if 0 < low < _TEN:
                    word = pattern.format(one=one, ten=ten)
                    values[tokens_of(word)[0]] = high + low
    return Numerals(
        values=values,
        multipliers={
            tokens_of(word)[0]: number
            for number, words in data.get("multipliers", {}).items()
            for word in words
        },
        points=frozenset(data.get("points", ())),
        articles=frozenset(data.get("articles", ())),
        links=frozenset(data.get("links", ())),
    )
