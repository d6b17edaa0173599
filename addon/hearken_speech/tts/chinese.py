"""Figures, times and units as Chinese words.

espeak-ng leaves out the decimal point and the minus, says "percent" in English, and
has no word for ten thousand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_DIGITS: Final = "零一二三四五六七八九"
_PLACES: Final = ("", "十", "百", "千")
_LONGEST_NUMBER: Final = 9
"""Digits; longer ones are telephone numbers or codes, which are read one by one."""

_NUMBER: Final = r"\d++(?:,\d{3})*+(?:\.\d++)?+"
_TIME: Final = re.compile(r"(?<![\d:.])(\d{1,2})[:：](\d{2})(?![\d:：])")  # noqa: RUF001
_YEAR: Final = re.compile(r"(?<!\d)(\d{4})(?=\s*年)")
_MEASURED: Final = re.compile(
    rf"(?<![A-Za-z\d.,])(?P<minus>(?<![\w)])[-\u2212])?(?P<number>{_NUMBER})(?!\.?\d)"
    r"(?:\s*(?P<unit>%|‰|℃|℉|°\s?[CF]|°|[kM]?Wh?|km/h|m/s|m[²³]|[km]?m|cm|k?g|"
    r"lx|hPa|dB|ppm|[VAlL])(?![A-Za-z]))?"
)
_MEASURE_WORDS: Final = "个個点點台盏盞天小次位只隻条條间間扇把张張种種"
_TWO: Final = re.compile(rf"(?<![\d.,:第])2(?=\s*[{_MEASURE_WORDS}])")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Words:
    """The words of one script."""

    minus: str
    point: str
    pair: str
    """Two, before a measure word."""
    ten_thousands: tuple[str, ...]
    minute: str
    percent: str
    units: Mapping[str, str]


_SIMPLIFIED: Final = _Words(
    minus="负",
    point="点",
    pair="两",
    ten_thousands=("", "万", "亿"),
    minute="分",
    percent="百分之",
    units={
        "℃": "摄氏度",
        "°C": "摄氏度",
        "℉": "华氏度",
        "°F": "华氏度",
        "°": "度",
        "W": "瓦",
        "kW": "千瓦",
        "MW": "兆瓦",
        "Wh": "瓦时",
        "kWh": "千瓦时",
        "MWh": "兆瓦时",
        "V": "伏",
        "A": "安",
        "lx": "勒克斯",
        "hPa": "百帕",
        "km/h": "公里每小时",
        "m/s": "米每秒",
        "m²": "平方米",
        "m³": "立方米",
        "mm": "毫米",
        "cm": "厘米",
        "m": "米",
        "km": "公里",
        "g": "克",
        "kg": "公斤",
        "dB": "分贝",
        "l": "升",
        "L": "升",
    },
)
_IN_TRADITIONAL: Final = str.maketrans("负点两万亿摄华时贝", "負點兩萬億攝華時貝")
"""The characters above that are written otherwise in the traditional script."""


def _traditional(words: _Words) -> _Words:
    """Return words in the traditional script."""
    return _Words(
        minus=words.minus.translate(_IN_TRADITIONAL),
        point=words.point.translate(_IN_TRADITIONAL),
        pair=words.pair.translate(_IN_TRADITIONAL),
        ten_thousands=tuple(
            name.translate(_IN_TRADITIONAL) for name in words.ten_thousands
        ),
        minute=words.minute.translate(_IN_TRADITIONAL),
        percent=words.percent.translate(_IN_TRADITIONAL),
        units={
            unit: name.translate(_IN_TRADITIONAL) for unit, name in words.units.items()
        },
    )


_TRADITIONAL: Final = _traditional(_SIMPLIFIED)


def chinese_figures(text: str, *, is_traditional: bool = False) -> str:
    """Return a text with its figures as words."""
    words = _TRADITIONAL if is_traditional else _SIMPLIFIED
    text = _YEAR.sub(lambda match: _one_by_one(match[1]), text)
    text = _TIME.sub(lambda match: _time(match, words), text)
    text = _TWO.sub(words.pair, text)
    return _MEASURED.sub(lambda match: _measured(match, words), text)


def number(digits: str, ten_thousands: tuple[str, ...]) -> str:
    """Return a whole number in words."""
    if len(digits) > _LONGEST_NUMBER or (len(digits) > 1 and digits[0] == "0"):
        return _one_by_one(digits)
    value, words, is_gap = int(digits), "", False
    for index, name in reversed(list(enumerate(ten_thousands))):
        group = value // 10_000**index % 10_000
        if group:
            # "一万零二": a zero stands for all places that are left out.
            if words and (is_gap or group < 1000):  # noqa: PLR2004
                words += _DIGITS[0]
            words += _group(group) + name
        is_gap = bool(words) and not group
    words = words or _DIGITS[0]
    return words[1:] if words.startswith("一十") else words


def _group(value: int) -> str:
    """Return a number below ten thousand in words."""
    words, is_gap = "", False
    for place in (3, 2, 1, 0):
        digit = value // 10**place % 10
        if digit:
            words += (_DIGITS[0] if is_gap else "") + _DIGITS[digit] + _PLACES[place]
        is_gap = bool(words) and not digit
    return words


def _one_by_one(digits: str) -> str:
    """Return digits in words."""
    return "".join(_DIGITS[int(digit)] for digit in digits)


def _time(match: re.Match[str], words: _Words) -> str:
    """Return a time of day in words."""
    hour = number(str(int(match[1])), words.ten_thousands)
    hour = words.pair if hour == _DIGITS[2] else hour
    if match[2] == "00":
        return f"{hour}{words.point}"
    minute = number(str(int(match[2])), words.ten_thousands)
    zero = _DIGITS[0] if match[2].startswith("0") else ""
    return f"{hour}{words.point}{zero}{minute}{words.minute}"


def _measured(match: re.Match[str], words: _Words) -> str:
    """Return a number and its unit in words."""
    whole, _, fraction = match["number"].replace(",", "").partition(".")
    value = number(whole, words.ten_thousands)
    if fraction:
        value += words.point + _one_by_one(fraction)
    if match["minus"]:
        value = words.minus + value
    unit = (match["unit"] or "").replace(" ", "")
    if unit == "%":
        return words.percent + value
    return value + words.units.get(unit, unit)
