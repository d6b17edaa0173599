"""Sentence templates in hassil's syntax, compiled to regular expressions.

Hassil itself tries every template from the start of a text; here a time has to be
found anywhere in it, and a command is read many times while it is still spoken.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Final

from hassil.expression import (
    Alternative,
    Expression,
    Group,
    ListReference,
    Permutation,
    RuleReference,
    TextChunk,
)
from hassil.parse_expression import parse_sentence

_MAX_DEPTH: Final = 12
"""Limit of rules within rules: one that contains itself is an error."""
_GAP: Final = r"(?:\s+|(?<!\S)|(?!\S))"
"""Between two words: spaces, or nothing if a word that may be left out is missing."""
_NO_GAP: Final = r"\s*"

type Slots = Mapping[str, str]
"""What a slot may contain, as a regular expression, by its name."""


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template."""

    pattern: re.Pattern[str]

    def match(self, text: str) -> dict[str, str] | None:
        """Return the slots if the whole text matches."""
        found = self.pattern.fullmatch(text)
        return None if found is None else slots_of(found)


def slots_of(found: re.Match[str]) -> dict[str, str]:
    """Return the slots of a match by their names."""
    return {
        name.partition("__")[0]: value.strip()
        for name, value in found.groupdict().items()
        if value is not None
    }


class Compiler:
    """Compiles the templates of one language."""

    def __init__(
        self, rules: Mapping[str, str], slots: Slots, *, has_spaces: bool
    ) -> None:
        """Use these rules and slots."""
        self._rules = rules
        self._slots = slots
        self._gap = _GAP if has_spaces else _NO_GAP
        self.has_spaces = has_spaces
        self._groups = 0
        self._parsed: dict[str, Expression] = {}

    def whole(self, templates: Iterable[str]) -> list[Template]:
        """Return templates that a whole text has to match."""
        return [Template(self._compile(self._source(text, 0))) for text in templates]

    def within(self, template: str, end: str = "") -> re.Pattern[str]:
        """Return a pattern that finds a template anywhere in a text."""
        return self.within_source(self._source(template, 0), end)

    def within_source(self, source: str, end: str = "") -> re.Pattern[str]:
        """Return a pattern that finds a regular expression, before this end."""
        if self.has_spaces:
            source = rf"(?<!\S)(?:{source})(?<!\s)(?!\S)"
        return self._compile(source + end)

    def words(self, template: str) -> str:
        """Return the regular expression of words without slots, none if empty."""
        return self._source(template, 0) if template else r"(?!)"

    def _compile(self, source: str) -> re.Pattern[str]:
        """Compile the source; groups are numbered anew for the next template."""
        self._groups = 0
        return re.compile(source, re.IGNORECASE)

    def _source(self, template: str, depth: int) -> str:
        """Return the regular expression of a template."""
        if depth > _MAX_DEPTH:
            msg = f"rules contain each other: {template}"
            raise ValueError(msg)
        if (parsed := self._parsed.get(template)) is None:
            parsed = self._parsed[template] = parse_sentence(template).expression
        return self._expression(parsed, depth)

    def _expression(self, expression: Expression, depth: int) -> str:
        """Return the regular expression of a part of a template."""
        match expression:
            case TextChunk():
                return self._text(expression.original_text)
            case ListReference():
                return self._slot(expression)
            case RuleReference():
                return (
                    f"(?:{self._source(self._rules[expression.rule_name], depth + 1)})"
                )
            case Permutation():
                return self._any(
                    "".join(self._expression(item, depth) for item in order)
                    for order in permutations(expression.items)
                )
            case Alternative():
                return self._any(self._expression(i, depth) for i in expression.items)
            case Group():
                return "".join(self._expression(i, depth) for i in expression.items)
        msg = f"unknown part of a template: {expression}"
        raise ValueError(msg)

    @staticmethod
    def _any(sources: Iterable[str]) -> str:
        """Return the regular expression of alternatives."""
        return f"(?:{'|'.join(sources)})"

    def _text(self, text: str) -> str:
        """Return the regular expression of words."""
        return "".join(
            self._gap if part.isspace() else re.escape(part)
            for part in re.split(r"(\s+)", text)
            if part
        )

    def _slot(self, slot: ListReference) -> str:
        """Return a named group; names of groups are unique, those of slots are not."""
        self._groups += 1
        source = self._slots[slot.list_name]
        return f"(?P<{slot.slot_name}__{self._groups}>{source})"
