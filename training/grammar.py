"""Random walks through hassil's sentence templates."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

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
from unicode_rbnf import RbnfEngine

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

    from training.language import Language

_OPTIONAL_TAKEN: Final = 0.45
_ROUND_NUMBER: Final = 0.6
_HALF: Final = 0.15
_UNSPOKEN: Final = re.compile(r"[^a-z' ]+")
_SPACES: Final = re.compile(r" +")
# fmt: off
_CONTRACTED: Final = {
    "whats": "what's", "wheres": "where's", "hows": "how's", "&": "and", "%": "percent",
    "1/2": "half",
}
# fmt: on


@lru_cache(maxsize=20_000)
def _parse(template: str) -> Expression:
    """Return the expression of a template."""
    return parse_sentence(template).expression


class Walker:
    """Draws sentences from templates."""

    def __init__(
        self, language: Language, choose: random.Random, fill: Callable[[str], str]
    ) -> None:
        """Set the language, the random generator, and the values of our own lists."""
        self._language = language
        self._choose = choose
        self._fill = fill
        self._numbers = RbnfEngine.for_language(language.code)

    def draw(self, template: str, rules: Mapping[str, str] | None = None) -> str:
        """Return one sentence of a template, in spoken form."""
        return spoken(self._walk(_parse(template), rules or {}))

    def number(self, value: float) -> str:
        """Return a number in words."""
        whole = self._numbers.format_number(int(value)).text.replace("-", " ")
        if value == int(value):
            return whole
        return f"{whole} {self._choose.choice(('point five', 'and a half'))}"

    def _walk(self, part: Expression, rules: Mapping[str, str]) -> str:
        """Return one text of an expression."""
        match part:
            case TextChunk():
                return part.original_text or part.text
            case Group():
                return self._walk_group(part, rules)
            case RuleReference():
                text = rules.get(part.rule_name) or self._language.rules[part.rule_name]
                return self._walk(_parse(text), rules)
            case ListReference():
                return self._list(part.list_name, rules)
        msg = f"unknown part of a template: {part!r}"
        raise TypeError(msg)

    def _walk_group(self, part: Group, rules: Mapping[str, str]) -> str:
        """Return one text of a group of expressions."""
        items = list(part.items)
        if isinstance(part, Alternative):
            if part.is_optional:
                items = [item for item in items if not _empty(item)]
                if not items or self._choose.random() > _OPTIONAL_TAKEN:
                    return ""
            return self._walk(self._choose.choice(items), rules)
        if isinstance(part, Permutation):
            self._choose.shuffle(items)
            return " ".join(self._walk(item, rules) for item in items)
        return "".join(self._walk(item, rules) for item in items)

    def _list(self, name: str, rules: Mapping[str, str]) -> str:
        """Return one entry of a list; our own lists take precedence."""
        known: Mapping[str, Any] = self._language.intent_lists.get(name) or {}
        if "values" in known:
            entry = self._choose.choice(known["values"])
            text = entry["in"] if isinstance(entry, dict) else entry
            return self._walk(_parse(str(text)), rules)
        if "range" in known:
            return self._range(known["range"])
        return self._fill(name)

    def _range(self, limits: Mapping[str, Any]) -> str:
        """Return a number in a range in words, usually a round one."""
        low, high = int(limits["from"]), int(limits["to"])
        value: float = self._choose.randint(low, high)
        if self._choose.random() < _ROUND_NUMBER:
            value = max(low, round(value / 5) * 5)
        if limits.get("step"):
            value = value // limits["step"] * limits["step"]
        if limits.get("fractions") and self._choose.random() < _HALF:
            value += 0.5
        return self.number(min(value, high))


def spoken(text: str) -> str:
    """Return a text in lower case with only its words."""
    words = (_CONTRACTED.get(word, word) for word in text.lower().split())
    return _SPACES.sub(" ", _UNSPOKEN.sub(" ", " ".join(words))).strip()


def _empty(part: Expression) -> bool:
    """Return whether a part of an alternative is empty."""
    return isinstance(part, TextChunk) and not part.text.strip()
