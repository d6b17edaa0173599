"""What can happen in an exchange with a satellite."""

from dataclasses import dataclass
from enum import StrEnum


class RunStage(StrEnum):
    """Where a pipeline run begins."""

    WAKE = "wake"
    """Home Assistant has to find the wake word."""
    COMMAND = "command"
    """The command comes at once."""


@dataclass(frozen=True, slots=True)
class TurnEvent:
    """Something that happened."""


@dataclass(frozen=True, slots=True)
class Connected(TurnEvent):
    """The satellite is there."""


@dataclass(frozen=True, slots=True)
class Disconnected(TurnEvent):
    """The satellite is gone."""


@dataclass(frozen=True, slots=True)
class RunRequested(TurnEvent):
    """The satellite wants a pipeline run."""

    stage: RunStage
    wake_word_phrase: str | None = None


@dataclass(frozen=True, slots=True)
class WakeWordHeard(TurnEvent):
    """The satellite heard its wake word itself."""

    phrase: str


@dataclass(frozen=True, slots=True)
class AudioBegan(TurnEvent):
    """The satellite opened its microphone."""


@dataclass(frozen=True, slots=True)
class AudioEnded(TurnEvent):
    """The satellite closed its microphone."""


@dataclass(frozen=True, slots=True)
class RunBegan(TurnEvent):
    """The pipeline run is under way."""


@dataclass(frozen=True, slots=True)
class WakeWordFound(TurnEvent):
    """The pipeline found the wake word."""

    name: str
    timestamp_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ListeningBegan(TurnEvent):
    """The pipeline listens to the command."""


@dataclass(frozen=True, slots=True)
class SpeechEnded(TurnEvent):
    """The speaker stopped talking."""


@dataclass(frozen=True, slots=True)
class TextHeard(TurnEvent):
    """The command is text now."""

    text: str


@dataclass(frozen=True, slots=True)
class IntentHandled(TurnEvent):
    """The command was carried out, or not understood."""

    listen_again: bool


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
    """The pipeline run met an error."""

    code: str


@dataclass(frozen=True, slots=True)
class RunReturned(TurnEvent):
    """The pipeline run is over."""


@dataclass(frozen=True, slots=True)
class RunCancelled(TurnEvent):
    """Home Assistant ended the pipeline run, to make an announcement."""


@dataclass(frozen=True, slots=True)
class PlaybackEnded(TurnEvent):
    """The answer was heard, or could not be played."""

    error: str | None = None


@dataclass(frozen=True, slots=True)
class AnnouncementBegan(TurnEvent):
    """Home Assistant is going to say something by itself."""


@dataclass(frozen=True, slots=True)
class AnnouncementEnded(TurnEvent):
    """Home Assistant has said it."""

    listen_again: bool = False


@dataclass(frozen=True, slots=True)
class ServerReturned(TurnEvent):
    """A speech server is back."""


@dataclass(frozen=True, slots=True)
class StopRequested(TurnEvent):
    """Somebody wants the exchange to end now."""


@dataclass(frozen=True, slots=True)
class TimerExpired(TurnEvent):
    """The time that was asked for is over."""
