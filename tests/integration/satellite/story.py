"""A turn driven by the test's events."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from custom_components.hearken.protocol import Turn, TurnPhase
from custom_components.hearken.satellite.actions import (
    Send,
    TurnAction,
)
from custom_components.hearken.satellite.events import (
    AnswerBegan,
    AnswerReady,
    Connected,
    IntentHandled,
    ListeningBegan,
    RunBegan,
    RunRequested,
    RunStage,
    SpeechEnded,
    TextHeard,
    TurnEvent,
    WakeWordFound,
)
from custom_components.hearken.satellite.turn import SatelliteTurn

if TYPE_CHECKING:
    from custom_components.hearken.satellite.states import TurnState


class Clock:
    """A clock set by the test."""

    def __init__(self) -> None:
        """Start at zero."""
        self.seconds = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.seconds


class Story:
    """A turn that collects its actions."""

    ASLEEP: ClassVar[list[TurnEvent]] = [
        Connected(),
        RunRequested(RunStage.WAKE),
        RunBegan(),
    ]
    LISTENING: ClassVar[list[TurnEvent]] = [
        *ASLEEP,
        WakeWordFound("hey_jarvis", 5),
        ListeningBegan(),
    ]
    RESPONDING: ClassVar[list[TurnEvent]] = [
        *LISTENING,
        SpeechEnded(),
        TextHeard("hello"),
        IntentHandled(listen_again=False),
        AnswerBegan("hi"),
        AnswerReady("token"),
    ]

    def __init__(self) -> None:
        """Start with a new turn."""
        self.clock = Clock()
        self.turn = SatelliteTurn(self.clock)

    def after(self, *events: TurnEvent) -> list[TurnAction]:
        """Return the actions of the last of these events."""
        actions: list[TurnAction] = []
        for event in events:
            actions = self.turn.feed(event)
        return actions

    @property
    def state(self) -> TurnState:
        """Return the state of the turn."""
        return self.turn.state


def idle(error: str | None = None, *, listen_again: bool = False) -> Send:
    """Return the end of an exchange."""
    return Send(Turn(phase=TurnPhase.IDLE, error=error, listen_again=listen_again))


def phase(phase: TurnPhase) -> Send:
    """Return a phase of an exchange."""
    return Send(Turn(phase=phase))
