"""The numbers in a text, as digits or as words. Independent of Home Assistant."""

import re
from functools import cache
from typing import Final

_SMALL: Final = {
    "en": (
        *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight"),
        *("nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen"),
        *("sixteen", "seventeen", "eighteen", "nineteen"),
    ),
    "de": (
        *("null", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht"),
        *("neun", "zehn", "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn"),
        *("sechzehn", "siebzehn", "achtzehn", "neunzehn"),
    ),
}
_TENS: Final = {
    "en": (
        *("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty"),
        "ninety",
    ),
    "de": (
        *("zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig"),
        *("achtzig", "neunzig"),
    ),
}
_ALSO_OTHER_WORDS: Final = frozenset({"one", "two", "four", "ein"})
"""Words that are, or sound like, other words: "to", "for"."""


def numbers(text: str, language: str) -> frozenset[int]:
    """Return the numbers below 100 in a text, and any in digits.

    Words are known in English and German. A decimal counts as two numbers.
    """
    words = _words(language.replace("_", "-").split("-")[0].lower())
    plain = re.sub(r"[-\s]+", " ", text.lower())
    found = {int(digits) for digits in re.findall(r"(?<!\d)\d{1,9}(?!\d)", plain)}
    if words:
        pattern = re.compile(rf"\b(?:{'|'.join(words)})\b")
        found.update(words[word] for word in pattern.findall(plain))
    return frozenset(found)


def contradict(text: str, other: str, language: str) -> bool:
    """Return whether a text has numbers, and another one not the same ones.

    The other may have fewer, but not none.
    """
    known = numbers(text, language)
    others = numbers(other, language)
    return bool(known) and not (others and others <= known)


@cache
def _words(language: str) -> dict[str, int]:
    """Return the numbers of a language by their words, the longest first."""
    small, tens = _SMALL.get(language, ()), _TENS.get(language, ())
    found = dict(zip(small, range(20), strict=False))
    for place, ten in enumerate(tens, start=2):
        found[ten] = 10 * place
        for unit in range(1, 10):
            word = small[unit]
            compound = f"{word}und{ten}" if language == "de" else f"{ten} {word}"
            found[compound] = 10 * place + unit
    by_length = sorted(found.keys() - _ALSO_OTHER_WORDS, key=len, reverse=True)
    return {word: found[word] for word in by_length}
