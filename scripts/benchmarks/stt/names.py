"""Measure whether names are repaired, and whether correct texts stay unchanged."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.stt import confusion
from benchmarks.stt.corpus import (
    HELD_OUT_VOICES,
    KNOWN_VOICES,
    say_all,
    with_silence,
)
from benchmarks.stt.models import embedded_engine
from benchmarks.stt.table import Table, percent
from hearken_speech.stt.engine import DecodeOptions, Hypothesis, decode_samples
from hearken_speech.stt.names import NameIndex
from hearken_speech.stt.naming import NameMatcher
from hearken_speech.stt.phonemes import Pronouncer

if TYPE_CHECKING:
    from collections.abc import Sequence

WAYS: Final = ("nothing", "b", "c", "b+c")
ALTERNATIVES: Final = 5
_DATA: Final = Path(__file__).with_name("names.json")
_RARE: Final = (
    *("sink light", "crib light", "sliding door", "soundbar", "robo rock", "skylight"),
    *("water valve", "record player", "awnings", "workshop gate", "reading lamp"),
    *("olive oil", "radiator", "mailbox", "den"),
)
_OWN_SENTENCES: Final = ("turn on the {}", "turn off the {} please", "is the {} on")


def run(folder: Path, *, quick: bool) -> Table:
    """Return exact names by method of biasing, and wrong changes."""
    table = Table(
        "names",
        "Names: (b) choice among the alternatives, (c) phonetic repair",
        (
            *("texts", "sentences", "names", *(f"{way}: exact %" for way in WAYS)),
            *("b+c: wrong name %", "b+c: right texts changed"),
        ),
        f"Confusion model at published rates: {_published('en')} of the words of an "
        f"English name, {_published('de')} of a German one and "
        f"{confusion.CHARACTER_ERRORS:.0%} of Chinese characters are wrong "
        "(scripts/benchmarks/stt/confusion.py names the sources). "
        f"{ALTERNATIVES} alternatives, each misheard by itself. "
        "Wrong name: one that nobody said. Plain: commands without a name of the list.",
    )
    pronouncer = Pronouncer()
    data = json.loads(_DATA.read_text(encoding="utf-8"))
    for language, lists in data.items():
        index = NameIndex(lists["names"], language, pronouncer)
        confuser = confusion.make(language, lists["names"], pronouncer)
        choose = random.Random(language)  # noqa: S311 - test data
        cases = [
            _misheard(name, choose.choice(lists["sentences"]), confuser, choose)
            for name in lists["names"]
            for _ in range(3 if quick else 12)
        ]
        _count(table, f"{language}, misheard", index, cases)
        right = [
            (name, sentence.format(name), [_hypothesis(sentence.format(name), 0)])
            for name in lists["names"]
            for sentence in lists["sentences"]
        ]
        right += [("", text, [_hypothesis(text, 0)]) for text in lists["plain"]]
        _count(table, f"{language}, right and plain", index, right)
    own = _own(folder, pronouncer, quick=quick)
    _count(table, "en, embedded model's own output", *own)
    return table


def _published(language: str) -> str:
    """Return the share of a name's words that are recognized wrong."""
    return f"{confusion.WORD_ERRORS[language] * confusion.RARE_WORDS:.0%}"


type Case = tuple[str, str, list[Hypothesis]]
"""The name said, the text said, and what the recognizer found possible."""


def _misheard(
    name: str, sentence: str, confuser: confusion.Confuser, choose: random.Random
) -> Case:
    """Return a sentence with its name misheard in several ways."""
    texts = [
        sentence.format(confuser.mishear(name, choose)) for _ in range(ALTERNATIVES)
    ]
    unique = list(dict.fromkeys(texts))
    hypotheses = [_hypothesis(text, place) for place, text in enumerate(unique)]
    return name, sentence.format(name), hypotheses


def _hypothesis(text: str, place: int) -> Hypothesis:
    """Return an alternative; each is slightly less probable than the one before."""
    average = -0.3 - 0.08 * place
    return Hypothesis(
        text=text,
        average_log_probability=average,
        total_log_probability=average * 11,
        tokens=(),
    )


def _own(
    folder: Path, pronouncer: Pronouncer, *, quick: bool
) -> tuple[NameIndex, list[Case]]:
    """Return what the embedded model recognizes for rarer names that it knows."""
    engine = embedded_engine(folder)
    index = NameIndex(_RARE, "en", pronouncer)
    voices = (*KNOWN_VOICES, *HELD_OUT_VOICES)[:: 3 if quick else 1]
    said = [(n, s.format(n), v) for n in _RARE for s in _OWN_SENTENCES for v in voices]
    clips = say_all([(text, voice) for _, text, voice in said])
    options = DecodeOptions(language="en")
    cases: list[Case] = []
    for (name, text, _), clip in zip(said, clips, strict=True):
        result = decode_samples(engine, with_silence(clip, 0.3, 0.5), options)
        cases.append((name, text, list(result.hypotheses)))
    return index, cases


def _count(table: Table, title: str, index: NameIndex, cases: Sequence[Case]) -> None:
    """Count exact and wrong names for all methods."""
    exact: Counter[str] = Counter()
    wrong = changed = 0
    for name, said, hypotheses in cases:
        best = hypotheses[0].text
        matcher = NameMatcher(index)
        repair = matcher.repair(best)
        texts = {
            "nothing": best,
            "b": hypotheses[matcher.choose(hypotheses)].text,
            "c": repair.text if repair else best,
            "b+c": matcher.settle(hypotheses).text,
        }
        for way, text in texts.items():
            exact[way] += not name or name in matcher.contained(text)
        final = texts["b+c"]
        if final != best:
            wrong += any(one != name for one in matcher.contained(final))
            changed += best.casefold() == said.casefold()
    names = len({name for name, _, _ in cases if name})
    table.add(
        title,
        len(cases),
        names,
        *(percent(exact[way], len(cases)) for way in WAYS),
        percent(wrong, len(cases)),
        changed,
    )
