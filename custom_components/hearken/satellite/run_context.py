"""The context of a pipeline run: what Home Assistant does not pass on to its stages.

There is one context variable. The task of a run sets it, the stages of the pipeline
read it, and everything that a command starts (an automation, a script) inherits it.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from ..client.detect import Listening, WakeWordDetection
from ..exchanges.recorder import RunNotes, RunObserver
from .follow_up import FollowUp


@dataclass(kw_only=True, slots=True, eq=False)
class RunContext:
    """One pipeline run and the satellite that it listens to."""

    device_id: str | None = None
    satellite_id: str | None = None
    """Entity of the satellite, by which Home Assistant finds the area."""
    sensitivity: str | None = None
    """How soon the end of a command is detected, as set by the owner."""
    on_speech_ended: Callable[[], None] | None = None
    """Called at the end of speech, before the text is known."""
    on_voice_started: Callable[[], None] | None = None
    """Called when someone begins to speak."""
    follow_up: FollowUp | None = None
    """What may be said without a wake word, None after a wake word."""
    wake_phrase: str | None = None
    """The wake word, which people also say where none is needed."""
    has_wake_word: bool = False
    """Whether the command follows a wake word."""
    lead_audio: bytes = b""
    """Audio of the wake word: a command may begin before the end that was found."""
    listen: Callable[[str | None], Listening] | None = None
    """Returns the wake word request, given the wake word of the pipeline."""
    on_wake_word: Callable[[WakeWordDetection], bool] | None = None
    """Handles a wake word; returns True if another assistant answers to it."""
    observer: RunObserver = field(default_factory=RunObserver)
    """Records the exchange."""
    is_over: bool = False
    """Whether the run has ended; tasks that it started may continue for hours."""

    @property
    def notes(self) -> RunNotes:
        """Return the notes of the stages for the record of the exchange."""
        return self.observer.notes


NO_RUN: Final = RunContext()
_RUN: Final[ContextVar[RunContext | None]] = ContextVar("hearken_run", default=None)


def current_run() -> RunContext:
    """Return the run that the caller is part of, an empty one if there is none."""
    run = _RUN.get()
    return RunContext() if run is None or run.is_over else run


def own_run() -> RunContext:
    """Return the run that the caller is part of, begun here if nobody else did.

    Runs of satellites that are not ours have no context before they get here. Stages
    that the same task runs later find it.
    """
    run = current_run()
    if _RUN.get() is not run:
        _RUN.set(run)
    return run


def enter_run(run: RunContext) -> None:
    """Make the current task, and all tasks that it starts, part of a run."""
    _RUN.set(run)
