"""The PIN that allows risky commands: as it is spoken, and how often it may be wrong.

Independent of Home Assistant.
"""

import hmac
import re
import unicodedata
from enum import Enum, auto
from typing import Final, override

from .lexicon import Lexicon
from .text import tokens_of

MAX_WRONG: Final = 3
LOCK_SECONDS: Final = 300.0
"""Time for which no PIN is accepted after too many wrong ones."""
_BETWEEN_DIGITS: Final = re.compile(r"(?<=\d)[.,](?=\d)")
_IGNORED: Final = frozenset({"filler", "article", "yes"})
"""Kinds of words that may stand beside a PIN."""
_SIGNS: Final = frozenset("%")


class Verdict(Enum):
    """What became of a PIN."""

    RIGHT = auto()
    WRONG = auto()
    LOCKED = auto()
    """Not even looked at, or wrong once too often."""


class PinGuard:
    """Compares what is said with the PIN, for the whole house."""

    def __init__(self, pin: str = "") -> None:
        """Guard a PIN; there is none if it is empty."""
        self._pin = pin
        self._wrong = 0
        self._locked_until = 0.0

    @override
    def __repr__(self) -> str:
        """Return a text without the PIN."""
        return f"<{type(self).__name__}>"

    def check(self, digits: str, now: float) -> Verdict:
        """Return whether these digits are the PIN; count them if not."""
        if self.is_locked(now):
            return Verdict.LOCKED
        if self._pin and hmac.compare_digest(digits.encode(), self._pin.encode()):
            self._wrong = 0
            return Verdict.RIGHT
        self._wrong += 1
        if self._wrong < MAX_WRONG:
            return Verdict.WRONG
        self._wrong, self._locked_until = 0, now + LOCK_SECONDS
        return Verdict.LOCKED

    def is_locked(self, now: float) -> bool:
        """Return whether no PIN is accepted at the moment."""
        return now < self._locked_until

    def may_be_whole(self, digits: str) -> bool:
        """Return whether there are as many digits as the PIN has."""
        return len(digits) >= len(self._pin)


def spoken_digits(text: str, lexicon: Lexicon) -> str:
    """Return the digits in an answer that is a PIN, empty if it is anything else.

    Digits, words and larger numbers are taken one after the other: "12 thirty four".
    """
    tokens = tokens_of(_BETWEEN_DIGITS.sub(" ", text))
    digits, at = "", 0
    while at < len(tokens):
        token = tokens[at]
        if token.isdecimal():
            digits += "".join(str(int(character)) for character in token)
        elif (digit := lexicon.pin_digits.get(token)) is not None:
            digits += str(digit)
        elif (found := lexicon.numbers.at(tokens, at)) is not None:
            at, number = found
            if not number.is_integer():
                return ""
            digits += str(int(number))
            continue
        elif not (token in lexicon.pin_words or _is_ignored(token, lexicon)):
            return ""
        at += 1
    return digits


def _is_ignored(token: str, lexicon: Lexicon) -> bool:
    """Return whether a word or a punctuation mark adds nothing to a PIN."""
    is_mark = unicodedata.category(token[0])[0] == "P" and token not in _SIGNS
    return is_mark or any(tag.kind in _IGNORED for tag in lexicon.word(token))
