"""What an exchange with a satellite can require to be done."""

from dataclasses import dataclass

from wyoming.event import Eventable

from .events import RunStage


@dataclass(frozen=True, slots=True)
class TurnAction:
    """Something that has to be done."""


@dataclass(frozen=True, slots=True)
class Send(TurnAction):
    """Send an event to the satellite."""

    event: Eventable


@dataclass(frozen=True, slots=True)
class StartRun(TurnAction):
    """Start a pipeline run, ending any other."""

    stage: RunStage
    wake_word_phrase: str | None = None
    is_continued: bool = False
    """The satellite was told to listen again: the same assistant goes on."""


@dataclass(frozen=True, slots=True)
class StopRun(TurnAction):
    """End the pipeline run."""


@dataclass(frozen=True, slots=True)
class EndAudio(TurnAction):
    """Tell the pipeline run that no more audio comes."""


@dataclass(frozen=True, slots=True)
class Play(TurnAction):
    """Play the answer."""

    token: str


@dataclass(frozen=True, slots=True)
class StopPlayback(TurnAction):
    """Stop playing."""


@dataclass(frozen=True, slots=True)
class FinishResponse(TurnAction):
    """Tell Home Assistant that the answer is over."""


@dataclass(frozen=True, slots=True)
class GiveUpListening(TurnAction):
    """Tell whoever waits for words that there are none."""


@dataclass(frozen=True, slots=True)
class SetTimer(TurnAction):
    """Say when this much time is over, instead of any earlier time."""

    seconds: float


@dataclass(frozen=True, slots=True)
class CancelTimer(TurnAction):
    """Forget the time that was asked for."""
