"""Test what a satellite shows of everything that goes on."""

from hearken_speech.protocol import TurnPhase
from hearken_speech.satellite.devices.hardware import Light
from hearken_speech.satellite.indicator import Indicator


def test_what_matters_most_is_shown() -> None:
    """A ringing timer comes first, then the turn, then mute, then the connection."""
    shown: list[Light] = []
    indicator = Indicator()
    indicator.listen(shown.append)
    indicator.set_away(is_away=False)
    indicator.set_phase(TurnPhase.LISTENING)
    indicator.set_phase(TurnPhase.PROCESSING)
    indicator.set_phase(TurnPhase.RESPONDING)
    indicator.set_ringing(is_ringing=True)
    indicator.set_ringing(is_ringing=False)
    indicator.set_phase(TurnPhase.IDLE)
    indicator.set_muted(is_muted=True)
    indicator.set_away(is_away=True)
    indicator.set_muted(is_muted=False)
    assert shown == [
        Light.AWAY,
        Light.WAITING,
        Light.LISTENING,
        Light.THINKING,
        Light.SPEAKING,
        Light.TIMER,
        Light.SPEAKING,
        Light.WAITING,
        Light.MUTED,
        Light.AWAY,
    ]


def test_a_lost_connection_ends_the_turn() -> None:
    """No satellite goes on glowing as if it listened."""
    indicator = Indicator()
    indicator.set_away(is_away=False)
    indicator.set_phase(TurnPhase.LISTENING)
    indicator.set_away(is_away=True)
    assert indicator.state is Light.AWAY
    assert not indicator.is_busy


def test_a_microphone_that_is_gone_is_shown() -> None:
    """Whoever looks sees why nobody answers."""
    indicator = Indicator()
    indicator.set_away(is_away=False)
    indicator.set_deaf(is_deaf=True)
    assert indicator.state is Light.AWAY
