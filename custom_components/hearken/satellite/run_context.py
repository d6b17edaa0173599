"""What the stages of a pipeline run need and Home Assistant does not pass on.

There is one context variable. The task of a run sets it, the stages of the pipeline
read it, and whatever a command starts (an automation, a script) inherits it.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from ..client.detect import Listening, WakeWordDetection
from ..exchanges.recorder import RunNotes, RunObserver


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RunContext:
    """One pipeline run and the satellite that it listens to."""

    device_id: str | None = None
    satellite_id: str | None = None
    """Entity of the satellite: Home Assistant looks up the area by it."""
    sensitivity: str | None = None
    """How soon the end of a command is detected, as its owner chose."""
    on_speech_ended: Callable[[], None] | None = None
    """Called when no more audio is wanted, before the text is known."""
    listen: Callable[[str | None], Listening] | None = None
    """Return what to listen for where the pipeline asks for this wake word."""
    on_wake_word: Callable[[WakeWordDetection], bool] | None = None
    """Take a wake word; return True if another assistant answers to it."""
    observer: RunObserver = field(default_factory=RunObserver)
    """Records the exchange."""

    @property
    def notes(self) -> RunNotes:
        """Return what the stages tell the record of the exchange."""
        return self.observer.notes


NOBODY: Final = RunContext()
_RUN: Final[ContextVar[RunContext | None]] = ContextVar("hearken_run", default=None)


def current_run() -> RunContext:
    """Return the run in which the caller works, an empty one outside of any run."""
    return _RUN.get() or RunContext()


def enter_run(run: RunContext) -> None:
    """Let the current task, and all tasks that it starts, belong to a run."""
    _RUN.set(run)
