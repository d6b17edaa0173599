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

One request to the speech server, by a client that asks for more than Wyoming has
(`TranscribeOptions` in the context of ``transcribe``)::

    Home Assistant                          server
    hearken-vocabulary                 ->   (once, and when the names change)
    transcribe                         ->
    audio-start, audio-chunk ...       ->
                                       <-   voice-started
                                       <-   hearken-partial (text so far, revision)
    hearken-utterance (complete?)      ->   (about that revision)
                                       <-   voice-stopped, hearken-ended
                                       <-   transcript (details in its context)

A client that did not ask sends ``audio-stop`` and gets one ``transcript``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from math import isfinite
from typing import Any, Final

from wyoming.event import Event, Eventable

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
    PHANTOM = "phantom"
    """The text was one that recognisers make up from noise."""


class UtteranceState(StrEnum):
    """What a client knows about the words recognised so far."""

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
    run: str = ""
    """Made anew at every start: whatever was stored before has to be sent again."""

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
        if self.run:
            data["run"] = self.run
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
            run=_text(data, "run"),
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
class TranscribeOptions:
    """What a client asks for; rides in the context of ``transcribe``."""

    endpointing: bool = False
    """The server finds the end of the utterance; no ``audio-stop`` is needed."""
    partials: bool = False
    """Send the text so far while the speaker talks."""
    vocabulary: str = ""
    """Use the names that were stored under this key."""

    def context(self, context: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return a Wyoming context with these options added."""
        options: dict[str, Any] = {
            "endpointing": self.endpointing,
            "partials": self.partials,
        }
        if self.vocabulary:
            options["vocabulary"] = self.vocabulary
        return {**(context or {}), CONTEXT_KEY: options}

    @staticmethod
    def from_context(context: dict[str, Any] | None) -> TranscribeOptions:
        """Read the options; what is absent or senseless was not asked for."""
        options = context.get(CONTEXT_KEY) if isinstance(context, dict) else None
        if not isinstance(options, dict):
            return TranscribeOptions()
        key = options.get("vocabulary")
        return TranscribeOptions(
            endpointing=options.get("endpointing") is True,
            partials=options.get("partials") is True,
            vocabulary=key[:MAX_TEXT_CHARACTERS] if isinstance(key, str) else "",
        )


@dataclass(frozen=True, kw_only=True)
class Vocabulary(Eventable):
    """Store the names and terms that a client's requests will refer to."""

    key: str
    """Chosen by the client; a later vocabulary with this key replaces this one."""
    names: tuple[str, ...] = ()
    """Names of devices and rooms, the most important first."""
    terms: tuple[str, ...] = ()
    """Other words to expect; less important than names."""

    @staticmethod
    def is_type(event_type: str) -> bool:
        """Tell whether an event of this type is a vocabulary."""
        return event_type == "hearken-vocabulary"

    def event(self) -> Event:
        """Return the event."""
        return Event(
            type="hearken-vocabulary",
            data={
                "key": self.key,
                "names": list(self.names),
                "terms": list(self.terms),
            },
        )

    @staticmethod
    def from_event(event: Event) -> Vocabulary:
        """Read the event; wrong fields raise ValueError."""
        data = event.data or {}
        return Vocabulary(
            key=_text(data, "key", required=True),
            names=read_texts(data, "names"),
            terms=read_texts(data, "terms"),
        )


@dataclass(frozen=True, kw_only=True)
class Partial(Eventable):
    """The text so far; it may still change."""

    text: str
    revision: int
    """Raised with every partial text of a request."""

    @staticmethod
    def is_type(event_type: str) -> bool:
        """Tell whether an event of this type is a partial text."""
        return event_type == "hearken-partial"

    def event(self) -> Event:
        """Return the event."""
        return Event(
            type="hearken-partial",
            data={"text": self.text, "revision": self.revision},
        )

    @staticmethod
    def from_event(event: Event) -> Partial:
        """Read the event; wrong fields raise ValueError."""
        data = event.data or {}
        return Partial(text=_text(data, "text"), revision=_integer(data, "revision"))


@dataclass(frozen=True, kw_only=True)
class UtteranceHint(Eventable):
    """Say what the client knows about a partial text."""

    state: UtteranceState
    revision: int
    """The partial text this is about; a hint about an old one is ignored."""

    @staticmethod
    def is_type(event_type: str) -> bool:
        """Tell whether an event of this type is a hint."""
        return event_type == "hearken-utterance"

    def event(self) -> Event:
        """Return the event."""
        return Event(
            type="hearken-utterance",
            data={"state": self.state.value, "revision": self.revision},
        )

    @staticmethod
    def from_event(event: Event) -> UtteranceHint:
        """Read the event; wrong fields raise ValueError."""
        data = event.data or {}
        return UtteranceHint(
            state=UtteranceState(_text(data, "state")),
            revision=_integer(data, "revision"),
        )


@dataclass(frozen=True, kw_only=True)
class UtteranceEnded(Eventable):
    """Say that the utterance is over; the transcript follows."""

    reason: EndReason
    at_sample: int
    """Samples received when this was decided."""
    speech_start_sample: int | None = None
    """Where speech began; None when there was none."""
    speech_end_sample: int | None = None

    @staticmethod
    def is_type(event_type: str) -> bool:
        """Tell whether an event of this type is the end of an utterance."""
        return event_type == "hearken-ended"

    def event(self) -> Event:
        """Return the event."""
        data: dict[str, Any] = {
            "reason": self.reason.value,
            "at_sample": self.at_sample,
        }
        if self.speech_start_sample is not None:
            data["speech_start_sample"] = self.speech_start_sample
        if self.speech_end_sample is not None:
            data["speech_end_sample"] = self.speech_end_sample
        return Event(type="hearken-ended", data=data)

    @staticmethod
    def from_event(event: Event) -> UtteranceEnded:
        """Read the event; wrong fields raise ValueError."""
        data = event.data or {}
        return UtteranceEnded(
            reason=EndReason(_text(data, "reason")),
            at_sample=_integer(data, "at_sample"),
            speech_start_sample=_optional_integer(data, "speech_start_sample"),
            speech_end_sample=_optional_integer(data, "speech_end_sample"),
        )


@dataclass(frozen=True, kw_only=True)
class Repair:
    """A span of the text that was replaced by a name it sounds like."""

    heard: str
    name: str

    def as_dict(self) -> dict[str, str]:
        """Return the fields for the wire."""
        return {"heard": self.heard, "name": self.name}

    @staticmethod
    def from_dict(data: Any) -> Repair | None:
        """Read what was sent; None where it makes no sense."""
        if not isinstance(data, dict):
            return None
        heard, name = _short(data, "heard"), _short(data, "name")
        return Repair(heard=heard, name=name) if heard and name else None


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """Another text the recogniser found possible."""

    text: str
    confidence: float
    """0 to 1."""

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for the wire."""
        return {"text": self.text, "confidence": round(self.confidence, 4)}

    @staticmethod
    def from_dict(data: Any) -> Alternative | None:
        """Read what was sent; None where it makes no sense."""
        if not isinstance(data, dict):
            return None
        text, confidence = _short(data, "text"), _share(data, "confidence")
        if not text or confidence is None:
            return None
        return Alternative(text=text, confidence=confidence)


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
    confidence: float | None = None
    """How sure the recogniser is of the text, 0 to 1."""
    alternatives: tuple[Alternative, ...] = ()
    """Other possible texts, the best first."""
    repairs: tuple[Repair, ...] = ()
    """What was replaced by a name of the vocabulary."""
    rejected: str = ""
    """What the guard against phantom text objected to."""
    speculative: bool | None = None
    """The text was begun before the end was decided."""
    wait_seconds: float | None = None
    """Time from the decision that the utterance is over to the text."""
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
        optional = {
            "empty_reason": self.empty_reason and self.empty_reason.value,
            "no_speech_probability": self.no_speech_probability,
            "confidence": self.confidence,
            "alternatives": [one.as_dict() for one in self.alternatives] or None,
            "repairs": [one.as_dict() for one in self.repairs] or None,
            "rejected": self.rejected or None,
            "speculative": self.speculative,
            "wait_seconds": self.wait_seconds,
        }
        details |= {key: value for key, value in optional.items() if value is not None}
        return {**(context or {}), CONTEXT_KEY: details}

    @staticmethod
    def from_context(context: dict[str, Any] | None) -> TranscriptDetails | None:
        """Read the details; None where a peer sent none, nonsense is left out."""
        details = context.get(CONTEXT_KEY) if isinstance(context, dict) else None
        if not isinstance(details, dict):
            return None
        speculative = details.get("speculative")
        return TranscriptDetails(
            audio_seconds=_number(details, "audio_seconds") or 0.0,
            decode_seconds=_number(details, "decode_seconds") or 0.0,
            model=_short(details, "model"),
            empty_reason=_empty_reason(details.get("empty_reason")),
            no_speech_probability=_share(details, "no_speech_probability"),
            confidence=_share(details, "confidence"),
            alternatives=_readable(details, "alternatives", Alternative.from_dict),
            repairs=_readable(details, "repairs", Repair.from_dict),
            rejected=_short(details, "rejected"),
            speculative=speculative if isinstance(speculative, bool) else None,
            wait_seconds=_number(details, "wait_seconds"),
        )


def _empty_reason(value: Any) -> EmptyReason | None:
    """Return why a text is empty, None where that is not said or not known."""
    try:
        return EmptyReason(value)
    except ValueError:
        return None


def _readable[ItemT](
    data: dict[str, Any], key: str, read: Callable[[Any], ItemT | None]
) -> tuple[ItemT, ...]:
    """Return the items of a list that make sense, as many as are allowed."""
    value = data.get(key)
    if not isinstance(value, list):
        return ()
    items = (read(item) for item in value[:MAX_ALTERNATIVES])
    return tuple(item for item in items if item is not None)


def _short(data: dict[str, Any], key: str) -> str:
    """Return a short text from the wire, an empty one where there is none."""
    value = data.get(key)
    if not isinstance(value, str) or len(value) > MAX_TEXT_CHARACTERS:
        return ""
    return value


def _share(data: dict[str, Any], key: str) -> float | None:
    """Return a number from 0 to 1 from the wire, None where there is none."""
    value = _number(data, key)
    return value if value is not None and 0 <= value <= 1 else None


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
    try:
        return float(value) if isfinite(value) else None
    except OverflowError:
        return None


def _count(data: dict[str, Any], key: str) -> int | None:
    """Return a whole number from the wire, or None where there is none."""
    value = data.get(key)
    return None if isinstance(value, bool) or not isinstance(value, int) else value


def _optional_integer(data: dict[str, Any], key: str) -> int | None:
    """Return an integer from the wire, or None where there is none."""
    return _integer(data, key) if data.get(key) is not None else None


def read_texts(data: dict[str, Any], key: str) -> tuple[str, ...]:
    """Return a list of short texts from the wire; wrong ones raise ValueError."""
    value = data.get(key, [])
    if (
        not isinstance(value, list)
        or len(value) > MAX_VOCABULARY
        or not all(
            isinstance(text, str) and len(text) <= MAX_TEXT_CHARACTERS for text in value
        )
    ):
        msg = f"{key} is not a usable list of texts"
        raise ValueError(msg)
    return tuple(value)
