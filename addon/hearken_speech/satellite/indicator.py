"""What a satellite shows: one state, made of everything that goes on."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hearken_speech.protocol import TurnPhase

if TYPE_CHECKING:
    from collections.abc import Callable


class SatelliteState(StrEnum):
    """State that lights and hooks show."""

    WAITING = "waiting"
    """Waiting for the wake word."""
    LISTENING = "listening"
    THINKING = "thinking"
    SPEAKING = "speaking"
    MUTED = "muted"
    AWAY = "away"
    """Not connected to Home Assistant."""
    TIMER = "timer"
    """A timer rings."""


_STATES: Final = {
    TurnPhase.LISTENING: SatelliteState.LISTENING,
    TurnPhase.PROCESSING: SatelliteState.THINKING,
    TurnPhase.RESPONDING: SatelliteState.SPEAKING,
}


class Indicator:
    """Tells its listeners the state whenever it changes."""

    def __init__(self) -> None:
        """Start away from Home Assistant."""
        self._phase = TurnPhase.IDLE
        self._is_muted = False
        self._is_away = True
        self._is_ringing = False
        self._listeners: list[Callable[[SatelliteState], None]] = []
        self._shown = self.state

    @property
    def state(self) -> SatelliteState:
        """Return what matters most of everything that goes on."""
        if self._is_ringing:
            return SatelliteState.TIMER
        if self._phase in _STATES:
            return _STATES[self._phase]
        if self._is_muted:
            return SatelliteState.MUTED
        return SatelliteState.AWAY if self._is_away else SatelliteState.WAITING

    def listen(self, show: Callable[[SatelliteState], None]) -> None:
        """Show the state now, and whenever it changes."""
        self._listeners.append(show)
        show(self._shown)

    def set_phase(self, phase: TurnPhase) -> None:
        """Set the phase of the turn."""
        self._phase = phase
        self._update()

    def set_muted(self, *, is_muted: bool) -> None:
        """Set whether the microphone is muted."""
        self._is_muted = is_muted
        self._update()

    def set_away(self, *, is_away: bool) -> None:
        """Set whether there is no Home Assistant; it ends the turn."""
        self._is_away = is_away
        self._phase = TurnPhase.IDLE
        self._update()

    def set_ringing(self, *, is_ringing: bool) -> None:
        """Set whether a timer rings."""
        self._is_ringing = is_ringing
        self._update()

    def _update(self) -> None:
        """Tell the listeners if the state has changed."""
        if self.state is self._shown:
            return
        self._shown = self.state
        for show in self._listeners:
            show(self._shown)
