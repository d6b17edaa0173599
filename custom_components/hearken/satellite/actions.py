"""Actions that a turn returns."""

from dataclasses import dataclass

from wyoming.event import Eventable

from .events import RunStage
from .follow_up import FollowUp


@dataclass(frozen=True, slots=True)
class TurnAction:
    """Base of all actions."""


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
    """The satellite was told to listen again: the same assistant continues."""
    follow_up: FollowUp | None = None
    """What may be said without a wake word, None after a wake word."""
    is_rival: bool = False
    """Another satellite answered to a wake word just before: it is known that this
    is no duplicate."""


@dataclass(frozen=True, slots=True)
class StopRun(TurnAction):
    """End the pipeline run."""


@dataclass(frozen=True, slots=True)
class EndAudio(TurnAction):
    """End the audio of the pipeline run."""


@dataclass(frozen=True, slots=True)
class Play(TurnAction):
    """Play the answer."""

    token: str


@dataclass(frozen=True, slots=True)
class StopPlayback(TurnAction):
    """Stop the answer."""


@dataclass(frozen=True, slots=True)
class Interrupted(TurnAction):
    """Forget what was being played: the satellite has stopped it."""


@dataclass(frozen=True, slots=True)
class FinishResponse(TurnAction):
    """Tell Home Assistant that the answer was played."""


@dataclass(frozen=True, slots=True)
class GiveUpListening(TurnAction):
    """Report to those who wait for a reply that there is none."""


@dataclass(frozen=True, slots=True)
class DropQuestion(TurnAction):
    """Take back a question of the assistant: no answer was heard."""

    is_told: bool = False
    """Whether to say so: nobody said anything."""


@dataclass(frozen=True, slots=True)
class SetTimer(TurnAction):
    """Set the timer, in place of an earlier one."""

    seconds: float


@dataclass(frozen=True, slots=True)
class CancelTimer(TurnAction):
    """Cancel the timer."""
