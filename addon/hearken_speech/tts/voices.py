"""espeak-ng's voices, and the languages that they can read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import LanguageError

if TYPE_CHECKING:
    from collections.abc import Sequence

# espeak-ng's names of languages that the rest of the world calls otherwise.
_LANGUAGES: Final = {
    "cmn-latn-pinyin": ("zh", "zh-CN", "zh-TW", "zh-Hans", "zh-Hant", "zh-SG"),
    "en-us": ("en", "en-US"),
    "es-419": ("es-419",),
    "fr-fr": ("fr", "fr-FR"),
    "nb": ("nb", "no"),
    "yue": ("zh-HK", "yue"),
}
# These cannot read their own script: they say its tones or letters in English (cmn,
# hak, ja, kok, quc), or a part of the sounds only (he, my, th).
_UNREADABLE: Final = frozenset({"cmn", "hak", "he", "ja", "kok", "my", "quc", "th"})
_RENAMED: Final = {"cmn": "cmn-latn-pinyin"}
"""Voices that were offered once, and the ones that took their place."""
_NEAREST: Final = {"cmn": "zh", "gsw": "de", "nn": "nb"}
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z]{2})?")
_LISTED: Final = re.compile(r"^\s*\d+\s+(?P<code>\S+)\s+\S+\s+(?P<name>\S+)")


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice of espeak-ng."""

    name: str
    """Name in espeak-ng."""
    description: str
    languages: tuple[str, ...]


def parse_voices(listing: str) -> list[Voice]:
    """Return the usable voices in the table that ``espeak-ng --voices`` prints."""
    voices: dict[str, Voice] = {}
    for line in listing.splitlines():
        if (match := _LISTED.match(line)) is None:
            continue
        code = match["code"].lower()
        if languages := _languages(code):
            description = match["name"].replace("_", " ").strip()
            voices.setdefault(code, Voice(code, description, languages))
    return list(voices.values())


def choose_voice(
    voices: Sequence[Voice], name: str | None, language: str | None
) -> Voice:
    """Return the voice for a name or language; raise LanguageError if none."""
    if name:
        name = _RENAMED.get(name, name)
        for voice in voices:
            if voice.name == name:
                return voice
        msg = f"there is no voice called {name[:100]!r}"
        raise LanguageError(msg)
    wanted = (language or "en").replace("_", "-").lower()
    primary = wanted.split("-", maxsplit=1)[0]
    for candidate in (wanted, primary, _NEAREST.get(primary, primary)):
        for voice in voices:
            if candidate in (known.lower() for known in voice.languages):
                return voice
    msg = f"no voice speaks the language {wanted[:100]!r}"
    raise LanguageError(msg)


def _languages(code: str) -> tuple[str, ...]:
    """Return the languages of a voice; none if it is not offered."""
    if code in _UNREADABLE:
        return ()
    if (languages := _LANGUAGES.get(code)) is not None:
        return languages
    # Dialects without a name of their own ("en-gb-x-rp") are left out.
    return (_tag(code),) if _LANGUAGE.fullmatch(code) else ()


def _tag(code: str) -> str:
    """Write a language as others do: ``en-gb`` becomes ``en-GB``."""
    language, _, region = code.partition("-")
    return f"{language}-{region.upper()}" if region else language
