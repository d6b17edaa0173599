"""Everything that can go wrong here, under one root."""

from __future__ import annotations

from typing import ClassVar

from hearken_speech.protocol import ErrorCode


class HearkenError(Exception):
    """Something went wrong that a person or a client should be told.

    The text says what happened and, where there is something to do, what.
    """

    code = ErrorCode.FAILED


class AudioError(HearkenError):
    """The audio cannot be used."""

    code = ErrorCode.BAD_AUDIO


class RequestError(HearkenError):
    """The request does not fit here, or its fields are wrong."""

    code = ErrorCode.BAD_REQUEST


class BusyError(HearkenError):
    """Too many requests wait already."""

    code = ErrorCode.BUSY


class ModelError(HearkenError):
    """A model is missing or cannot be loaded."""

    code = ErrorCode.NO_MODEL
    trouble: ClassVar[str] = "failed"
    """What kind of trouble it is, for programs."""


class LanguageError(HearkenError):
    """The model in use does not know the language."""

    code = ErrorCode.UNKNOWN_LANGUAGE


class WakeWordError(HearkenError):
    """No wake word has that name."""

    code = ErrorCode.UNKNOWN_WAKE_WORD


class SynthesisError(HearkenError):
    """The text could not be spoken."""
