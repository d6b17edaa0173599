"""Who speaks, for the stages of a run that Home Assistant does not tell."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from ..client.detect import Listening, WakeWordDetection


@dataclass(frozen=True, kw_only=True, slots=True)
class Speaker:
    """The satellite that a pipeline run listens to."""

    device_id: str | None = None
    satellite_id: str | None = None
    """Its entity: Home Assistant looks up the room by it."""
    sensitivity: str | None = None
    """How soon the end of a command is detected, as its owner chose."""
    on_speech_ended: Callable[[], None] | None = None
    """Is told that no more audio is wanted, before the text is there."""
    listen: Callable[[str | None], Listening] | None = None
    """Says what to listen for, where the assistant asks for this wake word."""
    on_wake_word: Callable[[WakeWordDetection], bool] | None = None
    """Takes a wake word; true if it is another assistant's, and this run is over."""


NOBODY: Final = Speaker()
SPEAKER: Final[ContextVar[Speaker]] = ContextVar("hearken_speaker", default=NOBODY)
"""Set by the task that runs the pipeline; the stages run in it or in its children."""
