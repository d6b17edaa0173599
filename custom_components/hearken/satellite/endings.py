"""How exchanges end, as a satellite is told."""

from typing import Final

from ..protocol import Turn, TurnPhase
from .follow_up import FollowUp

NOTHING_HEARD: Final = "stt-no-text-recognized"
NO_FAILURES: Final = frozenset(
    {"duplicate_wake_up_detected", "wake_word_detection_aborted", "wake-word-timeout"}
)
"""Ways for a run to end that are not failures."""
HEARD_ELSEWHERE: Final = Turn(phase=TurnPhase.IDLE, heard_elsewhere=True)


def error_to_tell(error: str | None, follow_up: FollowUp | None) -> str | None:
    """Return the error that a person should hear, None if silence is better."""
    if error in NO_FAILURES or (follow_up is not None and error == NOTHING_HEARD):
        return None
    return error


def idle(error: str | None = None, *, listen_again: bool = False) -> Turn:
    """Return the end of an exchange."""
    return Turn(phase=TurnPhase.IDLE, error=error, listen_again=listen_again)
