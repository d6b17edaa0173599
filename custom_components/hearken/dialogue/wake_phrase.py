"""The wake word at the start of a text, where nobody paused after it.

The sound of a command that follows its wake word without a pause starts with the wake
word, so that no syllable of the command is lost. Speech-to-text writes it down, though
not always as its owner would.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Final

from ..protocol import Alternative

_ALIKE: Final = 0.7
"""Share of letters in which something that sounds like the wake word agrees with it."""
_MORE_WORDS: Final = 1
"""Words by which speech-to-text may exceed the wake word: "a lexus" for "alexa"."""
_WORD: Final = re.compile(r"\S+\s*")


def without_phrase(text: str, phrase: str | None) -> str:
    """Return a text without the wake word, or the end of it, that it begins with."""
    if not phrase or not text:
        return text
    words = _WORD.findall(text)
    wanted = phrase.casefold().split()
    endings = ["".join(wanted[first:]) for first in range(len(wanted))]
    best, likeness = 0, _ALIKE
    for count in range(1, min(len(words), len(wanted) + _MORE_WORDS) + 1):
        said = re.sub(r"\W", "", "".join(words[:count]).casefold())
        found = max(SequenceMatcher(None, said, each).ratio() for each in endings)
        if found > likeness:
            best, likeness = count, found
    return "".join(words[best:]) if best else text


def alternatives_without_phrase(
    alternatives: Sequence[Alternative], phrase: str | None
) -> Sequence[Alternative]:
    """Return alternatives without the wake word that they begin with."""
    if not phrase:
        return alternatives
    return [
        replace(each, text=without_phrase(each.text, phrase)) for each in alternatives
    ]
