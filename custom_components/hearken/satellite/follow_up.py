"""Whether the microphone stays open after an answer, without a wake word."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from .events import IntentHandled

MAX_QUESTIONS: Final = 2
"""Questions in a row after which a person has to use the wake word again."""


class FollowUp(StrEnum):
    """What may be said after an answer, without a wake word."""

    REPLY = "reply"
    """Anything: the answer was a question."""
    COMMAND = "command"
    """Another command; whatever else is said was meant for someone else."""


class FollowUps:
    """Decides what may follow an answer, and never goes round in circles.

    An assistant that asks again and again, perhaps because it hears a television, is
    cut off. Commands may follow each other for as long as they are carried out.
    """

    def __init__(self, is_on: Callable[[], bool] = lambda: False) -> None:
        """Let commands follow any answer while ``is_on`` returns True."""
        self._is_on = is_on
        self._questions = 0

    def reset(self) -> None:
        """Start again: someone used a wake word."""
        self._questions = 0

    def after(self, handled: IntentHandled | None) -> FollowUp | None:
        """Return what may follow, None if the microphone closes."""
        if handled is None:
            return None
        if handled.listen_again or handled.is_question:
            self._questions += 1
            return FollowUp.REPLY if self._questions <= MAX_QUESTIONS else None
        if self._is_on() and handled.is_done:
            self._questions = 0
            return FollowUp.COMMAND
        return None
