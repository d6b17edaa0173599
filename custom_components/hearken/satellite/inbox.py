"""Events from a satellite, as typed messages that were checked.

Nothing beyond this module knows the wire.
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


type SatelliteMessage = AudioReceived | SoundPlayed | TurnEvent
type Phrases = Mapping[str, str]
"""Wake words as they are spoken, by id."""


class SatelliteListener(Protocol):
    """Somebody who is told whether a satellite is connected."""

    def on_connected(self) -> None:
        """Take note that the satellite is connected."""

    def on_disconnected(self) -> None:
        """Take note that the satellite is gone."""


class Inbox:
    """Listens to the connection and hands on what was said."""

    def __init__(
        self,
        link: SatelliteLink,
        listener: SatelliteListener,
        on_message: Callable[[SatelliteMessage], None],
    ) -> None:
        """Hand on what comes over the link."""
        self._link = link
        self._on_message = on_message
        self.on_connected = listener.on_connected
        self.on_disconnected = listener.on_disconnected

    def on_event(self, event: Event) -> None:
        """Take an event; raise BadEventError where it makes no sense."""
        words = abilities_of(self._link.peer.info).wake_words
        message = read_message(event, {word.id: word.phrase for word in words})
        if message is not None:
            self._on_message(message)


def read_message(event: Event, phrases: Phrases) -> SatelliteMessage | None:
    """Return what an event means, None if that concerns others."""
    reader = _READERS.get(event.type)
    return reader(event, phrases) if reader else None


def _audio(event: Event, _phrases: Phrases) -> AudioReceived:
    """Return audio of the one format there is."""
    chunk = parse(AudioChunk.from_event, event)
    wanted = SPEECH_FORMAT
    layout = (chunk.rate, chunk.width, chunk.channels)
    if layout != (wanted.rate_hz, wanted.width_bytes, wanted.channels):
        msg = f"audio of {layout} instead of {wanted}"
        raise BadEventError(msg)
    if len(chunk.audio) % wanted.frame_bytes:
        msg = "audio that ends in the middle of a sample"
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
        details.score if details else None,
    )


def _request(event: Event, phrases: Phrases) -> RunRequested:
    """Return the request for a pipeline run."""
    run = parse(RunPipeline.from_event, event)
    if (stage := _STAGES.get(run.start_stage)) is None:
        msg = f"a pipeline cannot begin at {run.start_stage}"
        raise BadEventError(msg)
    name = _name(run.wake_word_name)
    return RunRequested(stage, phrases.get(name, name) if name else None)


def _name(value: Any) -> str | None:
    """Return the id of a wake word."""
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MAX_NAME_CHARACTERS:
        msg = "a wake word without a usable name"
        raise BadEventError(msg)
    return value


def _milliseconds(value: Any) -> int | None:
    """Return a time on the satellite's clock; one that makes no sense is left out."""
    is_time = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if is_time else None


_READERS: Final[Mapping[str, Callable[[Event, Phrases], SatelliteMessage]]] = {
    "audio-chunk": _audio,
    "audio-start": lambda _event, _phrases: AudioBegan(),
    "audio-stop": lambda _event, _phrases: AudioEnded(),
    "detection": _detection,
    "played": lambda _event, _phrases: SoundPlayed(),
    "run-pipeline": _request,
}
