"""What Hearken adds to the Wyoming protocol.

This module exists twice, byte for byte: in the integration and in the app. A
test compares them. Everything here is data on top of Wyoming: a few event types
that are sent only to a peer that said hello, and one key inside the ``context``
fields that Wyoming already has. A peer that knows neither ignores both.

The conversation with a satellite (Home Assistant connects, the satellite
listens)::

    Home Assistant                          satellite
    hearken-hello                      ->
                                       <-   hearken-welcome
    describe                           ->
                                       <-   info
    run-satellite                      ->
                                       <-   run-pipeline (wake or asr ... tts)
                                       <-   audio-start, audio-chunk ...
    hearken-turn listening             ->
    detection, transcript, synthesize  ->
    hearken-turn processing/responding ->
    audio-start, audio-chunk, audio-stop ->  (the answer, or an announcement)
                                       <-   played
    hearken-turn idle                  ->
    ping                              <->   pong

A satellite that starts at ``wake`` streams without a pause and lets Home
Assistant's pipeline find the wake word. One that starts at ``asr`` has heard it
itself, says so with ``detection``, and sends audio until ``hearken-turn`` leaves
``listening``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from math import isfinite
from typing import Any, Final

from wyoming.event import Event, Eventable

PROTOCOL_VERSION: Final = 1
"""Raised when a peer of another version could misunderstand this one."""

MAX_TEXT_CHARACTERS: Final = 1000
"""Longest name or version that is taken from the wire."""

MAX_WORDS: Final = 100
"""Most wake words that one stream can be told about."""

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


@dataclass(frozen=True, kw_only=True)
class Hello(Eventable):
    """Ask the other end whether it is one of ours."""

    protocol: int = PROTOCOL_VERSION
    """Protocol version of the asker."""
    version: str = ""
    """Software version of the asker."""

    @staticmethod
    def is_type(event_type: str) -> bool:
        """Tell whether an event of this type is a hello."""
        return event_type == "hearken-hello"

    def event(self) -> Event:
        """Return the event."""
        return Event(
            type="hearken-hello",
            data={"protocol": self.protocol, "version": self.version},
        )

    @staticmethod
    def from_event(event: Event) -> Hello:
        """Read the event; wrong fields raise ValueError."""
        data = event.data or {}
        return Hello(
            protocol=_integer(data, "protocol"), version=_text(data, "version")
        )


@dataclass(frozen=True, kw_only=True)
class Welcome(Eventable):
    """Answer to a hello: who is here."""

    kind: PeerKind
    id: str
    """Made once and kept for ever: tells this server or satellite from others."""
    name: str
    version: str
    """Software version of the one that answers."""
    protocol: int = PROTOCOL_VERSION
    http_port: int | None = None
    """Port of the control API on the same host; None when there is none."""

    @staticmethod
    def is_type(event_type: str) -> bool:
        """Tell whether an event of this type is a welcome."""
        return event_type == "hearken-welcome"

    def event(self) -> Event:
        """Return the event."""
        data: dict[str, Any] = {
            "kind": self.kind.value,
            "id": self.id,
            "name": self.name,
            "version": self.version,
            "protocol": self.protocol,
        }
        if self.http_port is not None:
            data["http_port"] = self.http_port
        return Event(type="hearken-welcome", data=data)

    @staticmethod
    def from_event(event: Event) -> Welcome:
        """Read the event; wrong fields raise ValueError."""
        data = event.data or {}
        return Welcome(
            kind=PeerKind(_text(data, "kind")),
            id=_text(data, "id", required=True),
            name=_text(data, "name", required=True),
            version=_text(data, "version"),
            protocol=_integer(data, "protocol"),
            http_port=_integer(data, "http_port") if "http_port" in data else None,
        )


@dataclass(frozen=True, kw_only=True)
class Turn(Eventable):
    """Tell a satellite where the exchange stands."""

    phase: TurnPhase
    error: str | None = None
    """Home Assistant's error code, when the exchange ended with one."""
    listen_again: bool = False
    """The answer was a question: open the microphone after it, no wake word."""

    @staticmethod
    def is_type(event_type: str) -> bool:
        """Tell whether an event of this type is a turn."""
        return event_type == "hearken-turn"

    def event(self) -> Event:
        """Return the event."""
        data: dict[str, Any] = {"phase": self.phase.value}
        if self.error is not None:
            data["error"] = self.error
        if self.listen_again:
            data["listen_again"] = True
        return Event(type="hearken-turn", data=data)

    @staticmethod
    def from_event(event: Event) -> Turn:
        """Read the event; wrong fields raise ValueError."""
        data = event.data or {}
        return Turn(
            phase=TurnPhase(_text(data, "phase")),
            error=_text(data, "error") if "error" in data else None,
            listen_again=data.get("listen_again") is True,
        )


@dataclass(frozen=True, kw_only=True)
class DetectionDetails:
    """Why the wake word fired; rides in the context of ``detection``.

    Positions count samples at 16 kHz since ``audio-start``. A peer may leave out
    whatever it does not know.
    """

    score: float
    """Score at the moment of detection, 0 to 1."""
    threshold: float
    """The score that had to be reached, 0 to 1."""
    peak: float | None = None
    """Highest score so far."""
    frames_over: int | None = None
    """Steps of 80 ms that reached the threshold."""
    level_dbfs: float | None = None
    """Loudness of the word as it was recorded, in dB below full scale."""
    begin_samples: int | None = None
    """Where the word began."""
    end_samples: int | None = None
    """Where the word ended; the command may begin here."""
    position_samples: int | None = None
    """How much audio had been listened to when the word was noticed."""

    def context(self, context: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return a Wyoming context with these details added."""
        details = {
            key: value for key, value in asdict(self).items() if value is not None
        }
        return {**(context or {}), CONTEXT_KEY: details}

    @staticmethod
    def from_context(context: dict[str, Any] | None) -> DetectionDetails | None:
        """Read the details, or None where a peer sent none that make sense."""
        details = context.get(CONTEXT_KEY) if isinstance(context, dict) else None
        if not isinstance(details, dict):
            return None
        score, threshold = _number(details, "score"), _number(details, "threshold")
        if score is None or threshold is None:
            return None
        return DetectionDetails(
            score=score,
            threshold=threshold,
            peak=_number(details, "peak"),
            frames_over=_count(details, "frames_over"),
            level_dbfs=_number(details, "level_dbfs"),
            begin_samples=_count(details, "begin_samples"),
            end_samples=_count(details, "end_samples"),
            position_samples=_count(details, "position_samples"),
        )


@dataclass(frozen=True, kw_only=True)
class WordSensitivity:
    """When one wake word counts as heard; what is left out keeps its default."""

    threshold: float | None = None
    """Score that has to be reached, above 0 and up to 1."""
    patience: int | None = None
    """How many steps of 80 ms in a row have to reach it."""
    refractory_seconds: float | None = None
    """How long the word is not heard again after a detection."""

    def to_dict(self) -> dict[str, Any]:
        """Return what is sent."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    @staticmethod
    def from_dict(data: Any) -> WordSensitivity:
        """Read what was sent; wrong fields raise ValueError."""
        if not isinstance(data, dict):
            msg = "the sensitivity of a wake word is not an object"
            raise ValueError(msg)  # noqa: TRY004 - one error for all of the wire
        numbers = {
            key: _number(data, key) for key in ("threshold", "refractory_seconds")
        }
        patience = _count(data, "patience")
        for key, value in {**numbers, "patience": patience}.items():
            if key in data and value is None:
                msg = f"{key} is not a usable number"
                raise ValueError(msg)
        return WordSensitivity(patience=patience, **numbers)


@dataclass(frozen=True, kw_only=True)
class DetectDetails:
    """How to listen; rides in the context of ``detect``.

    Sent again while audio flows, it takes effect on the next step of 80 ms.
    """

    stream: str = ""
    """Name of the satellite, for records and the panel."""
    default: WordSensitivity = field(default_factory=WordSensitivity)
    """Holds for words that have none of their own."""
    words: dict[str, WordSensitivity] = field(default_factory=dict)
    """Sensitivity of single words."""

    def context(self, context: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return a Wyoming context with these details added."""
        details = {
            "stream": self.stream,
            "default": self.default.to_dict(),
            "words": {name: word.to_dict() for name, word in self.words.items()},
        }
        return {**(context or {}), CONTEXT_KEY: details}

    @staticmethod
    def from_context(context: dict[str, Any] | None) -> DetectDetails:
        """Read the details; wrong fields raise ValueError."""
        details = (context or {}).get(CONTEXT_KEY, {})
        words = details.get("words", {}) if isinstance(details, dict) else None
        if not isinstance(words, dict) or len(words) > MAX_WORDS:
            msg = "the details of detect are not usable"
            raise ValueError(msg)
        return DetectDetails(
            stream=_text(details, "stream"),
            default=WordSensitivity.from_dict(details.get("default", {})),
            words={
                str(name): WordSensitivity.from_dict(word)
                for name, word in words.items()
            },
        )


@dataclass(frozen=True, kw_only=True)
class TranscriptDetails:
    """What is known about a transcript; rides in the context of ``transcript``."""

    audio_seconds: float
    """Length of the recording."""
    decode_seconds: float
    """Time the recogniser took."""
    model: str = ""
    empty_reason: EmptyReason | None = None
    """Why there is no text, when there is none."""
    no_speech_probability: float | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    """Fields of a newer peer, kept as they came."""

    def context(self, context: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return a Wyoming context with these details added."""
        details: dict[str, Any] = {
            **self.extra,
            "audio_seconds": self.audio_seconds,
            "decode_seconds": self.decode_seconds,
            "model": self.model,
        }
        if self.empty_reason is not None:
            details["empty_reason"] = self.empty_reason.value
        if self.no_speech_probability is not None:
            details["no_speech_probability"] = self.no_speech_probability
        return {**(context or {}), CONTEXT_KEY: details}


def _text(data: dict[str, Any], key: str, *, required: bool = False) -> str:
    """Return a short text from the wire."""
    value = data.get(key, "")
    if (
        not isinstance(value, str)
        or len(value) > MAX_TEXT_CHARACTERS
        or (required and not value)
    ):
        msg = f"{key} is not a usable text"
        raise ValueError(msg)
    return value


def _integer(data: dict[str, Any], key: str) -> int:
    """Return an integer from the wire."""
    value = data.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        msg = f"{key} is not an integer"
        raise ValueError(msg)  # noqa: TRY004 - one error for all of the wire
    return value


def _number(data: dict[str, Any], key: str) -> float | None:
    """Return a finite number from the wire, or None where there is none."""
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isfinite(value) else None


def _count(data: dict[str, Any], key: str) -> int | None:
    """Return a whole number from the wire, or None where there is none."""
    value = data.get(key)
    return None if isinstance(value, bool) or not isinstance(value, int) else value
