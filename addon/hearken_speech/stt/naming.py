"""Chooses, or repairs, what only sounds like a name of the house.

Too eager a repair switches the wrong light. So a text that contains a name is left
alone, a name must win by a margin over every other name, and words that belong to
many commands are not given up for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hearken_speech.stt.reading import Reader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hearken_speech.stt.engine import Hypothesis
    from hearken_speech.stt.names import NameIndex, Span


@dataclass(frozen=True, kw_only=True)
class NameRepair:
    """A name in the place of what was heard."""

    text: str
    """The whole text, repaired."""
    heard: str
    name: str
    likeness: float


@dataclass(frozen=True, kw_only=True)
class NamedText:
    """What is taken for said, after the names were looked at."""

    chosen: int
    """Number of the alternative."""
    text: str
    repair: NameRepair | None = None


class NameMatcher:
    """Looks for the names of a house in the texts of one command.

    Every text is read and searched once, however often it is asked about.
    """

    def __init__(self, index: NameIndex, reader: Reader | None = None) -> None:
        """Search for these names; a reader may have read some of the texts before."""
        self._index = index
        self._settings = index.settings
        self._reader = reader or Reader(index.pronouncer)
        self._contained: dict[str, list[str]] = {}
        self._spans: dict[str, list[Span]] = {}

    def settle(self, hypotheses: Sequence[Hypothesis]) -> NamedText:
        """Choose among the alternatives, or repair a name in the best one."""
        chosen = self.choose(hypotheses)
        text = hypotheses[chosen].text
        if chosen:
            return NamedText(chosen=chosen, text=text)
        supported = [name for h in hypotheses[1:] for name in self.contained(h.text)]
        repair = self.repair(text, supported)
        if repair is None:
            return NamedText(chosen=chosen, text=text)
        return NamedText(chosen=chosen, text=repair.text, repair=repair)

    def contained(self, text: str) -> list[str]:
        """Return the names that the text contains, word for word."""
        if text not in self._contained:
            reading = self._reader.read(text, self._index.language)
            self._contained[text] = self._index.contained(reading)
        return self._contained[text]

    def choose(self, hypotheses: Sequence[Hypothesis]) -> int:
        """Return which alternative to take: the best, or a near one with a name."""
        best = hypotheses[0]
        if not self._index.names or self.contained(best.text):
            return 0
        floor = best.average_log_probability - self._settings.alternative_window
        for number, other in enumerate(hypotheses[1:], start=1):
            if other.average_log_probability < floor:
                continue
            if self._agrees(best.text, self.contained(other.text)):
                return number
        return 0

    def repair(self, text: str, supported: Sequence[str] = ()) -> NameRepair | None:
        """Return the text with one span replaced by a name, where that is sure.

        Supported names are those that the decoder has in other alternatives.
        """
        if not self._index.names or self.contained(text):
            return None
        spans = self._search(text)
        if not spans:
            return None
        best = spans[0]
        name = self._index.names[best.name]
        enough = (
            self._settings.supported_likeness
            if name in supported
            else self._settings.likeness
        )
        margin = best.likeness - self._strongest_rival(best, spans)
        if best.likeness < enough or margin < self._settings.margin:
            return None
        words = self._reader.read(text, self._index.language).words
        start, end = words[best.first].start, words[best.last].end
        return NameRepair(
            text=text[:start] + name + text[end:],
            heard=text[start:end],
            name=name,
            likeness=best.likeness,
        )

    def _agrees(self, text: str, names: Sequence[str]) -> bool:
        """Tell whether the text sounds more like one of these than like any other."""
        if not names:
            return False
        spans = self._search(text)
        return bool(spans) and self._index.names[spans[0].name] in names

    def _search(self, text: str) -> list[Span]:
        """Return for each name the span of the text most like it."""
        if text not in self._spans:
            reading = self._reader.read(text, self._index.language)
            self._spans[text] = self._index.spans(reading)
        return self._spans[text]

    def _strongest_rival(self, best: Span, spans: Sequence[Span]) -> float:
        """Return the likeness of the next name for the same words, 0 without one."""
        return max(
            (
                other.likeness
                for other in spans[1:]
                if best.overlaps(other)
                and not self._index.are_related(best.name, other.name)
            ),
            default=0.0,
        )
