"""Numbers in words, for answers that are judged by their text."""

from __future__ import annotations

from typing import Final

_WORDS: Final = {
    1: ("one", "eine", "ein", "一"),
    2: ("two", "zwei", "二", "两"),
    3: ("three", "drei", "三"),
    4: ("four", "vier", "四"),
    5: ("five", "fünf", "五"),
    6: ("six", "sechs", "六"),
    7: ("seven", "sieben", "七"),
    8: ("eight", "acht", "八"),
    9: ("nine", "neun", "九"),
    10: ("ten", "zehn", "十"),
    11: ("eleven", "elf", "十一"),
    12: ("twelve", "zwölf", "十二"),
    15: ("fifteen", "fünfzehn", "十五"),
    20: ("twenty", "zwanzig", "二十"),
    21: ("twenty-one", "einundzwanzig", "二十一"),
    30: ("thirty", "dreißig", "三十"),
    40: ("forty", "vierzig", "四十"),
    50: ("fifty", "fünfzig", "五十"),
}


def in_words(text: str) -> tuple[str, ...]:
    """Return a number in the words of the three languages."""
    return _WORDS.get(int(text), ()) if text.isdigit() else ()
