"""What a satellite shows: one state, made of everything that goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hearken_speech.protocol import TurnPhase
from hearken_speech.satellite.devices.hardware import Light

if TYPE_CHECKING:
    from collections.abc import Callable


_STATES: Final = {
    TurnPhase.LISTENING: Light.LISTENING,
    TurnPhase.PROCESSING: Light.THINKING,
    TurnPhase.RESPONDING: Light.SPEAKING,
}


class Indicator:
    """Tells its listeners the state whenever it changes."""

    def __init__(self) -> None:
        """Start away from Home Assistant."""
        self._phase = TurnPhase.IDLE
        self._is_muted = False
        self._is_away = True
        self._is_ringing = False
        self._is_deaf = False
        self._listeners: list[Callable[[Light], None]] = []
        self._shown = self.state

    @property
    def state(self) -> Light:
        """Return what matters most of everything that goes on."""
        if self._is_ringing:
            return Light.TIMER
        if self._phase in _STATES:
            return _STATES[self._phase]
        if self._is_muted:
            return Light.MUTED
        is_gone = self._is_away or self._is_deaf
        return Light.AWAY if is_gone else Light.WAITING

    def listen(self, show: Callable[[Light], None]) -> None:
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

    def set_deaf(self, *, is_deaf: bool) -> None:
        """Set whether the microphone is gone."""
        self._is_deaf = is_deaf
        self._update()

    @property
    def is_busy(self) -> bool:
        """Return whether someone is being heard or answered."""
        return self._phase is not TurnPhase.IDLE

    def _update(self) -> None:
        """Tell the listeners if the state has changed."""
        if self.state is self._shown:
            return
        self._shown = self.state
        for show in self._listeners:
            show(self._shown)
