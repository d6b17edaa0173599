"""States of the exchanges with a satellite."""

from enum import StrEnum
from typing import Final


class TurnState(StrEnum):
    """State of the exchange."""

    OFFLINE = "offline"
    READY = "ready"
    """The satellite may request a run."""
    PAUSED = "paused"
    """A run failed; the next one starts in a moment."""
    EXPECTING = "expecting"
    """The satellite was told to open its microphone."""
    STARTING = "starting"
    WAITING = "waiting"
    """A run is waiting for the wake word."""
    LISTENING = "listening"
    PROCESSING = "processing"
    RESPONDING = "responding"
    ANNOUNCING = "announcing"


HEARING: Final = frozenset({TurnState.STARTING, TurnState.WAITING, TurnState.LISTENING})
RUNNING: Final = HEARING | {TurnState.PROCESSING, TurnState.RESPONDING}
ENGAGED: Final = RUNNING | {TurnState.EXPECTING}
