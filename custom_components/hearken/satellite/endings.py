"""How exchanges end, as a satellite is told."""

from typing import Final

from ..protocol import Turn, TurnPhase
from .actions import (
    EndAudio,
    FinishResponse,
    GiveUpListening,
    StopPlayback,
    StopRun,
    TurnAction,
)
from .follow_up import FollowUp
from .states import RUNNING, TurnState

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


def abandoned(state: TurnState, *, is_playing: bool) -> list[TurnAction]:
    """Return what ends an exchange in this state."""
    actions: list[TurnAction] = []
    if state in RUNNING:
        actions += [EndAudio(), StopRun()]
    if is_playing:
        actions.append(StopPlayback())
    if state is TurnState.RESPONDING:
        actions.append(FinishResponse())
    if state is TurnState.EXPECTING:
        actions.append(GiveUpListening())
    return actions
