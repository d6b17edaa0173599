"""Texts as words, so that "16-ounce" and "sixteen ounce" are the same."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from hearken_speech.stt.script import script_of

_ENGLISH: Final = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_ENGLISH_TENS: Final = [
    "zero",
    "ten",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
]
_GERMAN: Final = [
    "null",
    "eins",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
    "dreizehn",
    "vierzehn",
    "fünfzehn",
    "sechzehn",
    "siebzehn",
    "achtzehn",
    "neunzehn",
]
_GERMAN_TENS: Final = [
    "null",
    "zehn",
    "zwanzig",
    "dreißig",
    "vierzig",
    "fünfzig",
    "sechzig",
    "siebzig",
    "achtzig",
    "neunzig",
]
_CHINESE: Final = "零一二三四五六七八九"
_SIGNS: Final = {
    "en": {"%": " percent ", "°": " degrees ", "&": " and ", "$": " dollars "},
    "de": {"%": " prozent ", "°": " grad ", "&": " und ", "€": " euro "},
    "zh": {},
}
_SHORT: Final = {"oz": "ounce", "ounces": "ounce", "ok": "okay"}
_POINT: Final = {"en": "point", "de": "komma", "zh": "点"}
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)?")
_LARGEST: Final = 999_999


def words(text: str, language: str = "en") -> list[str]:
    """Return the words of a text, numbers spelled; of Chinese, the characters."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    if language != "zh":
        text = re.sub(r"(\d)[.,](\d{3})\b", r"\1\2", text)
    for sign, word in _SIGNS[language].items():
        text = text.replace(sign, word)
    text = _NUMBER.sub(lambda found: f" {_spelled(found[0], language)} ", text)
    if language == "zh":
        # Whisper writes in either script, which is not an error of hearing.
        script = script_of("zh-CN")
        text = script.write(text) if script else text
        return [mark for mark in text if mark.isalnum()]
    text = re.sub(r"[^\w\s']|_", " ", text)
    return [_SHORT.get(word, word) for word in text.replace("'", "").split()]


def _spelled(number: str, language: str) -> str:
    """Return a number of digits in words."""
    whole, _, decimals = number.replace(",", ".").partition(".")
    if int(whole) > _LARGEST:
        return " ".join(whole)
    if language == "zh":
        spelled = _chinese(int(whole))
        tail = "".join(_CHINESE[int(digit)] for digit in decimals)
        return spelled + (_POINT["zh"] + tail if decimals else "")
    count = _english if language == "en" else _german
    spelled = count(int(whole))
    if decimals:
        digits = " ".join(count(int(digit)) for digit in decimals)
        spelled += f" {_POINT[language]} {digits}"
    return spelled


def _english(number: int) -> str:
    """Return an English number in words."""
    if number < 20:
        return _ENGLISH[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _ENGLISH_TENS[tens] + (f" {_ENGLISH[ones]}" if ones else "")
    size, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    many, rest = divmod(number, size)
    return f"{_english(many)} {name}" + (f" {_english(rest)}" if rest else "")


def _german(number: int) -> str:
    """Return a German number as one word; years as they are said."""
    if number < 20:
        return _GERMAN[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        before = {0: "", 1: "einund"}.get(ones, f"{_GERMAN[ones]}und")
        return before + _GERMAN_TENS[tens]
    if 1100 <= number < 2000:
        size, name = 100, "hundert"
    else:
        size, name = (1000, "tausend") if number >= 1000 else (100, "hundert")
    many, rest = divmod(number, size)
    first = "ein" if many == 1 else _german(many)
    return f"{first}{name}" + (_german(rest) if rest else "")


def _chinese(number: int) -> str:
    """Return a Chinese number below 100 in words, a larger one digit by digit."""
    if number >= 100:
        return "".join(_CHINESE[int(digit)] for digit in str(number))
    tens, ones = divmod(number, 10)
    if not tens:
        return _CHINESE[ones]
    before = "" if tens == 1 else _CHINESE[tens]
    return f"{before}十" + (_CHINESE[ones] if ones else "")
