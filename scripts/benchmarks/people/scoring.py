"""The figures of one recognizer on one set of recordings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.common.wording import words
from benchmarks.stt.table import median, percent
from training.scoring import word_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.people.recordings import Recording


def errors_within(wanted: Sequence[str], heard: Sequence[str]) -> int:
    """Return how many words must change to find a phrase somewhere in a text."""
    row = list(range(len(wanted) + 1))
    best = row[-1]
    for word in heard:
        # The phrase may begin at any word, which costs nothing.
        last, row[0] = row[0], 0
        for place, other in enumerate(wanted, start=1):
            cheapest = min(row[place] + 1, row[place - 1] + 1, last + (word != other))
            last, row[place] = row[place], cheapest
        best = min(best, row[-1])
    return best


def is_repeated(heard: Sequence[str]) -> bool:
    """Return whether a text is the same sentence several times, almost exactly."""
    for parts in range(2, min(6, len(heard)) + 1):
        size = len(heard) // parts
        if len(heard) - size * parts > 1:
            continue
        pieces = [heard[size * n : size * (n + 1)] for n in range(parts)]
        if all(
            word_errors(" ".join(pieces[0]), " ".join(piece)) <= size // 4
            for piece in pieces[1:]
        ):
            return True
    return False


@dataclass
class Score:
    """Sums over recordings."""

    recordings: int = 0
    words: int = 0
    errors: int = 0
    exact: int = 0
    repeated: int = 0
    empty: int = 0
    cpu_seconds: list[float] = field(default_factory=list)

    def add(
        self, recording: Recording, text: str, cpu_seconds: float | None = None
    ) -> None:
        """Count one transcript."""
        language = recording.language
        heard = words(text, language)
        wanted = [words(part, language) for part in recording.wanted]
        if recording.name.startswith("commands"):
            # A label has the slots of an order, not its other words.
            errors = sum(errors_within(part, heard) for part in wanted)
        else:
            wanted_text = " ".join(word for part in wanted for word in part)
            errors = word_errors(wanted_text, " ".join(heard))
        self.recordings += 1
        self.words += sum(map(len, wanted))
        self.errors += errors
        self.exact += errors == 0
        # "谢谢你" is meant to be said twice.
        self.repeated += is_repeated(heard) and not any(map(is_repeated, wanted))
        self.empty += not heard
        if cpu_seconds is not None:
            self.cpu_seconds.append(cpu_seconds)

    @property
    def cells(self) -> tuple[object, ...]:
        """Return recordings, word error, exact, repeated, empty, and processor time."""
        return (
            self.recordings,
            percent(self.errors, self.words),
            percent(self.exact, self.recordings),
            self.repeated,
            self.empty,
            round(median(self.cpu_seconds) * 1000) if self.cpu_seconds else "",
        )
