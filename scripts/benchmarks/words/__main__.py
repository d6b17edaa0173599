"""Make wake words of texts, and judge them beside those that others trained.

Hours of other sounds come from ``training/hours.py``; what judges is no part of what
words are learned from.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.common import parts
from benchmarks.words import judged, making
from benchmarks.words.hearing import Checker, listen
from hearken_speech.wake.heads import load_head
from hearken_speech.wake.making.bank import STEP_SECONDS
from hearken_speech.wake.making.embedding import ClipEmbedder
from training import hours
from training.hour_sources import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.words.hearing import Heard
    from hearken_speech.audio.format import Samples
    from hearken_speech.wake.heads import Head

_WHO: Final = ("people", "crowd", "strangers")
_WHERE: Final = ("quiet", "noise")
_COLUMNS: Final = tuple(f"{who}, {where}" for who in _WHO for where in _WHERE)
_OURS: Final = "ours"


@dataclass(slots=True)
class Row:
    """A head, and how it did."""

    word: str
    kind: str
    """typed, recorded, pre-trained, or ours."""
    head: Head
    cost: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    """How many words there were, and how many were missed or heard by mistake."""

    @property
    def is_checked(self) -> bool:
        """Return whether the speech model checks such a head."""
        return self.kind != "pre-trained"

    def count(self, name: str, number: int) -> None:
        """Count something."""
        self.counts[name] = self.counts.get(name, 0) + number


def main() -> int:
    """Measure, print a table, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench words", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="nothing recorded, hours unchecked"
    )
    parser.add_argument(
        "--not-recorded", action="store_true", help="improve no word with recordings"
    )
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--word", action="append", help="only these")
    parser.add_argument("--made", type=Path, help="keep words here, and take them")
    options = parser.parse_args()
    words = options.word or list(judged.WORDS)
    with tempfile.TemporaryDirectory() as folder:
        made = options.made or Path(folder)
        measured = partial(
            _words,
            words,
            made,
            are_recorded=not (options.quick or options.not_recorded),
            are_hours_checked=not options.quick,
        )
        return parts.run({"words": measured}, options.json, {})


def _words(
    words: Sequence[str],
    folder: Path,
    *,
    are_recorded: bool,
    are_hours_checked: bool,
) -> list[dict[str, Any]]:
    """Make the words and judge all heads."""
    rows: list[Row] = []
    checker = Checker()
    embedder, strangers = ClipEmbedder(), judged.Strangers()
    for number, word in enumerate(words, 1):
        own, people = judged.WORDS[word].recordings()
        heads = list(_rows(word, own if are_recorded else [], folder))
        for who, clips in zip(
            _WHO, (people, judged.crowd(word), strangers.say(word)), strict=True
        ):
            both = (clips, judged.in_noise(clips))
            for where, heard in zip(_WHERE, both, strict=True):
                embedded = embedder.embed(heard)
                for row in heads:
                    found = [listen(row.head, one) for one in embedded]
                    _count_missed(row, f"{who}, {where}", found, heard, checker)
        for row in heads:
            known = [name for name in _COLUMNS if name in row.counts]
            missed = [f"{name} {_missed(row, name)}" for name in known]
            print(f"{number} {word}, {row.kind}: {'; '.join(missed)}", flush=True)
        rows += heads
    judged_hours = _judge_in_hours(rows, checker, are_checked=are_hours_checked)
    _print(rows, judged_hours)
    return [
        {
            "word": row.word,
            "kind": row.kind,
            "hours": round(judged_hours, 2),
            **row.counts,
            **row.cost,
        }
        for row in rows
    ]


def _judge_in_hours(
    rows: Sequence[Row], checker: Checker, *, are_checked: bool
) -> float:
    """Count false accepts in the hours that judge, and return how many there are."""
    judged_hours = 0.0
    for name, embedded in hours.load(Part.JUDGE):
        judged_hours += sum(map(len, embedded)) * STEP_SECONDS / 3600
        found = [[listen(row.head, clip) for clip in embedded] for row in rows]
        for row, heard in zip(rows, found, strict=True):
            row.count("false accepts", sum(one.is_detected for one in chain(*heard)))
        if are_checked:
            _count_checked(name, rows, found, checker)
        cells = [_cell(row, "false accepts") for row in rows]
        print(f"{name}, {judged_hours:.2f} h: {', '.join(cells)}", flush=True)
    if not judged_hours:
        print("no hours were gathered: see training/README.md", flush=True)
    return judged_hours


def _rows(word: str, own: Sequence[Samples], folder: Path) -> Iterator[Row]:
    """Yield the heads of a word."""
    path, cost = making.typed(word, folder)
    yield Row(word, "typed", load_head(path), cost)
    if own:
        path, cost = making.recorded(word, own, folder)
        yield Row(word, "recorded", load_head(path), cost)
    if ours := judged.our_file(path.name):
        yield Row(word, _OURS, load_head(ours))
    if pre_trained := judged.WORDS[word].pre_trained:
        yield Row(word, "pre-trained", load_head(judged.pre_trained_file(pre_trained)))


def _count_missed(
    row: Row,
    name: str,
    found: Sequence[Sequence[Heard]],
    clips: Sequence[Samples],
    checker: Checker,
) -> None:
    """Count in how many clips a word is missed."""
    row.count(name, len(found))
    for heard, samples in zip(found, clips, strict=True):
        row.count(f"{name}, missed", not any(one.is_detected for one in heard))
        if row.is_checked:
            counted = checker.counted(heard, samples, row.word)
            row.count(f"{name}, missed, checked", not counted)


def _count_checked(
    name: str,
    rows: Sequence[Row],
    found: Sequence[Sequence[Sequence[Heard]]],
    checker: Checker,
) -> None:
    """Count what is left of false accepts after the check, which needs the sound."""
    for number, samples in enumerate(hours.sounds(name)):
        for row, heard in zip(rows, found, strict=True):
            if row.is_checked and number < len(heard):
                before = checker.asked
                counted = checker.counted(heard[number], samples, row.word)
                row.count("false accepts, checked", counted)
                row.count("checks", checker.asked - before)


def _print(rows: Sequence[Row], judged_hours: float) -> None:
    """Print the tables."""
    print(
        f"\nMissed, and false accepts in {judged_hours:.2f} h; checked in brackets:\n"
    )
    heads = " | ".join(f"{who} | in noise" for who in _WHO)
    print(f"| word | head | {heads} | false accepts |")
    print("|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        cells = [_missed(row, name) for name in _COLUMNS]
        cells.append(_cell(row, "false accepts"))
        print(f"| {row.word} | {row.kind} | {' | '.join(cells)} |")
    print("\n| word | head | checks in these hours |")
    print("|---|---|---|")
    for row in rows:
        if "checks" in row.counts:
            print(f"| {row.word} | {row.kind} | {row.counts['checks']} |")
    print("\n| word | head | seconds | of processor | MB at peak |")
    print("|---|---|---|---|---|")
    for row in rows:
        if row.cost:
            figures = " | ".join(str(value) for value in row.cost.values())
            print(f"| {row.word} | {row.kind} | {figures} |")


def _missed(row: Row, name: str) -> str:
    """Return how many were missed, of how many; nothing if there are none."""
    of = row.counts.get(name, 0)
    return f"{_cell(row, f'{name}, missed')} of {of}" if of else ""


def _cell(row: Row, name: str) -> str:
    """Return a figure, and that after the check if there was one."""
    plain, checked = row.counts.get(name, 0), row.counts.get(f"{name}, checked")
    return f"{plain}" if checked is None else f"{plain} ({checked})"


if __name__ == "__main__":
    sys.exit(main())
