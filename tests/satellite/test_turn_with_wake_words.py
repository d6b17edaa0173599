"""Test the turn of a satellite that detects its wake words itself."""

import pytest
from wyoming.pipeline import PipelineStage

from hearken_speech.protocol import Turn, TurnPhase
from hearken_speech.satellite.sound import Sound
from hearken_speech.satellite.turn import (
    Action,
    Await,
    Hold,
    Mute,
    PlayWakeSound,
    RequestStop,
    SatelliteTurn,
    Silence,
    Stream,
)

WORD = Stream(PipelineStage.ASR)
"""What a heard word leads to; a question, too."""


def turned(
    turn: SatelliteTurn, phase: TurnPhase, *, listen_again: bool = False
) -> list[Action]:
    """Return what a change of the phase leads to."""
    return turn.turned(Turn(phase=phase, listen_again=listen_again))


@pytest.fixture(name="turn")
def turn_fixture() -> SatelliteTurn:
    """Return a turn that waits for its wake word."""
    turn = SatelliteTurn(hears_wake_words=True)
    assert turn.run() == [Await()]
    assert turn.streaming
    return turn


def test_word_opens_the_microphone_for_a_command(turn: SatelliteTurn) -> None:
    """Sound leaves from the word until the command is understood."""
    assert WORD in turn.heard()
    assert Hold() not in turned(turn, TurnPhase.LISTENING)
    assert turned(turn, TurnPhase.PROCESSING) == [Hold()]
    assert turned(turn, TurnPhase.RESPONDING) == [Hold()]
    assert turned(turn, TurnPhase.IDLE) == [Await()]
    assert WORD in turn.heard()


def test_wake_sound_is_played_once(turn: SatelliteTurn) -> None:
    """It says that the word was heard, and nothing had to be silenced for it."""
    assert turn.heard() == [WORD]
    assert turned(turn, TurnPhase.LISTENING) == [PlayWakeSound()]
    assert turned(turn, TurnPhase.LISTENING) == []


def test_word_interrupts_an_answer_and_its_question(turn: SatelliteTurn) -> None:
    """What was asked meanwhile does not open the microphone after the command."""
    turned(turn, TurnPhase.RESPONDING, listen_again=True)
    turn.answer(Sound())

    assert turn.heard() == [Silence(), WORD]
    turned(turn, TurnPhase.PROCESSING)
    assert turned(turn, TurnPhase.IDLE) == [Await()]


def test_second_word_before_the_command_is_the_same(turn: SatelliteTurn) -> None:
    """What was playing has been silenced, and the microphone is open."""
    turned(turn, TurnPhase.RESPONDING)
    turn.answer(Sound())

    assert turn.heard() == [Silence(), WORD]
    assert turn.heard() == []


def test_word_that_others_heard_makes_no_later_sound(turn: SatelliteTurn) -> None:
    """When Home Assistant listens later, by itself, nobody has said the word."""
    assert turn.heard() == [WORD]
    assert turned(turn, TurnPhase.IDLE) == [Await()]
    assert turned(turn, TurnPhase.LISTENING) == []


def test_stopped_answer_asks_nothing(turn: SatelliteTurn) -> None:
    """A stop word ends the sound, and the question with it."""
    turned(turn, TurnPhase.RESPONDING, listen_again=True)
    turn.answer(Sound())

    assert turn.stopped() == [Silence(), RequestStop()]
    assert turned(turn, TurnPhase.IDLE) == []
    assert turn.stopped() == []


def test_word_before_the_run_opens_nothing() -> None:
    """Nobody wants the microphone yet."""
    turn = SatelliteTurn(hears_wake_words=True)

    assert turn.heard() == []
    assert not turn.streaming


def test_word_while_muted_opens_nothing(turn: SatelliteTurn) -> None:
    """A word that was already on its way does not open a muted microphone."""
    assert turn.mute() == [Mute()]
    assert turn.heard() == []
    assert not turn.streaming
    assert turn.run() == []
    assert turn.heard() == []
    assert not turn.streaming

    assert turn.unmute() == [Await()]
    assert WORD in turn.heard()


def test_satellite_that_starts_muted_hears_nothing() -> None:
    """It waits for its wake word when it is unmuted, not before."""
    turn = SatelliteTurn(hears_wake_words=True, is_muted=True)

    assert turn.run() == []
    assert turn.heard() == []
    assert not turn.streaming
    assert turn.unmute() == [Await()]


def test_word_after_a_pause_opens_nothing(turn: SatelliteTurn) -> None:
    """Home Assistant does not want the microphone any more."""
    assert turn.pause() == [Mute()]
    assert turn.heard() == []
    assert not turn.streaming
    assert turn.unmute() == []
    assert turn.run() == [Await()]


def test_word_in_a_command_starts_no_other(turn: SatelliteTurn) -> None:
    """The word is part of what is said."""
    turn.heard()
    for phase in (TurnPhase.LISTENING, TurnPhase.PROCESSING):
        turned(turn, phase)
        assert turn.heard() == []


@pytest.mark.parametrize("how", ["mute", "pause"])
def test_question_is_forgotten(turn: SatelliteTurn, how: str) -> None:
    """A question of before does not open the microphone after mute or pause."""
    turned(turn, TurnPhase.RESPONDING, listen_again=True)
    turn.answer(Sound())
    if how == "mute":
        assert turn.mute() == [Mute()]
        opened = turn.unmute()
    else:
        assert turn.pause() == [Mute()]
        opened = turn.run()

    actions = opened + turn.played() + turned(turn, TurnPhase.IDLE)

    assert WORD not in actions
    assert Await() in actions


def test_question_while_muted_is_not_remembered(turn: SatelliteTurn) -> None:
    """What is asked while nobody can answer opens nothing later."""
    turn.mute()
    turned(turn, TurnPhase.RESPONDING, listen_again=True)

    assert turn.unmute() == [Await()]
    assert turned(turn, TurnPhase.IDLE) == []


def test_question_needs_no_word(turn: SatelliteTurn) -> None:
    """The answer is listened to at once, and the wake word is awaited after it."""
    assert turned(turn, TurnPhase.IDLE, listen_again=True) == [WORD]
    turned(turn, TurnPhase.PROCESSING)
    assert turned(turn, TurnPhase.IDLE) == [Await()]


def test_command_without_an_end_is_given_up(turn: SatelliteTurn) -> None:
    """The satellite listens for its word again, whatever the phase was."""
    turn.heard()
    turned(turn, TurnPhase.LISTENING)

    assert turn.forgotten() == [Await()]
    assert turn.phase is TurnPhase.IDLE
    assert turn.forgotten() == []
    assert WORD in turn.heard()


@pytest.mark.parametrize("how", ["mute", "pause"])
def test_command_is_not_given_up_where_none_is(turn: SatelliteTurn, how: str) -> None:
    """A closed microphone stays closed."""
    turn.heard()
    assert (turn.mute() if how == "mute" else turn.pause()) == [Mute()]

    assert turn.forgotten() == []
    assert not turn.streaming
