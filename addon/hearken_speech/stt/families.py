"""Families of models that are equally sure of what they hear."""

from __future__ import annotations

from typing import Final

EMBEDDED: Final = "embedded"
ENGLISH: Final = "whisper-en"
MULTILINGUAL: Final = "whisper"
UNKNOWN: Final = "other"
"""Models that nobody has measured: the guard rejects the least of their texts."""

_BASE_WIDTH: Final = 512
"""Width of the encoder of Whisper's "base"; "tiny" has 384, "small" has 768."""


def family(*, multilingual: bool, width: int) -> str:
    """Return the family of a published Whisper model by its languages and width.

    "tiny.en" and "base" were measured. Larger models are surer, and others of their
    size are like them: those that only know English take more for silence.
    """
    if width > _BASE_WIDTH:
        return UNKNOWN
    return MULTILINGUAL if multilingual else ENGLISH
