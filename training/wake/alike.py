# ruff: noqa: RUF001 - phonemes are no letters
"""Finds what sounds like a word but is another: single words, and pairs of words.

Words are compared by espeak-ng's phonemes. The word to learn is looked for in the
middle of others ("dyslexics" for "alexa") and across the border of two ("relax a").
"""

from __future__ import annotations

import random
import re
import subprocess
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hearken_speech.wake.making.programs import ESPEAK

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

WORD_LIST: Final = ("wamerican-small", "usr/share/dict/american-english-small")
"""A package of Debian and the list of words in it."""

type Sounds = tuple[str, ...]
type Numbers = NDArray[Any]

_VOWELS: Final = frozenset("aeiouyæøœɐɑɒɔəɘɚɛɜɝɞɨɪɯɵɶʉʊʌʏɤᵻ")
_CLASSES: Final = ("pb", "td", "kɡ", "fv", "sz", "ʃʒ", "mnŋ", "lɹ", "θð")
_MARKS: Final = re.compile("[ˈˌːʔ̩]")
_SOUND: Final = re.compile(r"\S(?:\^\S)*")
_SAME: Final = str.maketrans({"ɐ": "ə", "ᵻ": "ɪ", "ɾ": "t"})
_CLOSE: Final = 0.5
"""What it costs to confuse two vowels, or two consonants of one class."""
_LEAST: Final = 0.75
"""What costs less is the word itself."""
_MOST_OF_A_SOUND: Final = 0.4
_BEST_PARTS: Final = 40
_PREFERENCE: Final = 2.0
"""How much closer ones are preferred."""
_PLAIN: Final = re.compile("[a-z]{2,8}|a")


@dataclass(frozen=True, slots=True)
class Alike:
    """A text, and how far it is from the word in sounds."""

    text: str
    cost: float


def words_of(path: Path) -> list[str]:
    """Return the words of a list that are no names and not long."""
    return [one for one in path.read_text("utf-8").split() if _PLAIN.fullmatch(one)]


def sounds_of(texts: Sequence[str]) -> list[Sounds]:
    """Return the sounds of texts, as an American says them."""
    spoken = subprocess.run(
        [ESPEAK, "-q", "--ipa", "--tie=^", "-v", "en-us", "--stdin"],
        input="".join(f"{text}.\n" for text in texts),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [_split(line) for line in spoken]


def alike(word: str, words: Sequence[str], sounds: Sequence[Sounds]) -> list[Alike]:
    """Return single words and pairs that sound like a word, the closest first."""
    (wanted,) = sounds_of([word])
    ends = _Costs(wanted, sounds)
    begins = _Costs(wanted[::-1], [one[::-1] for one in sounds])
    most = _MOST_OF_A_SOUND * len(wanted)
    found = dict(zip(words, ends.anywhere.tolist(), strict=True))
    # A word in which the word to learn is heard is no part of anything else.
    other = np.flatnonzero(ends.anywhere >= _LEAST)
    for at in range(1, len(wanted)):
        firsts = _best(ends.at_end[at], other)
        seconds = _best(begins.at_end[len(wanted) - at], other)
        for first, second in product(firsts, seconds):
            cost = ends.at_end[at][first] + begins.at_end[len(wanted) - at][second]
            text = f"{words[first]} {words[second]}"
            found[text] = min(float(cost), found.get(text, cost))
    kept = [Alike(*one) for one in found.items() if _LEAST <= one[1] <= most]
    return sorted(kept, key=lambda one: (one.cost, one.text))


def drawn(found: Sequence[Alike], count: int, seed: int) -> list[str]:
    """Return some of what sounds alike, more of the closest."""
    rng = random.Random(seed)
    keys = {one.text: rng.random() ** np.exp(_PREFERENCE * one.cost) for one in found}
    return sorted(keys, key=lambda text: -keys[text])[:count]


class _Costs:
    """What it costs to hear a word, or its first sounds, in each of many others."""

    def __init__(self, wanted: Sounds, others: Sequence[Sounds]) -> None:
        """Compare all of them at once."""
        longest = max(map(len, others))
        lengths = np.array([len(one) for one in others])
        heard = sorted({sound for one in others for sound in one})
        number = {sound: at for at, sound in enumerate(heard)}
        codes = np.full((len(others), longest), len(heard))
        for row, one in zip(codes, others, strict=True):
            row[: len(one)] = [number[sound] for sound in one]
        costs: Numbers = np.zeros((len(others), longest + 1))
        rows = np.arange(len(others))
        self.at_end: list[Numbers] = [costs[rows, lengths]]
        """For each number of first sounds: the cost of hearing them at the end."""
        for sound in wanted:
            table = np.array([*(_confusion(sound, one) for one in heard), 9.0])
            costs = _next(costs, table[codes])
            self.at_end.append(costs[rows, lengths])
        self.anywhere: Numbers = costs.min(axis=1)


def _next(costs: Numbers, confusions: Numbers) -> Numbers:
    """Return the costs up to each sound after one more that is wanted."""
    found = costs + 1.0
    for at in range(confusions.shape[1]):
        replaced = costs[:, at] + confusions[:, at]
        added = found[:, at] + 1.0
        found[:, at + 1] = np.minimum(found[:, at + 1], np.minimum(replaced, added))
    return found


def _best(costs: Numbers, allowed: NDArray[np.intp]) -> list[int]:
    """Return the words that cost least."""
    # Of equal ones, any: not those that begin with an A.
    mixed = np.random.default_rng(len(allowed)).permutation(allowed)
    order = np.argsort(costs[mixed], kind="stable")[:_BEST_PARTS]
    return [int(one) for one in mixed[order]]


def _confusion(one: str, other: str) -> float:
    """Return what it costs to take a sound for another."""
    if one == other:
        return 0.0
    if one[0] in _VOWELS and other[0] in _VOWELS:
        return _CLOSE
    is_close = any(one in group and other in group for group in _CLASSES)
    return _CLOSE if is_close else 1.0


def _split(marks: str) -> Sounds:
    """Return the sounds of a line of phonemes."""
    plain = _MARKS.sub("", marks).translate(_SAME)
    for vowel in ("ɹ", "ə", "l"):
        plain = plain.replace(f"^{vowel}", vowel)
    return tuple(_SOUND.findall(plain.replace("ɚ", "əɹ")))
