"""A text in which what was recognized is replaced by marks.

A mark is one character from Unicode's private use area that stands for words and
their meaning. Sentences are then matched as if each time were a single letter, however
it was said, and the words themselves can be restored.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

_FIRST: Final = 0xE000
_PER_CLASS: Final = 0x100


class Mark(Enum):
    """A class of marks."""

    NUMBER = 0
    WEEKDAY = 1
    MONTH = 2
    PART = 3
    """A part of the day."""
    DURATION = 4
    CLOCK = 5
    DAY = 6
    REPEAT = 7
    WHEN = 8
    """When something is due."""

    @property
    def pattern(self) -> str:
        """Return the regular expression of the marks of this class."""
        first = _FIRST + self.value * _PER_CLASS
        return f"[{chr(first)}-{chr(first + _PER_CLASS - 1)}]"


ANY_MARK: Final = f"{chr(_FIRST)}-{chr(_FIRST + len(Mark) * _PER_CLASS - 1)}"
"""All marks, as part of a set of characters."""
_IS_MARK: Final = re.compile(f"[{ANY_MARK}]")


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a mark stands for."""

    words: str
    value: Any


class MarkedText:
    """A text with marks."""

    def __init__(self, text: str) -> None:
        """Start without marks; characters that look like one are dropped."""
        self.text = _IS_MARK.sub("", text)
        self._meanings: dict[str, _Meaning] = {}
        self._counts = dict.fromkeys(Mark, 0)

    def value(self, mark: str) -> Any:
        """Return the meaning of a mark."""
        return self._meanings[mark].value

    def replace(
        self,
        mark: Mark,
        pattern: re.Pattern[str],
        read: Callable[[re.Match[str]], Any],
    ) -> None:
        """Replace what matches and has a meaning; None stands for no meaning."""

        def put(found: re.Match[str]) -> str:
            value = read(found)
            return found[0] if value is None else self._add(mark, found[0], value)

        self.text = pattern.sub(put, self.text)

    def replace_longest(
        self,
        mark: Mark,
        patterns: Iterable[tuple[re.Pattern[str], Callable[[re.Match[str]], Any]]],
    ) -> None:
        """Replace what matches one of the patterns, the longest match first."""
        found = [
            (match.end() - match.start(), -order, match, read)
            for order, (pattern, read) in enumerate(patterns)
            for match in pattern.finditer(self.text)
            if match.end() > match.start()
        ]
        found.sort(key=lambda one: one[:2], reverse=True)
        taken: list[tuple[int, int, str]] = []
        for _, _, match, read in found:
            first, last = match.span()
            if any(first < end and begin < last for begin, end, _ in taken):
                continue
            if (value := read(match)) is not None:
                taken.append((first, last, self._add(mark, match[0], value)))
        for first, last, letter in sorted(taken, reverse=True):
            self.text = self.text[:first] + letter + self.text[last:]

    def restore(self, *marks: Mark) -> None:
        """Put the words back in place of all marks of these classes."""
        pattern = "|".join(mark.pattern for mark in marks)
        self.text = re.sub(pattern, lambda found: self.words(found[0]), self.text)

    def words(self, text: str) -> str:
        """Return a part of the text with the words in place of all marks."""
        while _IS_MARK.search(text):
            text = _IS_MARK.sub(lambda found: self._meanings[found[0]].words, text)
        return text

    def _add(self, mark: Mark, words: str, value: Any) -> str:
        """Return a new mark; beyond the limit of a class, the words themselves."""
        number = self._counts[mark]
        if number >= _PER_CLASS:
            return words
        self._counts[mark] = number + 1
        letter = chr(_FIRST + mark.value * _PER_CLASS + number)
        self._meanings[letter] = _Meaning(words, value)
        return letter
