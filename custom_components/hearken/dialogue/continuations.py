"""How an unfinished command may continue. Independent of Home Assistant."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

MAX_TAIL_WORDS: Final = 5
"""How many words at the end of a text may be the beginning of a name."""
MAX_TAILS: Final = 3
MAX_EXAMPLES: Final = 8

# Words that something must follow: articles, prepositions, conjunctions. Only used
# for texts that are not a command already, so "turn the light off" is safe.
_OPEN_WORDS: Final = {
    "en": re.compile(
        r"a|all|an|and|any|as|at|by|every|for|from|into|my|of|or|our|set|some|the|to"
        r"|turn|until|with|your"
    ),
    "de": re.compile(
        r"alle|allen|am|beim|bei|bis|das|dem|den|der|des|die|eine|einem|einen|für|im"
        r"|ins|mein|meine|mit|oder|schalte|stell|stelle|und|unser|unsere|vom|von|zum|zur"
    ),
}

# What may end a command and is neither a name nor said before one.
_ENDINGS: Final = {
    "en": ("on", "off", "minutes", "percent", "degrees"),
    "de": ("ein", "aus", "an", "Minuten", "Prozent", "Grad"),
    "zh": ("打开", "关闭", "分钟"),
}
_NUMBER: Final = "20"


def ends_open(text: str, language: str) -> bool:
    """Return whether the last word must be followed by another one."""
    words = text.casefold().split()
    pattern = _OPEN_WORDS.get(_base(language))
    return bool(words and pattern and pattern.fullmatch(words[-1]))


def tails(text: str, names: Iterable[str]) -> list[str]:
    """Return the remainders of names whose beginning ends the text.

    The names are in lower case. Those with the longest beginning come first.
    """
    words = text.casefold().split()[-MAX_TAIL_WORDS:]
    beginnings = [" ".join(words[first:]) + " " for first in range(len(words))]
    if not beginnings:
        return []
    # A single check rules out most names: they begin with none of these words.
    first_words = tuple(set(words))
    found = [
        (first, name[len(beginning) :])
        for name in names
        if name.startswith(first_words)
        for first, beginning in enumerate(beginnings)
        if name.startswith(beginning)
    ]
    return [rest for _, rest in sorted(found)[:MAX_TAILS]]


def goes_on(name: str, names: Iterable[str]) -> list[str]:
    """Return the remainders of longer names that begin with this name."""
    beginning = name.casefold().strip() + " "
    rests = (n[len(beginning) :] for n in names if n.startswith(beginning))
    return [rest for rest, _ in zip(rests, range(MAX_TAILS), strict=False)]


def continuations(language: str, examples: Sequence[str]) -> Iterator[str]:
    """Yield what an unfinished command in this language may continue with."""
    yield from examples[:MAX_EXAMPLES]
    yield _NUMBER
    yield from _ENDINGS.get(_base(language), ())


def _base(language: str) -> str:
    """Return the language without its country."""
    return language.replace("_", "-").split("-")[0].lower()
