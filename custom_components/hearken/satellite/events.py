"""Events that a turn reacts to."""

from dataclasses import dataclass
from enum import StrEnum


class RunStage(StrEnum):
    """The stage at which a pipeline run starts."""

    WAKE = "wake"
    """At the detection of the wake word."""
    COMMAND = "command"
    """At speech-to-text."""


@dataclass(frozen=True, slots=True)
class TurnEvent:
    """Base of all events."""


@dataclass(frozen=True, slots=True)
class Connected(TurnEvent):
    """The satellite is connected."""


@dataclass(frozen=True, slots=True)
class Disconnected(TurnEvent):
    """The satellite was disconnected."""


@dataclass(frozen=True, slots=True)
class RunRequested(TurnEvent):
    """The satellite wants a pipeline run."""

    stage: RunStage
    wake_word_phrase: str | None = None


@dataclass(frozen=True, slots=True)
class WakeWordHeard(TurnEvent):
    """The satellite detected its wake word itself."""

    phrase: str
    wake_word_id: str | None = None
    end_ms: int | None = None
    """Time at which the word ends, on the clock of the satellite."""
    score: float | None = None
    level_dbfs: float | None = None
    """Level of the word, as it was recorded."""
    envelope: tuple[float, ...] = ()
    """Levels in dB of each 20 ms of what the satellite heard last."""
    age_seconds: float = 0.0
    """Time from the end of the envelope to the moment of sending."""


@dataclass(frozen=True, slots=True)
class WakeWordContested(TurnEvent):
    """Another satellite may have heard the same word better."""

    is_rival: bool
    """Whether another satellite answered to a wake word just before."""


@dataclass(frozen=True, slots=True)
class WakeWordWon(TurnEvent):
    """No other satellite answers to the wake word."""


@dataclass(frozen=True, slots=True)
class WakeWordLost(TurnEvent):
    """Another satellite answers to the wake word."""


@dataclass(frozen=True, slots=True)
class VoiceStarted(TurnEvent):
    """Someone began to speak."""


@dataclass(frozen=True, slots=True)
class AudioBegan(TurnEvent):
    """The satellite opened its microphone."""


@dataclass(frozen=True, slots=True)
class AudioEnded(TurnEvent):
    """The satellite closed its microphone."""


@dataclass(frozen=True, slots=True)
class RunBegan(TurnEvent):
    """The pipeline run started."""


@dataclass(frozen=True, slots=True)
class WakeWordFound(TurnEvent):
    """The pipeline detected the wake word."""

    name: str
    timestamp_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ListeningBegan(TurnEvent):
    """The pipeline started to listen to the command."""


@dataclass(frozen=True, slots=True)
class SpeechEnded(TurnEvent):
    """The speaker stopped talking."""


@dataclass(frozen=True, slots=True)
class TextHeard(TurnEvent):
    """The command was transcribed."""

    text: str


@dataclass(frozen=True, slots=True)
class IntentHandled(TurnEvent):
    """The command was carried out, or not understood."""

    listen_again: bool
    """Whether the assistant wants a reply."""
    is_question: bool = False
    """Whether the answer is a question, by its punctuation."""
    is_done: bool = False
    """Whether the command was understood and carried out."""


@dataclass(frozen=True, slots=True)
class AnswerBegan(TurnEvent):
    """The answer is known."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerReady(TurnEvent):
    """The answer can be fetched as sound."""

    token: str


@dataclass(frozen=True, slots=True)
class RunFailed(TurnEvent):
    """The pipeline run failed."""

    code: str


@dataclass(frozen=True, slots=True)
class RunReturned(TurnEvent):
    """The pipeline run ended."""


@dataclass(frozen=True, slots=True)
class PlaybackEnded(TurnEvent):
    """The answer was played, or could not be."""

    error: str | None = None


@dataclass(frozen=True, slots=True)
class AnnouncementBegan(TurnEvent):
    """Something other than an answer uses the satellite."""


@dataclass(frozen=True, slots=True)
class AnnouncementEnded(TurnEvent):
    """The satellite is free again."""

    listen_again: bool = False


@dataclass(frozen=True, slots=True)
class ServerReturned(TurnEvent):
    """A speech server is back."""


@dataclass(frozen=True, slots=True)
class StopRequested(TurnEvent):
    """Someone asked for the exchange to end now."""


@dataclass(frozen=True, slots=True)
class TimerExpired(TurnEvent):
    """The timer expired."""
