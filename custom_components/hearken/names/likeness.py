"""Finds which name in the house a misheard sentence may have meant.

Knows no Home Assistant. Comparing with many names takes a moment: not for the
event loop.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from ..exchanges.filters import plain

MIN_LIKENESS: Final = 0.7
_MIN_LIKENESS_OF_SIGNS: Final = 0.6
"""Where each sign is a syllable, one of three may be wrong."""
_FIRST_SIGN: Final = 0x2E80
"""The first code point of East Asian scripts."""
_MAX_WORDS: Final = 40


@dataclass(frozen=True, slots=True)
class Name:
    """A name of an entity."""

    entity_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Guess:
    """What may have been meant."""

    name: Name
    heard: str
    """The words that stand where the name should."""
    likeness: float
    """How much the two are alike, 0 to 1."""


def guess(text: str, names: Iterable[Name]) -> Guess | None:
    """Return the name that is most like a part of the text, if one is."""
    spans = list(_spans(plain(text)))
    best: Guess | None = None
    for name in names:
        wanted = plain(name.text)
        if not wanted:
            continue
        matcher = SequenceMatcher(b=wanted, autojunk=False)
        for span in spans:
            floor = best.likeness if best else _floor(wanted)
            if _cannot_reach(len(span), len(wanted), floor):
                continue
            matcher.set_seq1(span)
            if matcher.quick_ratio() <= floor or (ratio := matcher.ratio()) <= floor:
                continue
            best = Guess(name, span, round(ratio, 3))
    return best


def _floor(name: str) -> float:
    """Return how much a text must be like a name at least."""
    is_of_signs = any(ord(sign) >= _FIRST_SIGN for sign in name)
    return _MIN_LIKENESS_OF_SIGNS if is_of_signs else MIN_LIKENESS


def _cannot_reach(one: int, other: int, likeness: float) -> bool:
    """Tell whether texts of these lengths are too different anyway."""
    return 2 * min(one, other) / (one + other) <= likeness


def _spans(text: str) -> Iterator[str]:
    """Return all parts of the text that may stand for a name."""
    units = text.split()[:_MAX_WORDS]
    joiner = " "
    if len(units) == 1 and any(ord(sign) >= _FIRST_SIGN for sign in text):
        # No spaces between words: every sign is a unit.
        units, joiner = list(text)[:_MAX_WORDS], ""
    for begin in range(len(units)):
        for end in range(begin + 1, min(begin + 8, len(units)) + 1):
            yield joiner.join(units[begin:end])
