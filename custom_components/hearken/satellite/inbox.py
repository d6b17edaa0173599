"""Checked events from a satellite, as typed messages.

No other module of the satellite reads the wire format of exchanges.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from wyoming.audio import AudioChunk
from wyoming.event import Event
from wyoming.pipeline import PipelineStage, RunPipeline
from wyoming.wake import Detection

from ..client.abilities import abilities_of
from ..client.pcm import SPEECH_FORMAT
from ..client.wire import parse
from ..const import MAX_NAME_CHARACTERS
from ..errors import BadEventError
from ..protocol import DetectionDetails
from .connection import SatelliteLink
from .events import (
    AudioBegan,
    AudioEnded,
    RunRequested,
    RunStage,
    TurnEvent,
    WakeWordHeard,
)

_OLDEST_SECONDS: Final = 1.0
_STAGES = {PipelineStage.WAKE: RunStage.WAKE, PipelineStage.ASR: RunStage.COMMAND}


@dataclass(frozen=True, slots=True)
class AudioReceived:
    """Audio from the microphone, in the format of speech."""

    samples: bytes
    begin_ms: int | None = None
    """Time of the first sample on the clock of the satellite."""


@dataclass(frozen=True, slots=True)
class SoundPlayed:
    """The satellite has played everything that it was sent."""


@dataclass(frozen=True, slots=True)
class StopPressed:
    """Someone used a stop word or a button of the satellite."""


type SatelliteMessage = AudioReceived | SoundPlayed | StopPressed | TurnEvent
type Phrases = Mapping[str, str]
"""Wake words as they are spoken, by id."""


class SatelliteListener(Protocol):
    """Receives changes of the connection to a satellite."""

    def on_connected(self) -> None:
        """Handle a new connection."""

    def on_disconnected(self) -> None:
        """Handle the loss of the connection."""


class Inbox:
    """Reads the events of the connection and passes on typed messages."""

    def __init__(
        self,
        link: SatelliteLink,
        listener: SatelliteListener,
        on_message: Callable[[SatelliteMessage], None],
    ) -> None:
        """Pass on what arrives over the link."""
        self._link = link
        self._on_message = on_message
        self.on_connected = listener.on_connected
        self.on_disconnected = listener.on_disconnected

    def on_event(self, event: Event) -> None:
        """Pass on an event; raise BadEventError if it is invalid."""
        words = abilities_of(self._link.peer.info).wake_words
        message = read_message(event, {word.id: word.phrase for word in words})
        if message is not None:
            self._on_message(message)


def read_message(event: Event, phrases: Phrases) -> SatelliteMessage | None:
    """Return the message in an event, None if it is not part of an exchange."""
    reader = _READERS.get(event.type)
    return reader(event, phrases) if reader else None


def _audio(event: Event, _phrases: Phrases) -> AudioReceived:
    """Return audio; raise BadEventError if it is not in the format of speech."""
    chunk = parse(AudioChunk.from_event, event)
    wanted = SPEECH_FORMAT
    layout = (chunk.rate, chunk.width, chunk.channels)
    if layout != (wanted.rate_hz, wanted.width_bytes, wanted.channels):
        msg = f"the audio is {layout} instead of {wanted}"
        raise BadEventError(msg)
    if len(chunk.audio) % wanted.frame_bytes:
        msg = "the audio ends in the middle of a sample"
        raise BadEventError(msg)
    return AudioReceived(chunk.audio, _milliseconds(chunk.timestamp))


def _detection(event: Event, phrases: Phrases) -> WakeWordHeard:
    """Return the wake word that the satellite detected itself."""
    detection = parse(Detection.from_event, event)
    details = parse(lambda _: DetectionDetails.from_context(detection.context), event)
    word_id = _name(detection.name)
    return WakeWordHeard(
        phrases.get(str(word_id), str(word_id)),
        word_id,
        _milliseconds(detection.timestamp),
        **_how_it_sounded(details),
    )


def _how_it_sounded(details: DetectionDetails | None) -> dict[str, Any]:
    """Return what satellites compare."""
    if details is None:
        return {}
    return {
        "score": details.score,
        "level_dbfs": details.level_dbfs,
        "envelope": details.envelope,
        "age_seconds": min(max(details.age_seconds or 0.0, 0.0), _OLDEST_SECONDS),
    }


def _request(event: Event, phrases: Phrases) -> RunRequested:
    """Return the request for a pipeline run."""
    run = parse(RunPipeline.from_event, event)
    if (stage := _STAGES.get(run.start_stage)) is None:
        msg = f"a pipeline cannot start at {run.start_stage}"
        raise BadEventError(msg)
    name = _name(run.wake_word_name)
    return RunRequested(stage, phrases.get(name, name) if name else None)


def _name(value: Any) -> str | None:
    """Return the id of a wake word."""
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MAX_NAME_CHARACTERS:
        msg = "the name of the wake word is not usable"
        raise BadEventError(msg)
    return value


def _milliseconds(value: Any) -> int | None:
    """Return a time on the satellite's clock, None if it is invalid."""
    is_time = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if is_time else None


_READERS: Final[Mapping[str, Callable[[Event, Phrases], SatelliteMessage]]] = {
    "audio-chunk": _audio,
    "audio-start": lambda _event, _phrases: AudioBegan(),
    "audio-stop": lambda _event, _phrases: AudioEnded(),
    "detection": _detection,
    "hearken-stop": lambda _event, _phrases: StopPressed(),
    "played": lambda _event, _phrases: SoundPlayed(),
    "run-pipeline": _request,
}
