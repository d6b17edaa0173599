"""Improve words with five recordings of a person; judge them on what else they said."""

from __future__ import annotations

import copy
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.common import weights
from benchmarks.owner_words import speakers
from benchmarks.owner_words.improving import RECORDINGS_OF_A_WORD, events, word_in
from benchmarks.words import judged
from benchmarks.words.hearing import Checker, listen
from hearken_speech.wake.heads import load_head
from hearken_speech.wake.making.bank import STEP_SECONDS
from hearken_speech.wake.making.head_file import head_bytes
from hearken_speech.wake.making.maker import Maker, OwnSounds
from hearken_speech.wake.making.voice import Voices
from training import hours

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.owner_words.speakers import Spoken
    from hearken_speech.audio.format import Samples
    from hearken_speech.wake.heads import Head
    from hearken_speech.wake.making.embedding import ClipEmbedder, Embeddings
    from hearken_speech.wake.making.learning import Network
    from hearken_speech.wake.making.maker import Gathered
    from training.hour_sources import Part

type Row = dict[str, Any]

_MOST_OTHERS: Final = 60
"""So many recordings of others judge a word."""
_CHECKED_LANGUAGE: Final = "en"
_FIGURES: Final = ("quiet", "quiet, checked", "noise", "noise, checked")


@dataclass(frozen=True, slots=True)
class _Judge:
    """The recordings of a word, as they are heard."""

    phrase: str
    heard: dict[str, list[Samples]]
    """The recordings in quiet, and with noise."""
    embedded: dict[str, list[Embeddings]]
    checker: Checker | None
    """None for a language that the speech model does not know."""

    @classmethod
    def of(cls, spoken: Spoken, embedder: ClipEmbedder, checker: Checker) -> _Judge:
        """Put the recordings into a quiet room, and into noise."""
        quiet = [
            judged.in_quiet(one, number) for number, one in enumerate(spoken.recordings)
        ]
        heard = {"quiet": quiet, "noise": judged.in_noise(quiet)}
        is_known = spoken.phrase.language == _CHECKED_LANGUAGE
        return cls(
            spoken.phrase.text,
            heard,
            {where: embedder.embed(clips) for where, clips in heard.items()},
            checker if is_known else None,
        )

    def missed(self, head: Head, numbers: Sequence[int]) -> dict[str, int]:
        """Return how many of these recordings a head misses, without the check."""
        return {
            where: sum(
                not any(one.is_detected for one in listen(head, clips[number]))
                for number in numbers
            )
            for where, clips in self.embedded.items()
        }

    def missed_checked(self, head: Head, numbers: Sequence[int]) -> dict[str, int]:
        """Return how many it misses with the check by the speech model."""
        checker = self.checker
        if checker is None:
            return {}
        return {
            f"{where}, checked": sum(
                not checker.counted(
                    listen(head, clips[number]), self.heard[where][number], self.phrase
                )
                for number in numbers
            )
            for where, clips in self.embedded.items()
        }


@dataclass(frozen=True, slots=True)
class _Improved:
    """A word without and with five recordings of a person."""

    row: Row
    before: Network
    after: Network


def improve(words: Sequence[str], part: Part) -> list[Row]:
    """Improve each word for each person; count false accepts in a part of the hours."""
    maker, checker = Maker(Voices(weights.fetch("kokoro"))), Checker()
    improved: list[_Improved] = []
    for word in words:
        for one in _improved(maker, speakers.spoken(word), checker):
            print(_line(one.row), flush=True)
            improved.append(one)
    length = _count_false_accepts(improved, part)
    print(
        f"\n| word | person | five | judged on | {' | '.join(_FIGURES)} "
        f"| others | quiet | noise | false accepts, {length:.2f} h |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|---|"
    )
    for one in improved:
        print(_line(one.row))
    return [one.row | {"hours": round(length, 2)} for one in improved]


def _improved(maker: Maker, spoken: Spoken, checker: Checker) -> Iterator[_Improved]:
    """Improve a word for each person, twice: with the first five, and the last."""
    gathered = maker.gather(spoken.phrase)
    judge = _Judge.of(spoken, gathered.embedder, checker)
    before = _head(maker, gathered, ())
    for person in spoken.people:
        for draw, own in draws(spoken, person).items():
            after = _head(maker, gathered, list(own.values()))
            mine = [number for number in spoken.of(person) if number not in own]
            others = spoken.others(person)
            others = others[:: 1 + len(others) // _MOST_OTHERS]
            row: Row = {"word": spoken.phrase.text, "person": person, "five": draw}
            row |= {"judged_on": len(mine), "others": len(others)}
            for head in map(_loaded, (before, after)):
                missed = judge.missed(head, mine) | judge.missed_checked(head, mine)
                by_others = judge.missed(head, others)
                missed |= {
                    f"others, {name}": count for name, count in by_others.items()
                }
                for name, count in missed.items():
                    row.setdefault(name, []).append(count)
            yield _Improved(row, before, after)


def draws(spoken: Spoken, person: str) -> dict[str, dict[int, Samples]]:
    """Return the first five words that the product takes, and the last five."""
    found = {
        number: word
        for number in spoken.of(person)
        if (word := word_in(spoken.recordings[number])) is not None
    }
    items = list(found.items())
    return {
        "first": dict(items[:RECORDINGS_OF_A_WORD]),
        "last": dict(items[-RECORDINGS_OF_A_WORD:]),
    }


def _head(maker: Maker, gathered: Gathered, recordings: Sequence[Samples]) -> Network:
    """Learn a word without recordings, or with some."""
    # The same rooms and noises for each: only the recordings make a difference.
    same = replace(gathered, stage=copy.deepcopy(gathered.stage))
    material = same.material(OwnSounds(recordings=recordings))
    heads = material.judge(with_owner=bool(recordings))
    return maker.made(material, heads, gathered.voices).head


def _loaded(made: Network) -> Head:
    """Return a head as the server loads it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "word.onnx")
        path.write_bytes(head_bytes(made))
        return load_head(path)


def _count_false_accepts(improved: Sequence[_Improved], part: Part) -> float:
    """Count how often each head wakes, without the check; return the hours."""
    length = 0.0
    for one in improved:
        one.row["false_accepts"] = [0, 0]
    for _, clips in hours.load(part):
        length += sum(map(len, clips)) * STEP_SECONDS / 3600
        counted: dict[int, int] = {}
        for one in improved:
            for place, head in enumerate((one.before, one.after)):
                if id(head) not in counted:
                    counted[id(head)] = sum(events(head, clip) for clip in clips)
                one.row["false_accepts"][place] += counted[id(head)]
    return length


def _line(row: Row) -> str:
    """Return a line of the table: before and after."""
    cells = [row["word"], row["person"], row["five"], row["judged_on"]]
    cells += [_cell(row, name) for name in _FIGURES]
    cells += [row["others"], _cell(row, "others, quiet"), _cell(row, "others, noise")]
    return f"| {' | '.join(map(str, [*cells, _cell(row, 'false_accepts')]))} |"


def _cell(row: Row, name: str) -> str:
    """Return a figure before and after; nothing if it was not measured."""
    return " → ".join(map(str, row.get(name, ())))
