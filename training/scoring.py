"""The difference between a text and what was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_EMPTY_WEIGHT: Final = 7.2
"""A text for one of 72 empty sounds counts as much as ten points of word error."""
_PEOPLE_WEIGHT: Final = 0.5
"""Of people's words and short answers that are not heard."""
_SHORT_WEIGHT: Final = 0.2
"""Ten points of short answers count as much as two points of word error."""


def word_errors(wanted: str, got: str) -> int:
    """Return how many words must change to turn one text into the other."""
    one, other = wanted.split(), got.split()
    row = list(range(len(other) + 1))
    for i, word in enumerate(one, start=1):
        last, row[0] = row[0], i
        for j, heard in enumerate(other, start=1):
            best = min(row[j] + 1, row[j - 1] + 1, last + (word != heard))
            last, row[j] = row[j], best
    return row[-1]


@dataclass
class Score:
    """Word errors and exact sentences, summed up."""

    errors: int = 0
    words: int = 0
    exact: int = 0
    sentences: int = 0

    def add(self, wanted: str, got: str) -> None:
        """Count one sentence."""
        errors = word_errors(wanted, got)
        self.errors += errors
        self.words += len(wanted.split())
        self.exact += errors == 0
        self.sentences += 1

    @property
    def word_error(self) -> float:
        """Return the word error rate, from 0 to 1 or more."""
        return self.errors / max(1, self.words)

    @property
    def exact_share(self) -> float:
        """Return the share of sentences without errors."""
        return self.exact / max(1, self.sentences)


def rank(figures: dict[str, float]) -> float:
    """Return the value to minimise; words in silence weigh most."""
    empty = _EMPTY_WEIGHT * (1.0 - figures.get("empty", 1.0))
    short = _SHORT_WEIGHT * (1.0 - figures.get("short", 1.0))
    # People, where there are recordings of them.
    words = _PEOPLE_WEIGHT * (1.0 - figures.get("people_words", 1.0))
    single = _PEOPLE_WEIGHT * (1.0 - figures.get("people_short", 1.0))
    neural = figures.get("neural", 0.0)
    silence = _EMPTY_WEIGHT / 3 * (1.0 - figures.get("people_empty", 1.0))
    return figures["word_error"] + empty + short + words + single + neural + silence
