"""Sentences of many different words, as nobody would say them but with every sound."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from hearken_speech.wake.making.phrase import COMMON_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORDS_OF_A_SENTENCE: Final = (4, 9)
_COMMON_SHARE: Final = 0.5
_MARKS: Final = ("", ".", "!", "?", "!")


def sentences(words: Sequence[str], count: int, seed: int) -> list[str]:
    """Return sentences of words of a list and of those that are said all day."""
    choose = random.Random(seed)
    common = COMMON_WORDS["en"]

    def word() -> str:
        """Return a word."""
        return choose.choice(common if choose.random() < _COMMON_SHARE else words)

    return [
        " ".join(word() for _ in range(choose.randint(*_WORDS_OF_A_SENTENCE)))
        + choose.choice(_MARKS)
        for _ in range(count)
    ]
