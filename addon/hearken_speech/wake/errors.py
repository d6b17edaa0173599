"""Errors of wake words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearken_speech.errors import HearkenError, WakeWordError
from hearken_speech.protocol import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SHOWN_NAMES = 5
_SHOWN_CHARACTERS = 200


class WakeError(HearkenError):
    """Base class of errors of wake words."""


class WakeModelError(WakeError):
    """A model file cannot be used; the message says why."""

    code = ErrorCode.NO_MODEL


class UnknownWordError(WakeWordError):
    """No wake word has that name."""

    def __init__(
        self, names: Sequence[str] | Mapping[str, str | None], known: Sequence[str]
    ) -> None:
        """Set the unknown names, with reasons if there are any, and the known ones."""
        reasons = names if isinstance(names, dict) else dict.fromkeys(names)
        told = [
            f"{name} ({reason})" if reason else name for name, reason in reasons.items()
        ]
        shown = ", ".join(told[:_SHOWN_NAMES])[:_SHOWN_CHARACTERS]
        there_are = ", ".join(known) or "none"
        super().__init__(f"unknown wake word: {shown}; there are: {there_are}")


class EngineFullError(WakeError):
    """Too many streams are open."""

    code = ErrorCode.BUSY


class EngineClosedError(WakeError):
    """The engine is closed."""
