"""The script and spelling in which the client's language is written.

Whisper knows one "zh" and writes it in either script, whatever the region. Home
Assistant compares texts by their characters: a pipeline in zh-CN does not understand
"開燈". OpenCC converts the characters; the words stay those that were said.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from hearken_speech.stt.languages import LanguageTag, whisper_code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    type Convert = Callable[[str], str]

_SIMPLIFIED: Final = "tw2s"
"""OpenCC's configuration for simplified characters, from any others."""
_TRADITIONAL: Final = "s2tw"
# OpenCC follows the standard of the authorities; people and Home Assistant write these.
_EVERYDAY: Final = str.maketrans("臺溼", "台濕")
_TRADITIONAL_REGIONS: Final = frozenset({"TW", "HK", "MO"})
_SIMPLIFIED_REGIONS: Final = frozenset({"CN", "SG", "MY"})

_WITHOUT_ESZETT: Final = str.maketrans({"ß": "ss", "ẞ": "SS"})
_REGIONS_WITHOUT_ESZETT: Final = frozenset({"CH", "LI"})

_CYRILLIC: Final = "абвгдђежзијклљмнњопрстћуфхцчџш"
_LATIN: Final = (
    *("a", "b", "v", "g", "d", "đ", "e", "ž", "z", "i", "j", "k", "l", "lj", "m"),
    *("n", "nj", "o", "p", "r", "s", "t", "ć", "u", "f", "h", "c", "č", "dž", "š"),
)
_SERBIAN_LATIN: Final[Mapping[int, str]] = {
    ord(letter): latin
    for small, latin_small in zip(_CYRILLIC, _LATIN, strict=True)
    for letter, latin in (
        (small, latin_small),
        (small.upper(), latin_small.capitalize()),
    )
}

_SHORTEST_NAME: Final = 2
"""A single character may be part of any word, so it is not kept as a name."""


class Script:
    """Writes texts as one language wants it, and names as the house does."""

    def __init__(self, convert: Convert, names: tuple[str, ...]) -> None:
        """Set the conversion of texts, and the names that it must not change."""
        self._convert = convert
        converted = {convert(name): name for name in names}
        self._names = sorted(
            (
                (text, name)
                for text, name in converted.items()
                if text != name and len(name) >= _SHORTEST_NAME
            ),
            key=lambda pair: len(pair[0]),
            reverse=True,
        )

    def write(self, text: str) -> str:
        """Return a text in this script."""
        text = self._convert(text)
        for converted, name in self._names:
            text = text.replace(converted, name)
        return text


@lru_cache(maxsize=16)
def script_of(tag: str, names: tuple[str, ...] = ()) -> Script | None:
    """Return the script of a language, None if Whisper's texts are right for it.

    Names of the house are written as the house writes them, whatever the script.
    """
    convert = _conversion(LanguageTag.parse(tag), whisper_code(tag))
    return None if convert is None else Script(convert, names)


def _conversion(tag: LanguageTag, code: str) -> Convert | None:
    """Return the conversion of texts in a language."""
    if code in {"zh", "yue"}:
        return _traditional if _is_traditional(tag, code) else _simplified
    if code == "sr" and tag.script == "Latn":
        return _serbian_latin
    if code == "de" and tag.region in _REGIONS_WITHOUT_ESZETT:
        return _without_eszett
    return None


def _is_traditional(tag: LanguageTag, code: str) -> bool:
    """Return whether a tag of Chinese means traditional characters."""
    if tag.script in {"Hans", "Hant"}:
        return tag.script == "Hant"
    if code == "yue":
        return tag.region not in _SIMPLIFIED_REGIONS
    return tag.region in _TRADITIONAL_REGIONS


@cache
def _opencc(configuration: str) -> Convert:
    """Return a converter; the dictionaries take up to 150 ms and 45 MB.

    Only houses that need one load it.
    """
    import opencc  # noqa: PLC0415 - see above

    convert: Convert = opencc.OpenCC(configuration).convert
    return convert


def _simplified(text: str) -> str:
    return _opencc(_SIMPLIFIED)(text)


def _traditional(text: str) -> str:
    return _opencc(_TRADITIONAL)(text).translate(_EVERYDAY)


def _serbian_latin(text: str) -> str:
    return text.translate(_SERBIAN_LATIN)


def _without_eszett(text: str) -> str:
    return text.translate(_WITHOUT_ESZETT)
