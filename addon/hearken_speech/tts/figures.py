"""Signs and decimals that espeak-ng reads wrongly, as the language says them.

In many languages it leaves out the minus of "-5", says a decimal point where there is
a comma, or reads "°C" as the letter alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hearken_speech.tts.chinese import chinese_figures

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True, slots=True)
class _Words:
    """What a language says; empty where espeak-ng says it."""

    minus: str = ""
    percent: str = ""
    degrees: str = ""


_WORDS: Final[Mapping[str, _Words]] = {
    "bg": _Words(minus="минус", degrees="градуса"),
    "ca": _Words(degrees="graus"),
    "da": _Words(minus="minus", degrees="grader"),
    "de": _Words(degrees="Grad"),
    "el": _Words(degrees="βαθμούς"),
    "es": _Words(minus="menos"),
    "et": _Words(degrees="kraadi"),
    "eu": _Words(minus="minus", percent="ehuneko", degrees="gradu"),
    "fi": _Words(degrees="astetta"),
    "fr": _Words(minus="moins"),
    "hi": _Words(minus="माइनस", degrees="डिग्री"),
    "hu": _Words(minus="mínusz"),
    "id": _Words(minus="minus", degrees="derajat"),
    "is": _Words(minus="mínus", percent="prósent", degrees="gráður"),
    "ko": _Words(minus="마이너스", percent="퍼센트", degrees="도"),
    "nb": _Words(degrees="grader"),
    "pl": _Words(minus="minus"),
    "ru": _Words(minus="минус", degrees="градусов"),
    "sk": _Words(minus="mínus"),
    "sl": _Words(minus="minus"),
    "sv": _Words(degrees="grader"),
    "tr": _Words(minus="eksi"),
    "uk": _Words(minus="мінус", percent="відсотків", degrees="градусів"),
    "vi": _Words(minus="âm", degrees="độ"),
}
_DECIMAL_COMMA: Final = frozenset(
    (
        *("bg", "ca", "cs", "da", "de", "el", "es", "et", "eu", "fi", "fr", "hr", "hu"),
        *("id", "is", "it", "lt", "lv", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl"),
        *("sr", "sv", "tr", "uk", "vi"),
    )
)
_DECIMAL_POINT: Final = frozenset({"es-419"})

_HARD_SPACE: Final = re.compile("[\u00a0\u202f](?=[%°℃€$A-Za-z])")
_MINUS: Final = re.compile(r"(?<![\w.,)\]])[-\u2212](?=\d)")
# Neither dates ("28.11.", "28.11.2026"), versions, thousands, nor "7.30 Uhr".
_DECIMAL: Final = re.compile(
    r"(?<![\w.,:])(\d++)\.(\d{1,2}|\d{4,})(?![\d:]|[.,]\d|\.(?!\s*\Z)|\s*Uhr\b)"
)
_DEGREES: Final = re.compile(r"\s?(?:°\s?C\b|℃)")
_PERCENT: Final = re.compile(r"\s?%")


def readable_figures(text: str, language: str) -> str:
    """Return a text with its figures as espeak-ng has to get them.

    The language is the first one of the voice, as "de" or "zh-HK".
    """
    if language in {"zh", "zh-HK"}:
        return chinese_figures(text, is_traditional=language == "zh-HK")
    primary = language.partition("-")[0]
    words = _WORDS.get(primary, _Words())
    text = _HARD_SPACE.sub(" ", text)
    text = _MINUS.sub(f"{words.minus} " if words.minus else "-", text)
    if primary in _DECIMAL_COMMA and language not in _DECIMAL_POINT:
        text = _DECIMAL.sub(r"\1,\2", text)
    if words.percent:
        text = _PERCENT.sub(f" {words.percent}", text)
    if words.degrees:
        text = _DEGREES.sub(f" {words.degrees}", text)
    return text
