"""Test what may be said after an answer, without a wake word."""

import pytest

from custom_components.hearken.const import FOLLOW_UP_SECONDS, LISTEN_AGAIN_SECONDS
from custom_components.hearken.protocol import TurnPhase
from custom_components.hearken.satellite.actions import (
    CancelTimer,
    DropQuestion,
    EndAudio,
    FinishResponse,
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
    StopRequested,
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


@pytest.mark.parametrize(("handled", "is_told"), [(QUESTION, True), (DONE, False)])
def test_nobody_says_anything(handled: IntentHandled, *, is_told: bool) -> None:
    """The microphone closes; a question is taken back and that is said."""
    turn = story(is_on=True)
    turn.after(*RUN, *answered(handled), *RUN)
    assert turn.after(TimerExpired()) == [
        GiveUpListening(),
        EndAudio(),
        StopRun(),
        CancelTimer(),
        idle(),
        DropQuestion(is_told=is_told),
    ]
    assert turn.state is TurnState.READY


def test_stopping_takes_a_question_back() -> None:
    """Whoever presses a button knows it: nothing is said."""
    turn = story()
    turn.after(*RUN, *answered(QUESTION))
    assert DropQuestion() in turn.after(StopRequested())


@pytest.mark.parametrize("before", [[Connected()], Story.ASLEEP])
def test_there_is_nothing_to_stop(before: list[TurnEvent]) -> None:
    """Waiting for the wake word is no exchange."""
    turn = story()
    turn.after(*before)
    assert turn.after(StopRequested()) == []


def test_command_can_be_stopped_before_it_is_heard() -> None:
    """A button that starts a run is followed by no wake word."""
    turn = story()
    turn.after(Connected(), RunRequested(RunStage.COMMAND), RunBegan())
    assert idle() in turn.after(StopRequested())


def test_silence_that_the_server_detects_is_no_error() -> None:
    """Whoever was not asked twice hears no error tone."""
    turn = story()
    turn.after(*RUN, *answered(QUESTION), *RUN, RunFailed("stt-no-text-recognized"))
    assert turn.after(RunReturned()) == [idle(), DropQuestion(is_told=True)]


def test_a_reply_that_is_heard_keeps_the_question() -> None:
    """Only the agent knows whether it is an answer."""
    turn = story()
    actions = turn.after(*RUN, *answered(QUESTION), *RUN, *answered(DONE))
    assert actions[-1] == idle()


def test_a_failure_takes_a_question_back() -> None:
    """The tone of the error says enough."""
    turn = story()
    turn.after(*RUN, *answered(QUESTION), *RUN, RunFailed("stt-stream-failed"))
    assert turn.after(RunReturned()) == [idle("stt-stream-failed"), DropQuestion()]


def test_after_a_wake_word_silence_is_an_error() -> None:
    """There, somebody wanted something."""
    turn = story()
    turn.after(*RUN, RunFailed("stt-no-text-recognized"))
    expected = [idle("stt-no-text-recognized"), DropQuestion()]
    assert turn.after(RunReturned()) == expected


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
    actions = turn.after(PlaybackEnded("tts-failed"))
    assert actions == [FinishResponse(), idle("tts-failed"), DropQuestion()]
