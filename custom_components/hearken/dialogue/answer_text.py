"""The words of a spoken answer and of the sentences that are compared with it.

Independent of Home Assistant.
"""

import re
import unicodedata
from typing import Final

from ..languages import base_of, plain_form

_PERCENT_WORDS: Final = {
    "ar": "بالمئة",
    "bg": "процента",
    "bn": "শতাংশ",
    "ca": "per cent",
    "cs": "procent",
    "da": "procent",
    "de": "Prozent",
    "el": "τοις εκατό",
    "en": "percent",
    "es": "por ciento",
    "et": "protsenti",
    "fa": "درصد",
    "fi": "prosenttia",
    "fr": "pour cent",
    "gl": "por cento",
    "he": "אחוז",
    "hi": "प्रतिशत",
    "hr": "posto",
    "hu": "százalék",
    "id": "persen",
    "it": "per cento",
    "ja": "パーセント",
    "ko": "퍼센트",
    "lt": "procentų",
    "lv": "procentu",
    "nb": "prosent",
    "nl": "procent",
    "no": "prosent",
    "pl": "procent",
    "pt": "por cento",
    "ro": "la sută",
    "ru": "процентов",
    "sk": "percent",
    "sl": "odstotkov",
    "sr": "посто",
    "sv": "procent",
    "th": "เปอร์เซ็นต์",
    "uk": "відсотків",
    "vi": "phần trăm",
}
_PERCENT_PREFIXES: Final = {"tr": "yüzde ", "zh": "百分之"}
"""Languages that say it before the number."""
_SIGN: Final = r"[%\u066a\ufe6a\uff05]"
_PERCENT_SIGN: Final = re.compile(rf"\s*{_SIGN}")
_NUMBER: Final = r"(\{[^{}]*\}|\d+(?:[.,]\d+)*)"
_PERCENTAGES: Final = (
    re.compile(rf"{_NUMBER}\s*{_SIGN}"),
    re.compile(rf"{_SIGN}\s*{_NUMBER}"),
)
"""A number or a slot with the sign after or before it."""
_INITIALS: Final = re.compile(r"(?<!\w)[^\W\d_](?:\.[^\W\d_])+(?!\w)\.?")
"""Letters with periods between them, such as "O.K." or "p.m."."""
_SIGNS: Final = "%°"
_MATHS_AND_MONEY: Final = ("Sm", "Sc")
_DOTLESS: Final = ("tr", "az")
"""Languages in which the capital of "\u0131" is "I"."""
_IN_NUMBERS: Final = frozenset(".,:/")
_IN_WORDS: Final = frozenset("'\u2019-\u2010\u2011&@\u00b7\u05f3\u05f4")
"""Punctuation that belongs to a number or a word if it stands inside one."""


def plain_answer(text: str, language: str) -> str:
    """Return the words of an answer, without punctuation and pictures.

    Numbers such as 3.5 and 10:30 stay whole, and "50%" becomes "50 percent".
    """
    text = spoken_signs(text, language)
    letters = [letter if _belongs(text, at) else " " for at, letter in enumerate(text)]
    return " ".join("".join(letters).split())


def spoken_signs(text: str, language: str) -> str:
    """Return a text or a template with signs and initials as they are spoken."""
    text = _INITIALS.sub(lambda found: found[0].replace(".", ""), plain_form(text))
    base = base_of(language)
    if prefix := _PERCENT_PREFIXES.get(base):
        for percentage in _PERCENTAGES:
            text = percentage.sub(rf"{prefix}\1", text)
        return text
    return _PERCENT_SIGN.sub(f" {_PERCENT_WORDS.get(base, 'percent')}", text)


def folded(text: str, language: str) -> str:
    """Return a text in which no letter has a case, as the language folds them."""
    text = text.replace("\u0130", "i")
    if base_of(language) in _DOTLESS:
        text = text.replace("I", "\u0131")
    return text.casefold()


def _belongs(text: str, at: int) -> bool:
    """Return whether the character at this place is no punctuation."""
    letter = text[at]
    category = unicodedata.category(letter)
    if letter in _SIGNS or category[0] not in "PS" or category in _MATHS_AND_MONEY:
        return True
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if letter in _IN_NUMBERS:
        return before.isdecimal() and after.isdecimal()
    if letter == "-" and after.isdecimal():
        return not before.strip() or before.isalnum()
    return letter in _IN_WORDS and before.isalnum() and after.isalnum()
