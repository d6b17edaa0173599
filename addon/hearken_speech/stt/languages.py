"""Language tags of clients as Whisper's codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hearken_speech.errors import LanguageError

if TYPE_CHECKING:
    from collections.abc import Collection

# Home Assistant's codes on the left, Whisper's on the right.
_OTHER_CODES: Final = {"nb": "no", "jv": "jw", "fil": "tl", "iw": "he", "cmn": "zh"}
_CANTONESE: Final = ("zh-hk", "zh-mo", "yue")


def whisper_code(tag: str) -> str:
    """Return Whisper's code of a language such as "en-GB" or "nb"."""
    primary = tag.lower().replace("_", "-").split("-", maxsplit=1)[0]
    return _OTHER_CODES.get(primary, primary)


def whisper_language(tag: str, known: Collection[str]) -> str:
    """Return the code that a model knows for a language such as "en" or "pt-BR"."""
    lower = tag.lower().replace("_", "-")
    candidates = ["yue"] if lower.startswith(_CANTONESE) else []
    for code in (*candidates, whisper_code(tag)):
        if code in known:
            return code
    msg = f'The model in use does not know the language "{tag}".'
    raise LanguageError(msg)
