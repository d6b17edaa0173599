"""What can go wrong between Home Assistant, the speech server and satellites."""

from typing import ClassVar


class HearkenError(Exception):
    """Root of all errors of this integration's own making."""

    translation_key: ClassVar[str] = "failed"
    """Key of the text that tells the owner what to do."""


class CannotConnectError(HearkenError):
    """Nobody answers at the address."""

    translation_key = "cannot_connect"


class ConnectionLostError(CannotConnectError):
    """The other end went away, or stopped answering."""


class NotHearkenError(HearkenError):
    """What answers is not Hearken."""

    translation_key = "not_hearken"


class BadEventError(NotHearkenError):
    """The other end sent something that makes no sense."""


class InvalidKeyError(HearkenError):
    """The satellite does not accept the pairing key."""

    translation_key = "invalid_key"


class WrongKindError(HearkenError):
    """A server answers where a satellite should, or the other way round."""

    translation_key = "wrong_kind"


class WrongDeviceError(HearkenError):
    """Another server or satellite answers than the one that was set up."""

    translation_key = "wrong_device"


class InvalidTokenError(HearkenError):
    """The speech server does not accept the token."""

    translation_key = "invalid_token"


class ControlUnreachableError(HearkenError):
    """The control API of the speech server does not answer."""

    translation_key = "control_unreachable"


class ProtocolVersionError(HearkenError):
    """The two ends speak different versions of the protocol."""

    translation_key = "incompatible_version"

    def __init__(self, text: str, *, is_other_older: bool) -> None:
        """Keep which of the two has to be updated."""
        super().__init__(text)
        self.is_other_older = is_other_older


class RequestRefusedError(HearkenError):
    """The server said why it could not do what was asked."""

    translation_key = "request_refused"

    def __init__(self, text: str, code: str | None) -> None:
        """Keep the server's own words."""
        super().__init__(f"{text} ({code})" if code else text)
        self.code = code


class AudioFormatError(HearkenError):
    """The audio is not of a kind that can be used."""

    translation_key = "audio_format"


class PlaybackError(HearkenError):
    """Sound could not be brought to the satellite."""

    translation_key = "playback_failed"
