"""Test what may be said after an answer, without a wake word."""

import pytest

from custom_components.hearken.const import FOLLOW_UP_SECONDS, LISTEN_AGAIN_SECONDS
from custom_components.hearken.protocol import TurnPhase
from custom_components.hearken.satellite.actions import (
    CancelTimer,
    EndAudio,
    GiveUpListening,
    SetTimer,
    StartRun,
    StopRun,
)
from custom_components.hearken.satellite.events import (
    AnswerReady,
    Connected,
    IntentHandled,
    ListeningBegan,
    PlaybackEnded,
    RunBegan,
    RunFailed,
    RunRequested,
    RunReturned,
    RunStage,
    SpeechEnded,
    TimerExpired,
    TurnEvent,
    VoiceStarted,
)
from custom_components.hearken.satellite.follow_up import FollowUp, FollowUps
from custom_components.hearken.satellite.states import TurnState
from custom_components.hearken.satellite.turn import SatelliteTurn
from tests.integration.satellite.story import Story, idle, phase

QUESTION = IntentHandled(listen_again=False, is_question=True)
ASKED = IntentHandled(listen_again=True)
DONE = IntentHandled(listen_again=False, is_done=True)
FAILED = IntentHandled(listen_again=False)
RUN: list[TurnEvent] = [RunRequested(RunStage.COMMAND), RunBegan(), ListeningBegan()]


@pytest.fixture(autouse=True)
def _house() -> None:
    """Do not set up Home Assistant."""


def answered(handled: IntentHandled) -> list[TurnEvent]:
    """Return the events of a command that is answered to the end of playback."""
    return [
        SpeechEnded(),
        handled,
        AnswerReady("token"),
        RunReturned(),
        PlaybackEnded(),
    ]


def story(*, is_on: bool = False) -> Story:
    """Return a connected satellite, with or without follow-up commands."""
    begun = Story()
    begun.turn = SatelliteTurn(begun.clock, FollowUps(lambda: is_on))
    begun.after(Connected())
    return begun


@pytest.mark.parametrize("handled", [QUESTION, ASKED])
def test_a_question_keeps_the_microphone_open(handled: IntentHandled) -> None:
    """By its punctuation or because the assistant says so; anything may be said."""
    turn = story()
    actions = turn.after(*RUN, *answered(handled))
    assert actions[-2:] == [idle(listen_again=True), SetTimer(LISTEN_AGAIN_SECONDS)]
    (_, run) = turn.after(RunRequested(RunStage.COMMAND))
    assert isinstance(run, StartRun)
    assert (run.follow_up, run.is_continued) == (FollowUp.REPLY, True)
    turn.after(RunBegan())
    assert turn.after(ListeningBegan()) == [
        phase(TurnPhase.LISTENING),
        SetTimer(FOLLOW_UP_SECONDS),
    ]


def test_nobody_says_anything() -> None:
    """The microphone closes without a sound."""
    turn = story()
    turn.after(*RUN, *answered(QUESTION), *RUN)
    assert turn.after(TimerExpired()) == [
        GiveUpListening(),
        EndAudio(),
        StopRun(),
        CancelTimer(),
        idle(),
    ]
    assert turn.state is TurnState.READY


def test_silence_that_the_server_detects_is_no_error() -> None:
    """Whoever was not asked twice hears no error tone."""
    turn = story()
    turn.after(*RUN, *answered(QUESTION), *RUN, RunFailed("stt-no-text-recognized"))
    assert turn.after(RunReturned()) == [idle()]


def test_after_a_wake_word_silence_is_an_error() -> None:
    """There, somebody wanted something."""
    turn = story()
    turn.after(*RUN, RunFailed("stt-no-text-recognized"))
    assert turn.after(RunReturned()) == [idle("stt-no-text-recognized")]


def test_whoever_speaks_is_heard_to_the_end() -> None:
    """The window is for the start of speech."""
    turn = story()
    turn.after(*RUN, *answered(QUESTION), *RUN)
    assert turn.after(VoiceStarted()) == [CancelTimer()]
    assert turn.state is TurnState.LISTENING


@pytest.mark.parametrize("handled", [QUESTION, ASKED])
def test_questions_do_not_go_on_for_ever(handled: IntentHandled) -> None:
    """After two in a row, the wake word is needed; with it, two more follow."""
    turn = story(is_on=True)
    for _ in range(2):
        for is_open in (True, True, False):
            actions = turn.after(*RUN, *answered(handled))
            assert idle(listen_again=is_open) in actions
        assert turn.state is TurnState.READY


def test_commands_may_follow_commands_if_the_owner_likes() -> None:
    """For as long as they are carried out, and only then."""
    turn = story(is_on=True)
    for _ in range(5):
        assert idle(listen_again=True) in turn.after(*RUN, *answered(DONE))
        (_, run) = turn.after(RunRequested(RunStage.COMMAND))
        assert isinstance(run, StartRun)
        assert run.follow_up is FollowUp.COMMAND
    assert idle() in turn.after(*RUN[1:], *answered(FAILED))


def test_without_the_setting_a_command_ends_the_exchange() -> None:
    """The wake word is for that."""
    assert idle() in story().after(*RUN, *answered(DONE))


def test_an_error_is_no_question() -> None:
    """An answer that could not be spoken keeps nothing open."""
    turn = story(is_on=True)
    turn.after(*RUN, SpeechEnded(), ASKED, AnswerReady("token"), RunReturned())
    assert idle("tts-failed") in turn.after(PlaybackEnded("tts-failed"))
