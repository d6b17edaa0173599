"""Errors between Home Assistant, the speech server and satellites."""

import errno
import socket
from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Final

from aiohttp import ClientConnectorDNSError, ServerDisconnectedError

from .protocol import ErrorCode, ModelTrouble


class Reason(StrEnum):
    """Why something failed; the values are the ends of translation keys.

    An error's own text is English and technical, for the log alone. What people read is
    the text of its reason, in their language.
    """

    AUDIO_FORMAT = "audio_format"
    BUSY = "busy"
    CANNOT_RESOLVE = "cannot_resolve"
    CONNECTION_LOST = "connection_lost"
    CONNECTION_REFUSED = "connection_refused"
    DIFFERENT_DEVICE = "different_device"
    DIFFERENT_KIND = "different_kind"
    DISK_FULL = "disk_full"
    FAILED = "failed"
    INVALID_KEY = "invalid_key"
    INVALID_RESPONSE = "invalid_response"
    INVALID_TOKEN = "invalid_token"  # noqa: S105 - the name of a text
    MISRECOGNIZED = "misrecognized"
    MODEL_DAMAGED = "model_damaged"
    MODEL_MISSING = "model_missing"
    MODEL_UNREACHABLE = "model_unreachable"
    NO_MEDIA_SOURCE = "no_media_source"
    NO_TEST_SENTENCE = "no_test_sentence"
    NOT_HEARKEN = "not_hearken"
    PLAYBACK_FAILED = "playback_failed"
    PROTOCOL_VERSION = "protocol_version"
    REQUEST_REFUSED = "request_refused"
    SATELLITE_TAKEN = "satellite_taken"
    SERVER_FAILED = "server_failed"
    TIMED_OUT = "timed_out"
    UNKNOWN_LANGUAGE = "unknown_language"
    UNKNOWN_WAKE_WORD = "unknown_wake_word"
    UNREACHABLE = "unreachable"


_BY_CODE: Final[Mapping[str, Reason]] = {
    ErrorCode.BAD_AUDIO: Reason.AUDIO_FORMAT,
    ErrorCode.BAD_REQUEST: Reason.REQUEST_REFUSED,
    ErrorCode.BUSY: Reason.BUSY,
    ErrorCode.FAILED: Reason.SERVER_FAILED,
    ErrorCode.NO_MODEL: Reason.MODEL_MISSING,
    ErrorCode.UNKNOWN_LANGUAGE: Reason.UNKNOWN_LANGUAGE,
    ErrorCode.UNKNOWN_WAKE_WORD: Reason.UNKNOWN_WAKE_WORD,
    # What the control API answers.
    "500": Reason.SERVER_FAILED,
    "503": Reason.BUSY,
    "507": Reason.DISK_FULL,
}
_BY_TROUBLE: Final[Mapping[str, Reason]] = {
    ModelTrouble.DAMAGED: Reason.MODEL_DAMAGED,
    ModelTrouble.MISSING: Reason.MODEL_MISSING,
    ModelTrouble.NO_SPACE: Reason.DISK_FULL,
    ModelTrouble.UNREACHABLE: Reason.MODEL_UNREACHABLE,
}
_BY_NUMBER: Final[Mapping[int | None, Reason]] = {
    errno.ECONNABORTED: Reason.CONNECTION_LOST,
    errno.ECONNREFUSED: Reason.CONNECTION_REFUSED,
    errno.ECONNRESET: Reason.CONNECTION_LOST,
    errno.EHOSTDOWN: Reason.UNREACHABLE,
    errno.EHOSTUNREACH: Reason.UNREACHABLE,
    errno.ENETDOWN: Reason.UNREACHABLE,
    errno.ENETUNREACH: Reason.UNREACHABLE,
    errno.ENOSPC: Reason.DISK_FULL,
    errno.EPIPE: Reason.CONNECTION_LOST,
    errno.ETIMEDOUT: Reason.TIMED_OUT,
}
_VAGUE: Final = (
    Reason.CONNECTION_LOST,
    Reason.FAILED,
    Reason.PLAYBACK_FAILED,
    Reason.UNREACHABLE,
)
"""Reasons that the cause of an error may state more precisely."""


class HearkenError(Exception):
    """Base of all errors that this integration raises itself.

    The text is for the log; ``reason`` is shown to people.
    """

    translation_key: ClassVar[str] = "failed"
    """Key of the text that explains the error to the owner."""
    reason: Reason = Reason.FAILED

    def __init__(self, text: str = "", *, reason: Reason | None = None) -> None:
        """Store the text, and a reason if that of the class does not fit."""
        super().__init__(text)
        if reason is not None:
            self.reason = reason
        self.placeholders: Mapping[str, str] = {}
        """Values for the placeholders in the text of the reason."""


class CannotConnectError(HearkenError):
    """Nobody answers at the address."""

    translation_key = "cannot_connect"
    reason = Reason.UNREACHABLE


class ConnectionLostError(CannotConnectError):
    """The other end closed the connection, or stopped answering."""

    reason = Reason.CONNECTION_LOST


class NotHearkenError(HearkenError):
    """What answers is not Hearken."""

    translation_key = "not_hearken"
    reason = Reason.NOT_HEARKEN


class BadEventError(NotHearkenError):
    """The other end sent something invalid."""

    reason = Reason.INVALID_RESPONSE


class InvalidKeyError(HearkenError):
    """The satellite does not accept the pairing key."""

    translation_key = "invalid_key"
    reason = Reason.INVALID_KEY


class InvalidCodeError(HearkenError):
    """The satellite shows another pairing code, or none any more."""

    translation_key = "invalid_code"
    reason = Reason.INVALID_KEY


class WrongKindError(HearkenError):
    """A server answers where a satellite should, or the other way round."""

    translation_key = "wrong_kind"
    reason = Reason.DIFFERENT_KIND


class SatelliteTakenError(HearkenError):
    """The satellite belongs to another Home Assistant."""

    translation_key = "satellite_taken"
    reason = Reason.SATELLITE_TAKEN

    def __init__(self, owner: str) -> None:
        """Store the address of the other Home Assistant."""
        super().__init__(f"it belongs to the Home Assistant at {owner}")
        self.placeholders = {"owner": owner}


class WrongDeviceError(HearkenError):
    """A different server or satellite answers than the one that was set up."""

    translation_key = "wrong_device"
    reason = Reason.DIFFERENT_DEVICE


class InvalidTokenError(HearkenError):
    """The speech server does not accept the token."""

    translation_key = "invalid_token"
    reason = Reason.INVALID_TOKEN


class ControlUnreachableError(HearkenError):
    """The control API of the speech server does not answer."""

    translation_key = "control_unreachable"
    reason = Reason.UNREACHABLE


class ProtocolVersionError(HearkenError):
    """The two ends speak different versions of the protocol."""

    translation_key = "incompatible_version"
    reason = Reason.PROTOCOL_VERSION

    def __init__(self, text: str, *, is_other_older: bool) -> None:
        """Store which side has to be updated."""
        super().__init__(text)
        self.is_other_older = is_other_older


class WordRefusedError(HearkenError):
    """A text cannot be a wake word."""

    translation_key = "request_refused"

    def __init__(self, text: str, reason: str | None) -> None:
        """Store the server's text, and why in one of its words."""
        super().__init__(text)
        self.reason_word = reason


class RequestRefusedError(HearkenError):
    """The server answered with an error."""

    translation_key = "request_refused"
    reason = Reason.REQUEST_REFUSED

    def __init__(self, text: str, code: str | None) -> None:
        """Store the server's text and its code, which determines the reason."""
        # From the wire, it may be anything.
        code = code if isinstance(code, str) else None
        super().__init__(
            f"{text} ({code})" if code else text,
            reason=_BY_CODE.get(code or ""),
        )
        self.code = code
        self.text = text


class AudioFormatError(HearkenError):
    """The audio is in a format that cannot be used."""

    translation_key = "audio_format"
    reason = Reason.AUDIO_FORMAT


class PlaybackError(HearkenError):
    """The satellite could not play the audio."""

    translation_key = "playback_failed"
    reason = Reason.PLAYBACK_FAILED


def reason_of(err: BaseException) -> Reason:
    """Return why this integration, a library or the operating system failed."""
    match err:
        case HearkenError():
            cause = err.__cause__ if err.reason in _VAGUE else None
            found = reason_of(cause) if cause is not None else Reason.FAILED
            return err.reason if found is Reason.FAILED else found
        case socket.gaierror() | UnicodeError() | ClientConnectorDNSError():
            return Reason.CANNOT_RESOLVE
        case TimeoutError():
            return Reason.TIMED_OUT
        case ServerDisconnectedError():
            return Reason.CONNECTION_LOST
        case OSError():
            return _BY_NUMBER.get(err.errno, Reason.FAILED)
    return Reason.FAILED


def reason_of_trouble(trouble: str | None) -> Reason:
    """Return the reason for a trouble with a speech model."""
    return _BY_TROUBLE.get(trouble or "", Reason.SERVER_FAILED)
