"""The words of a language and what they stand for. Independent of Home Assistant.

The words are data: `languages/TAG/words.yaml` maps what is meant to phrases in hassil's
syntax. The keys are the same in all languages.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hassil.parse_expression import parse_sentence
from hassil.sample import sample_sentence

from .numbers import Numbers
from .text import Tokens, tokens_of


class Tag(NamedTuple):
    """What a phrase stands for, such as `kind light many`."""

    kind: str
    value: str = ""
    traits: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The phrases of a language and its numbers."""

    language: str
    phrases: Mapping[Tokens, tuple[Tag, ...]]
    longest: Mapping[str, int]
    """Tokens of the longest phrase by its first one."""
    numbers: Numbers
    has_compounds: bool = False
    """Whether nouns are written together, such as "Küchenlicht"."""
    links: tuple[str, ...] = ()
    """What may stand between the parts of a compound."""
    endings: tuple[str, ...] = ()
    """Endings that words of names may have or lack."""
    plurals: tuple[str, ...] = ()
    """Those that stand for several."""
    sounds: tuple[tuple[str, str], ...] = ()
    """Letters that sound like others, each with those others."""
    alike: Mapping[str, str] = field(default_factory=dict)
    """Words of names by others that are said for them: "upper", "upstairs"."""
    never_first: tuple[Tokens, ...] = ()
    """Words that no order without a verb begins with."""
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

    def sound(self, text: str) -> str:
        """Return a text roughly as it sounds."""
        for letters, others in self.sounds:
            text = text.replace(letters, others)
        return text

    def noun(self, word: str) -> tuple[Tag, ...]:
        """Return the kinds of devices of a word that is the end of a compound."""
        tags = self.word(word)
        return tuple(t for t in tags if t.kind == "kind" and "apart" not in t.traits)

    def word(self, word: str) -> tuple[Tag, ...]:
        """Return the tags of a single word."""
        return self.phrases.get((word,), ())


def lexicon(language: str, data: Mapping[str, Any], numbers: Numbers) -> Lexicon:
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
        numbers=numbers,
        has_compounds=bool(grammar.get("compounds")),
        links=("", *grammar.get("links", ())),
        endings=tuple(grammar.get("endings", ())),
        plurals=tuple(grammar.get("plurals", ())),
        sounds=tuple(grammar.get("sounds", {}).items()),
        alike={
            word: name
            for name, words in grammar.get("alike", {}).items()
            for word in words
        },
        never_first=tuple(map(tokens_of, grammar.get("never_first", ()))),
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
