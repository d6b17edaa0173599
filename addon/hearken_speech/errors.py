"""Errors, all under one base class."""

from __future__ import annotations

from typing import ClassVar

from hearken_speech.protocol import ErrorCode, ModelTrouble


class HearkenError(Exception):
    """Base class of errors that a user or a client should see.

    The text says what happened and, if something can be done, what to do.
    """

    code = ErrorCode.FAILED


class AudioError(HearkenError):
    """The audio cannot be used."""

    code = ErrorCode.BAD_AUDIO


class RequestError(HearkenError):
    """The request is not valid here, or its fields are wrong."""

    code = ErrorCode.BAD_REQUEST


class BusyError(HearkenError):
    """Too many requests are waiting."""

    code = ErrorCode.BUSY


class ModelError(HearkenError):
    """A model is missing or cannot be loaded."""

    code = ErrorCode.NO_MODEL
    trouble: ClassVar[ModelTrouble] = ModelTrouble.FAILED
    """Kind of the problem, for programs."""


class LanguageError(HearkenError):
    """The model in use does not know the language."""

    code = ErrorCode.UNKNOWN_LANGUAGE


class WakeWordError(HearkenError):
    """No wake word has that name."""

    code = ErrorCode.UNKNOWN_WAKE_WORD


class SynthesisError(HearkenError):
    """The text could not be spoken."""


def wrong_fields(kind: str, err: Exception) -> RequestError:
    """Return the refusal of a request whose fields cannot be read."""
    return RequestError(
        f"wrong fields in {kind}: {type(err).__name__}: {str(err)[:200]}"
    )
