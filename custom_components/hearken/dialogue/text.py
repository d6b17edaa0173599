"""Texts as speech-to-text writes them, cut into tokens. Independent of Home Assistant.

A token is a word, a number, or a single character of a script without spaces.
"""

import re
import unicodedata
from typing import Final

from ..languages import SPACELESS

_MARKS: Final = ".?!,;:\u3002\uff1f\uff01\uff0c"
"""Punctuation at the end of a sentence, including Chinese punctuation."""
MAX_TOKENS: Final = 60
"""Nobody gives orders that are longer."""

_TOKEN: Final = re.compile(
    # The blocks of these scripts have their punctuation, too, such as "。".
    rf"\d+(?:[.,]\d+)?|(?=[\w\u0e00-\u17ff])[{SPACELESS}]|(?:(?![{SPACELESS}])[^\W\d_])+|[%°]"
)
_APOSTROPHES: Final = re.compile(r"['\u2019`\u00b4]")
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)?")

type Tokens = tuple[str, ...]


def without_marks(text: str) -> str:
    """Return a text without the punctuation at its end."""
    return text.strip().rstrip(_MARKS).strip()


def tokens_of(text: str) -> Tokens:
    """Return the tokens of a text, without case and punctuation."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return tuple(_TOKEN.findall(_APOSTROPHES.sub("", plain)))


def number_of(token: str) -> float | None:
    """Return the number that is written in digits, None if it is another token."""
    if _NUMBER.fullmatch(token) is None:
        return None
    return float(token.replace(",", "."))
