"""Finds the name in the house that a misheard sentence may have meant.

Independent of Home Assistant. Comparing with many names takes a moment: do not call
it on the event loop.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from ..languages import SPACELESS, bare_words, is_spaceless

MIN_LIKENESS: Final = 0.7
_MIN_SPACELESS_LIKENESS: Final = 0.6
"""Where each character is a syllable, one of three may be wrong."""
_MAX_UNITS: Final = 40
_MAX_SPAN_UNITS: Final = 8
_UNIT: Final = re.compile(rf"[{SPACELESS}]|[^\s{SPACELESS}]+")
"""A word, or a single character where words have no spaces between them."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name of an entity."""

    entity_id: str
    text: str


@dataclass(frozen=True, slots=True)
class SimilarName:
    """A name that part of a sentence resembles."""

    name: Name
    heard: str
    """The words in the place of the name."""
    likeness: float
    """How similar the two are, from 0 to 1."""


def find_similar(text: str, names: Iterable[Name]) -> SimilarName | None:
    """Return the name most similar to a part of the text, None if none is."""
    spans = list(_spans(bare_words(text)))
    best: SimilarName | None = None
    for name in names:
        wanted = bare_words(name.text)
        if not wanted:
            continue
        found = likest(wanted, spans, best.likeness if best else min_likeness(wanted))
        if found is not None:
            best = SimilarName(name, found[0], round(found[1], 3))
    return best


def likest(wanted: str, parts: Iterable[str], floor: float) -> tuple[str, float] | None:
    """Return the part most similar to a text and how much, None if none exceeds it."""
    matcher = SequenceMatcher(b=wanted, autojunk=False)
    best: str | None = None
    for part in parts:
        if _cannot_exceed(len(part), len(wanted), floor):
            continue
        matcher.set_seq1(part)
        if matcher.quick_ratio() <= floor or (ratio := matcher.ratio()) <= floor:
            continue
        best, floor = part, ratio
    return None if best is None else (best, floor)


def find_misheard(
    text: str, meant: Collection[str], names: Sequence[Name]
) -> SimilarName | None:
    """Return the words of a corrected order that stand for an entity that was meant.

    Words that another entity is called by are no mishearing: they are that entity.
    """
    found = find_similar(text, (one for one in names if one.entity_id in meant))
    if found is None:
        return None
    others = (bare_words(one.text) for one in names if one.entity_id not in meant)
    if any(
        other and (other in found.heard or found.heard in other) for other in others
    ):
        return None
    return found


def min_likeness(name: str) -> float:
    """Return the likeness that a text must exceed to be taken for a name."""
    return _MIN_SPACELESS_LIKENESS if is_spaceless(name) else MIN_LIKENESS


def _cannot_exceed(one: int, other: int, likeness: float) -> bool:
    """Return whether the lengths of two texts alone rule out this likeness."""
    return 2 * min(one, other) / (one + other) <= likeness


def _spans(text: str) -> Iterator[str]:
    """Yield all parts of the text that may stand for a name."""
    units = [match.span() for match in _UNIT.finditer(text)][:_MAX_UNITS]
    for first, (start, _) in enumerate(units):
        for _, end in units[first : first + _MAX_SPAN_UNITS]:
            yield text[start:end]
