"""What can go wrong with wake words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearken_speech.errors import HearkenError, WakeWordError
from hearken_speech.protocol import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN_NAMES = 5
_SHOWN_CHARACTERS = 200


class WakeError(HearkenError):
    """Something about wake words went wrong."""


class WakeModelError(WakeError):
    """A model file cannot be used; the message says why."""

    code = ErrorCode.NO_MODEL


class UnknownWordError(WakeWordError):
    """There is no wake word of that name."""

    def __init__(self, names: Sequence[str], known: Sequence[str]) -> None:
        """Say which names are unknown, and which ones there are."""
        shown = ", ".join(names[:_SHOWN_NAMES])[:_SHOWN_CHARACTERS]
        there_are = ", ".join(known) or "none"
        super().__init__(f"unknown wake word: {shown}; there are: {there_are}")


class EngineFullError(WakeError):
    """More streams than the engine serves."""

    code = ErrorCode.BUSY


class EngineClosedError(WakeError):
    """The engine has been closed."""
