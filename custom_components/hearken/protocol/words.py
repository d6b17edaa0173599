"""The words and limits of Hearken's additions to the Wyoming protocol."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

PROTOCOL_VERSION: Final = 1
"""Increased when a peer of another version could misunderstand this one."""

CONTROL_VERSION: Final = 1
"""Version of the server's control API, increased in the same way."""

MAX_TEXT_CHARACTERS: Final = 1000
"""Maximum length of a name or version from the wire."""

MAX_WORDS: Final = 100
"""Maximum number of wake words in the details of one stream."""

MAX_VOCABULARY: Final = 5000
"""Maximum number of names, and of terms, from the wire."""

MAX_ALTERNATIVES: Final = 20
"""Maximum number of alternatives, and of repairs, from the wire."""

MAX_PARTIAL_ALTERNATIVES: Final = 4
"""Maximum number of alternatives of a partial transcript."""

MAX_PROPOSALS: Final = 6
"""Maximum number of texts with names of the house that are proposed."""

MAX_SENTENCES: Final = 8
"""Maximum number of sentences that are judged by the sound of a transcript."""

MAX_ENVELOPE: Final = 100
"""Maximum number of levels that describe how a wake word sounded."""

ENVELOPE_STEP_SAMPLES: Final = 320
"""Samples for each of these levels: 20 ms."""

MIN_GAIN_DB: Final = -20.0
MAX_GAIN_DB: Final = 30.0
"""Range of the microphone gain of a satellite."""

CONTEXT_KEY: Final = "hearken"
"""Key of Hearken's details in Wyoming's ``context``."""

SAMPLE_RATE_HZ: Final = 16_000
SAMPLE_WIDTH_BYTES: Final = 2
SAMPLE_CHANNELS: Final = 1


class PeerKind(StrEnum):
    """Kind of a peer."""

    SERVER = "server"
    SATELLITE = "satellite"


class TurnPhase(StrEnum):
    """State of an exchange with a satellite."""

    IDLE = "idle"
    """Nothing is going on; waiting for the wake word."""
    LISTENING = "listening"
    """The command is being recorded."""
    PROCESSING = "processing"
    """The command is being processed."""
    RESPONDING = "responding"
    """The answer is being spoken."""


class Ability(StrEnum):
    """What a satellite can do in addition to listening and speaking."""

    MUTE = "mute"
    """Close its microphone until it is opened again."""
    VOLUME = "volume"
    """Change its volume."""
    GAIN = "gain"
    """Amplify its microphone."""
    WAKE_WORDS = "wake-words"
    """Change the wake words that it detects itself, each with its own threshold."""
    STOP = "stop"
    """Stop what it is playing."""
    TIMERS = "timers"
    """Keep timers, and ring for them by itself."""
    MEDIA = "media"
    """Play music beneath what is said."""
    WAKE_SOUND = "wake-sound"
    """Play a sound when it starts to listen."""


class ErrorCode(StrEnum):
    """The ``code`` of a Wyoming ``error`` event that the server sends."""

    BAD_AUDIO = "bad-audio"
    """The audio format is not supported, or there is too much audio."""
    BAD_REQUEST = "bad-request"
    """The event is not valid here, or its fields are wrong."""
    BUSY = "busy"
    """Too many requests are waiting; try again in a moment."""
    FAILED = "failed"
    """The request failed; the server's log says why."""
    NO_MODEL = "no-model"
    """No model can serve the request."""
    UNKNOWN_LANGUAGE = "unknown-language"
    """The model in use does not know the language."""
    UNKNOWN_WAKE_WORD = "unknown-wake-word"
    """No wake word has that name."""


class EmptyReason(StrEnum):
    """Why a transcript is empty."""

    NO_AUDIO = "no-audio"
    """The recording is too short to hold a word."""
    NO_SPEECH = "no-speech"
    """The recording contains no speech."""
    PHANTOM = "phantom"
    """The text was a phantom: one that recognizers make up from noise."""


class UtteranceState(StrEnum):
    """What a client knows about a partial transcript."""

    UNKNOWN = "unknown"
    """Nothing: wait as long as usual."""
    COMPLETE = "complete"
    """It is a complete command that no longer command starts with: end soon."""
    DANGLING = "dangling"
    """Something has to follow ("turn on the ..."): wait longer."""


class EndReason(StrEnum):
    """Why an utterance is over."""

    NOTHING_HEARD = "nothing-heard"
    """Nobody spoke."""
    SILENCE = "silence"
    """The speaker stopped."""
    COMPLETE = "complete"
    """The speaker stopped, and the command is complete."""
    TOO_LONG = "too-long"
    """The utterance reached the maximum length."""
    CLIENT = "client"
    """The client ended it."""
