"""Test the turn's state machine event by event."""

import pytest
from wyoming.pipeline import PipelineStage

from hearken_speech.protocol import Turn, TurnPhase
from hearken_speech.satellite.sound import Sound
from hearken_speech.satellite.turn import (
    Action,
    Mute,
    Play,
    PlayError,
    PlayWakeSound,
    SatelliteTurn,
    Stream,
)

SOUND = Sound()
WAKE, ASR = Stream(PipelineStage.WAKE), Stream(PipelineStage.ASR)


@pytest.fixture(name="turn")
def turn_fixture() -> SatelliteTurn:
    """Return a turn with an open microphone, waiting for the wake word."""
    turn = SatelliteTurn()
    assert turn.run() == [WAKE]
    return turn


def _say(
    turn: SatelliteTurn, phase: TurnPhase, *, listen_again: bool = False
) -> list[object]:
    return list(turn.turned(Turn(phase=phase, listen_again=listen_again)))


def _is_played(actions: list[Action]) -> bool:
    """Return whether the only action is to play the sound."""
    (action,) = actions
    return isinstance(action, Play) and action.sound is SOUND


def test_the_microphone_is_closed_at_first() -> None:
    """The microphone is closed until Home Assistant requests audio."""
    turn = SatelliteTurn()
    assert not turn.streaming
    assert turn.phase is TurnPhase.IDLE
    for phase in TurnPhase:
        assert _say(turn, phase) == []
    assert not turn.streaming


def test_a_command_leaves_the_stream_alone(turn: SatelliteTurn) -> None:
    """The microphone stays open from the wake word to the answer."""
    for phase in (TurnPhase.LISTENING, TurnPhase.PROCESSING, TurnPhase.RESPONDING):
        assert _say(turn, phase) == []
        assert turn.phase is phase
    assert _is_played(turn.answer(SOUND))
    assert turn.played() == []
    assert _say(turn, TurnPhase.IDLE) == []
    assert turn.streaming


def test_a_wake_word_is_confirmed(turn: SatelliteTurn) -> None:
    """The wake sound is for wake words, not for a question."""
    assert turn.noticed() == []
    assert _say(turn, TurnPhase.LISTENING) == [PlayWakeSound()]
    assert _say(turn, TurnPhase.IDLE, listen_again=True) == [ASR]
    turn.noticed()
    assert _say(turn, TurnPhase.LISTENING) == []


def test_an_announcement_is_played_without_a_microphone() -> None:
    """An announcement is played and reported, also without an open microphone."""
    turn = SatelliteTurn()
    assert _is_played(turn.answer(SOUND))
    assert turn.played() == []
    assert not turn.streaming


def test_an_error_is_heard(turn: SatelliteTurn) -> None:
    """An error plays a tone, and the satellite waits for the wake word again."""
    _say(turn, TurnPhase.LISTENING)
    failed = Turn(phase=TurnPhase.IDLE, error="stt-no-text-recognized")
    assert turn.turned(failed) == [PlayError("stt-no-text-recognized")]
    assert turn.streaming


def test_an_error_within_a_turn_is_not_its_end(turn: SatelliteTurn) -> None:
    """Only an error that ends the turn makes a sound."""
    assert turn.turned(Turn(phase=TurnPhase.RESPONDING, error="late")) == []


@pytest.mark.parametrize("told_with", [TurnPhase.RESPONDING, TurnPhase.IDLE])
@pytest.mark.parametrize("idle_first", [False, True])
def test_a_question_opens_the_microphone(
    turn: SatelliteTurn, told_with: TurnPhase, *, idle_first: bool
) -> None:
    """The microphone opens once, after the question has been played."""
    _say(turn, TurnPhase.RESPONDING, listen_again=told_with is TurnPhase.RESPONDING)
    assert _is_played(turn.answer(SOUND))
    again = told_with is TurnPhase.IDLE
    if idle_first:
        assert _say(turn, TurnPhase.IDLE, listen_again=again) == []
        assert turn.played() == [ASR]
    else:
        assert turn.played() == []
        assert _say(turn, TurnPhase.IDLE, listen_again=again) == [ASR]
    _say(turn, TurnPhase.LISTENING)
    assert _say(turn, TurnPhase.IDLE) == [WAKE]
    _say(turn, TurnPhase.LISTENING)
    assert _say(turn, TurnPhase.IDLE) == []


def test_a_dialogue_of_several_questions(turn: SatelliteTurn) -> None:
    """Each question opens the microphone again; the last answer ends the dialogue."""
    for _ in range(3):
        _say(turn, TurnPhase.RESPONDING, listen_again=True)
        turn.answer(SOUND)
        _say(turn, TurnPhase.IDLE)
        assert turn.played() == [ASR]
    _say(turn, TurnPhase.RESPONDING)
    turn.answer(SOUND)
    assert _say(turn, TurnPhase.IDLE) == []
    assert turn.played() == [WAKE]


def test_an_unanswered_question_is_no_success(turn: SatelliteTurn) -> None:
    """An unanswered question plays the error tone and ends the dialogue."""
    _say(turn, TurnPhase.IDLE, listen_again=True)
    _say(turn, TurnPhase.LISTENING)
    failed = Turn(phase=TurnPhase.IDLE, error="stt-no-text-recognized")
    assert turn.turned(failed) == [PlayError("stt-no-text-recognized"), WAKE]


def test_two_sounds_are_both_awaited(turn: SatelliteTurn) -> None:
    """The microphone opens after both the question and the announcement."""
    _say(turn, TurnPhase.RESPONDING, listen_again=True)
    turn.answer(SOUND)
    turn.answer(SOUND)
    _say(turn, TurnPhase.IDLE)
    assert turn.played() == []
    assert turn.played() == [ASR]


def test_a_pause_closes_the_microphone(turn: SatelliteTurn) -> None:
    """Only a new run opens the microphone again."""
    _say(turn, TurnPhase.RESPONDING, listen_again=True)
    turn.answer(SOUND)
    assert turn.pause() == [Mute()]
    assert not turn.streaming
    assert turn.played() == []
    assert _say(turn, TurnPhase.IDLE) == []
    assert turn.run() == [WAKE]
    assert turn.streaming
    assert _say(turn, TurnPhase.IDLE) == []


def test_mute_closes_the_microphone_whatever_is_going_on(turn: SatelliteTurn) -> None:
    """While muted, no event opens the microphone."""
    assert turn.mute() == [Mute()]
    assert turn.mute() == []
    assert not turn.streaming
    assert _say(turn, TurnPhase.RESPONDING) == []
    assert _is_played(turn.answer(SOUND))
    assert turn.played() == []
    assert _say(turn, TurnPhase.IDLE, listen_again=True) == []
    assert turn.run() == []
    assert not turn.streaming
    assert turn.unmute() == [WAKE]
    assert turn.unmute() == []
    # Requests received while muted are discarded.
    assert _say(turn, TurnPhase.IDLE) == []


def test_unmuted_it_waits_for_home_assistant() -> None:
    """A microphone without a request stays closed after unmuting."""
    turn = SatelliteTurn(is_muted=True)
    assert turn.unmute() == []
    assert turn.run() == [WAKE]
    assert turn.pause() == [Mute()]
    turn.mute()
    assert turn.unmute() == []


def test_what_is_broken_off_does_not_hold_up_the_turn(turn: SatelliteTurn) -> None:
    """After a stop, the satellite continues as after the end of the answer."""
    _say(turn, TurnPhase.RESPONDING, listen_again=True)
    turn.answer(SOUND)
    _say(turn, TurnPhase.IDLE)
    assert turn.silenced() == [ASR]
    assert turn.played() == []
