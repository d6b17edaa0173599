"""Language tags of clients, and Whisper's codes for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import LanguageError

if TYPE_CHECKING:
    from collections.abc import Collection

# Codes of ISO 639 and older ones on the left, Whisper's on the right.
_OTHER_CODES: Final = {
    "arb": "ar",
    "cmn": "zh",
    "fil": "tl",
    "gsw": "de",
    "in": "id",
    "iw": "he",
    "ji": "yi",
    "jv": "jw",
    "mo": "ro",
    "nb": "no",
    "pes": "fa",
    "swh": "sw",
    "zsm": "ms",
}
# A language that few models know, and the one whose model comes closest.
_NEAREST: Final = {"nn": "no", "yue": "zh"}
_CANTONESE_REGIONS: Final = frozenset({"HK", "MO"})
_TO_DETECT: Final = frozenset({"", "auto", "und"})
_SCRIPT: Final = re.compile(r"[a-z]{4}", re.IGNORECASE)
_REGION: Final = re.compile(r"[a-z]{2}|\d{3}", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class LanguageTag:
    """The parts of a tag such as "zh-Hant-HK", "de_CH" or "en"."""

    language: str
    """In lower case."""
    script: str = ""
    """Four letters, as "Hant"; empty if the tag has none."""
    region: str = ""
    """As "HK"; empty if the tag has none."""

    @classmethod
    def parse(cls, tag: str) -> LanguageTag:
        """Return the parts of a tag; parts of other kinds are left out."""
        # Locales of an operating system end in an encoding: "zh_TW.UTF-8".
        plain = re.split(r"[.@]", tag.strip(), maxsplit=1)[0]
        language, *others = plain.replace("_", "-").split("-")
        return cls(
            language=language.lower(),
            script=next((s.title() for s in others if _SCRIPT.fullmatch(s)), ""),
            region=next((r.upper() for r in others if _REGION.fullmatch(r)), ""),
        )


def whisper_code(tag: str) -> str:
    """Return Whisper's code of a language such as "en-GB" or "nb"."""
    language = LanguageTag.parse(tag).language
    return _OTHER_CODES.get(language, language)


def is_to_detect(tag: str | None) -> bool:
    """Return whether a client leaves it to the model to detect the language."""
    return tag is None or tag.strip().lower() in _TO_DETECT


def whisper_language(tag: str, known: Collection[str]) -> str:
    """Return the known code for a language; raise LanguageError if there is none."""
    parsed, code = LanguageTag.parse(tag), whisper_code(tag)
    is_cantonese = code == "zh" and parsed.region in _CANTONESE_REGIONS
    for candidate in ("yue" if is_cantonese else code, code, _NEAREST.get(code, code)):
        if candidate in known:
            return candidate
    only = "; it knows English only" if set(known) == {"en"} else ""
    msg = f'The model in use does not know the language "{tag[:100]}"{only}.'
    raise LanguageError(msg)


def resolve(tag: str | None, known: Collection[str]) -> str | None:
    """Return the code to decode with, None to detect it.

    Raise LanguageError if the model does not know the language.
    """
    if tag is None or is_to_detect(tag):
        return None
    return whisper_language(tag, known)
