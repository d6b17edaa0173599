"""Texts without the phrase: what else is said in a house, and what resembles it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .phrase import COMMON_WORDS, says

if TYPE_CHECKING:
    import random

    from .phrase import Phrase

_WORDS_OF_A_SENTENCE: Final = (5, 9)
_NEAR_MISSES_OF_A_WORD: Final = 6


def sentences(language: str, count: int, choose: random.Random) -> list[str]:
    """Return random words, as many as sentences have."""
    words = COMMON_WORDS.get(language) or COMMON_WORDS["en"]
    return [
        " ".join(choose.choices(words, k=choose.randint(*_WORDS_OF_A_SENTENCE)))
        for _ in range(count)
    ]


def near_misses(phrase: Phrase, choose: random.Random) -> list[str]:
    """Return texts with single words of a phrase of several words."""
    parts = phrase.text.split()
    if len(parts) == 1:
        return []
    words = COMMON_WORDS.get(phrase.language) or COMMON_WORDS["en"]
    texts = [
        " ".join((choose.choice(words), part, *choose.choices(words, k=2)))
        for part in parts
        for _ in range(_NEAR_MISSES_OF_A_WORD)
    ]
    return [text for text in texts if not says(text, phrase)]
