"""The words and limits of what Hearken adds to the Wyoming protocol."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

PROTOCOL_VERSION: Final = 1
"""Raised when a peer of another version could misunderstand this one."""

CONTROL_VERSION: Final = 1
"""Version of the server's control API, raised in the same way."""

MAX_TEXT_CHARACTERS: Final = 1000
"""Longest name or version that is taken from the wire."""

MAX_WORDS: Final = 100
"""Most wake words that one stream can be told about."""

MAX_VOCABULARY: Final = 5000
"""Most names, and most terms, that are taken from the wire."""

MAX_ALTERNATIVES: Final = 20
"""Most alternatives, and most repairs, that are taken from the wire."""

MIN_GAIN_DB: Final = -20.0
MAX_GAIN_DB: Final = 30.0
"""How far a satellite's microphone can be turned down and up."""

CONTEXT_KEY: Final = "hearken"
"""The key under which Hearken's details ride in Wyoming's ``context``."""

SAMPLE_RATE_HZ: Final = 16_000
SAMPLE_WIDTH_BYTES: Final = 2
SAMPLE_CHANNELS: Final = 1


class PeerKind(StrEnum):
    """What answers at the other end."""

    SERVER = "server"
    SATELLITE = "satellite"


class TurnPhase(StrEnum):
    """Where one exchange with a satellite stands."""

    IDLE = "idle"
    """Nothing is going on; the wake word is awaited."""
    LISTENING = "listening"
    """The command is being recorded."""
    PROCESSING = "processing"
    """The command is being understood and carried out."""
    RESPONDING = "responding"
    """The answer is being spoken."""


class Ability(StrEnum):
    """What a satellite can do beyond hearing and speaking."""

    MUTE = "mute"
    """Close its microphone, and keep it closed."""
    VOLUME = "volume"
    """Play louder or softer."""
    GAIN = "gain"
    """Amplify its microphone."""
    WAKE_WORDS = "wake-words"
    """Listen for other wake words of its own, each with its own threshold."""
    STOP = "stop"
    """Break off what it plays."""


class ErrorCode(StrEnum):
    """The ``code`` of a Wyoming ``error`` event that the server sends."""

    BAD_AUDIO = "bad-audio"
    """The audio is of a kind that cannot be used, or there is too much of it."""
    BAD_REQUEST = "bad-request"
    """The event is not one that fits here, or its fields are wrong."""
    BUSY = "busy"
    """Too many requests wait already; try again in a moment."""
    FAILED = "failed"
    """The work was begun and failed; the server's log says why."""
    NO_MODEL = "no-model"
    """There is no model that could do this."""
    UNKNOWN_LANGUAGE = "unknown-language"
    """The model in use does not know the language."""
    UNKNOWN_WAKE_WORD = "unknown-wake-word"
    """No wake word has that name."""


class EmptyReason(StrEnum):
    """Why a transcript is empty."""

    NO_AUDIO = "no-audio"
    """The recording is too short to hold a word."""
    NO_SPEECH = "no-speech"
    """The recording holds no speech."""
    PHANTOM = "phantom"
    """The text was one that recognizers make up from noise."""


class UtteranceState(StrEnum):
    """What a client knows about the words recognized so far."""

    UNKNOWN = "unknown"
    """Nothing: wait as long as usual."""
    COMPLETE = "complete"
    """They are a whole command, and no longer one begins so: end soon."""
    DANGLING = "dangling"
    """Something has to follow ("turn on the ..."): wait longer."""


class EndReason(StrEnum):
    """Why an utterance is over."""

    NOTHING_HEARD = "nothing-heard"
    """Nobody spoke."""
    SILENCE = "silence"
    """The speaker stopped."""
    COMPLETE = "complete"
    """The speaker stopped and the command is complete."""
    TOO_LONG = "too-long"
    """The longest time for a command has passed."""
    CLIENT = "client"
    """The client ended it."""
