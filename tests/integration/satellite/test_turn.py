"""Test the state machine of a satellite's turn, event by event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from custom_components.hearken.protocol import TurnPhase
from custom_components.hearken.satellite.actions import (
    CancelTimer,
    DropQuestion,
    EndAudio,
    FinishResponse,
    GiveUpListening,
    Interrupted,
    Play,
    Send,
    SetTimer,
    StartRun,
    StopPlayback,
    StopRun,
    TurnAction,
)
from custom_components.hearken.satellite.events import (
    AnnouncementBegan,
    AnnouncementEnded,
    AnswerBegan,
    AnswerReady,
    AudioBegan,
    AudioEnded,
    Connected,
    Disconnected,
    IntentHandled,
    ListeningBegan,
    PlaybackEnded,
    RunBegan,
    RunFailed,
    RunRequested,
    RunReturned,
    RunStage,
    ServerReturned,
    SpeechEnded,
    TextHeard,
    TimerExpired,
    TurnEvent,
    WakeWordFound,
    WakeWordHeard,
)
from custom_components.hearken.satellite.follow_up import FollowUp
from custom_components.hearken.satellite.states import HEARING, TurnState
from tests.integration.satellite.story import Story, idle, phase

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _house() -> None:
    """Do not set up Home Assistant."""


def test_command_from_wake_word_to_answer() -> None:
    """Each step of a command has its actions."""
    story = Story()
    assert story.after(Connected()) == []
    assert story.after(RunRequested(RunStage.WAKE)) == [
        CancelTimer(),
        StartRun(RunStage.WAKE),
    ]
    assert story.state in HEARING
    assert story.after(RunBegan()) == []
    (detection,) = story.after(WakeWordFound("hey_jarvis", 5))
    assert isinstance(detection, Send)
    assert detection.event.event().data["name"] == "hey_jarvis"
    assert story.after(ListeningBegan()) == [phase(TurnPhase.LISTENING)]
    assert story.state in HEARING
    assert story.after(SpeechEnded()) == [EndAudio(), phase(TurnPhase.PROCESSING)]
    assert story.state not in HEARING
    assert len(story.after(TextHeard("hello"))) == 1
    assert story.after(IntentHandled(listen_again=False)) == []
    assert story.after(AnswerBegan("hi"))[0] == phase(TurnPhase.RESPONDING)
    assert story.after(AnswerReady("token")) == [Play("token")]
    assert story.after(RunReturned()) == []
    assert story.after(PlaybackEnded()) == [
        FinishResponse(),
        idle(),
        CancelTimer(),
        StartRun(RunStage.WAKE),
    ]


def test_playback_may_end_before_the_run() -> None:
    """The turn ends when both the run and the playback have ended."""
    story = Story()
    assert story.after(*story.RESPONDING, PlaybackEnded()) == []
    assert story.after(RunReturned())[:2] == [FinishResponse(), idle()]


def test_recognizer_that_ends_the_command_itself() -> None:
    """Without an end of speech, the text ends listening."""
    story = Story()
    actions = story.after(*story.LISTENING, TextHeard("hello"))
    assert actions[:2] == [EndAudio(), phase(TurnPhase.PROCESSING)]


def test_streamed_answer_plays_once() -> None:
    """An answer that is already playing is not played again at its end."""
    story = Story()
    story.after(*story.LISTENING, TextHeard("hello"))
    assert story.after(AnswerReady("token")) == [
        phase(TurnPhase.RESPONDING),
        Play("token"),
    ]
    (spoken,) = story.after(AnswerBegan("a long answer"))
    assert isinstance(spoken, Send)
    assert story.after(AnswerReady("token")) == []


def test_answer_without_sound() -> None:
    """An answer without audio ends the turn."""
    story = Story()
    story.after(*story.LISTENING, TextHeard("hello"), AnswerBegan("hi"))
    assert story.after(PlaybackEnded(error="of another sound")) == []
    assert story.after(RunReturned())[:2] == [FinishResponse(), idle()]


def test_question_waits_for_the_satellite() -> None:
    """After a question, the satellite must start within a time limit."""
    story = Story()
    question = [
        *story.LISTENING,
        TextHeard("hello"),
        IntentHandled(listen_again=True),
        RunReturned(),
    ]
    assert story.after(*question) == [idle(listen_again=True), SetTimer(10)]
    state = story.state
    assert state is TurnState.EXPECTING
    assert story.after(RunRequested(RunStage.COMMAND)) == [
        CancelTimer(),
        StartRun(RunStage.COMMAND, is_continued=True, follow_up=FollowUp.REPLY),
    ]
    story.after(RunBegan(), ListeningBegan(), TextHeard("x"))
    story.after(IntentHandled(listen_again=False))
    assert story.after(RunReturned()) == [idle()]
    assert story.state == TurnState.READY

    story = Story()
    story.after(*question)
    assert story.after(TimerExpired()) == [
        GiveUpListening(),
        DropQuestion(),
        CancelTimer(),
        StartRun(RunStage.WAKE),
    ]


def test_question_that_the_satellite_does_not_understand() -> None:
    """If the satellite waits for its wake word again, there is no answer."""
    story = Story()
    story.after(*story.ASLEEP, AnnouncementBegan())
    story.after(AnnouncementEnded(listen_again=True))
    assert story.after(RunRequested(RunStage.WAKE))[0] == GiveUpListening()


def test_failed_question_does_not_listen_again() -> None:
    """After an error, the microphone stays closed."""
    story = Story()
    story.after(*story.LISTENING, IntentHandled(listen_again=True))
    actions = story.after(RunFailed("intent-failed"), RunReturned())
    assert actions[0] == idle("intent-failed")


@pytest.mark.parametrize(
    ("code", "sent"),
    [
        ("stt-no-text-recognized", "stt-no-text-recognized"),
        ("duplicate_wake_up_detected", None),
    ],
)
def test_error_after_the_wake_word_is_told(code: str, sent: str | None) -> None:
    """The error is sent to the satellite, unless another satellite is listening."""
    story = Story()
    actions = story.after(*story.LISTENING, RunFailed(code), RunReturned())
    restart = [CancelTimer(), StartRun(RunStage.WAKE)]
    assert actions == [idle(sent), *restart, DropQuestion()]


def test_error_is_told_once() -> None:
    """The next command begins anew, whatever became of the one before."""
    story = Story()
    story.after(*story.LISTENING, RunFailed("stt-stream-failed"), RunReturned())
    story.after(RunBegan(), WakeWordFound("x"), ListeningBegan(), TextHeard("x"))
    assert story.after(RunReturned())[0] == idle()


def test_error_before_the_wake_word_is_told_once() -> None:
    """A missing wake word engine is reported only once."""
    story = Story()
    failure = (RunBegan(), RunFailed("wake-engine-missing"), RunReturned())
    story.after(Connected(), RunRequested(RunStage.WAKE))
    assert story.after(*failure) == [idle("wake-engine-missing"), SetTimer(1)]
    assert story.after(TimerExpired()) == [CancelTimer(), StartRun(RunStage.WAKE)]
    assert story.after(*failure) == [SetTimer(2)]

    story.after(TimerExpired(), RunBegan(), WakeWordFound("x"), ListeningBegan())
    story.after(RunReturned())
    assert story.after(*failure)[0] == idle("wake-engine-missing")


def test_pauses_grow_and_shrink() -> None:
    """A failing wake word engine is retried with increasing delays."""
    story = Story()
    story.clock.seconds = 1_000
    story.after(*story.ASLEEP)
    pauses = []
    for _ in range(6):
        (timer,) = story.after(RunReturned())
        assert isinstance(timer, SetTimer)
        pauses.append(timer.seconds)
        story.after(TimerExpired(), RunBegan())
    assert pauses == [1, 2, 4, 4, 4, 4]

    story.clock.seconds += 60
    assert story.after(RunReturned()) == [SetTimer(1)]


def test_pause_ends_when_a_server_is_back() -> None:
    """When a server returns, waiting runs start at once."""
    story = Story()
    story.after(*story.ASLEEP)
    for _ in range(4):
        story.after(RunReturned(), TimerExpired(), RunBegan())
    assert story.after(ServerReturned()) == []
    story.after(RunReturned())
    assert story.after(ServerReturned()) == [CancelTimer(), StartRun(RunStage.WAKE)]
    assert story.after(RunBegan(), RunReturned()) == [SetTimer(1)]


def test_run_that_fails_as_a_server_is_back_is_retried_soon() -> None:
    """An attempt from before the return is not followed by a long pause."""
    story = Story()
    story.after(*story.ASLEEP)
    for _ in range(4):
        story.after(RunReturned(), TimerExpired(), RunBegan())
    assert story.after(ServerReturned()) == []
    assert story.after(RunReturned()) == [SetTimer(1)]


def test_closed_microphone_waits_to_be_opened() -> None:
    """Without audio, no run is started."""
    story = Story()
    story.after(*story.ASLEEP)
    assert story.after(AudioEnded()) == [EndAudio()]
    assert story.after(RunReturned()) == []
    assert story.state == TurnState.READY
    assert story.after(AudioEnded()) == []
    assert story.after(AudioBegan()) == [CancelTimer(), StartRun(RunStage.WAKE)]

    # It may be opened again while the run goes on.
    story.after(AudioEnded(), AudioBegan())
    assert story.after(RunBegan(), RunReturned()) == [SetTimer(1)]


def test_phrase_of_the_satellite_is_used_once() -> None:
    """The phrase applies only to the next command."""
    story = Story()
    story.after(Connected(), WakeWordHeard("hey mycroft"))
    run = story.after(RunRequested(RunStage.COMMAND))[-1]
    assert run == StartRun(RunStage.COMMAND, "hey mycroft")
    assert story.after(RunRequested(RunStage.COMMAND))[-1] == StartRun(RunStage.COMMAND)


def test_repeated_request_changes_nothing() -> None:
    """Repeating a request does not start a second run."""
    story = Story()
    story.after(*story.ASLEEP)
    assert story.after(RunRequested(RunStage.WAKE)) == []


def test_wake_word_during_the_answer_interrupts_it() -> None:
    """A wake word during the answer starts a new command."""
    story = Story()
    story.after(*story.RESPONDING)
    assert story.after(RunRequested(RunStage.COMMAND)) == [
        Interrupted(),
        StopPlayback(),
        FinishResponse(),
        CancelTimer(),
        StartRun(RunStage.COMMAND),
    ]
    assert story.after(PlaybackEnded()) == []


def test_wake_word_during_an_announcement_interrupts_it() -> None:
    """What its end would have done does not happen any more."""
    story = Story()
    story.after(Connected(), AnnouncementBegan(), WakeWordHeard("hey jarvis"))
    assert story.after(RunRequested(RunStage.COMMAND)) == [
        Interrupted(),
        CancelTimer(),
        StartRun(RunStage.COMMAND, "hey jarvis"),
    ]
    assert story.after(AnnouncementEnded(listen_again=True)) == []


@pytest.mark.parametrize(
    ("before", "actions"),
    [
        (lambda: [Connected()], [CancelTimer()]),
        (lambda: Story.ASLEEP, [EndAudio(), StopRun(), CancelTimer()]),
        (
            lambda: Story.RESPONDING,
            [EndAudio(), StopRun(), StopPlayback(), FinishResponse(), CancelTimer()],
        ),
        (
            lambda: [
                Connected(),
                AnnouncementBegan(),
                AnnouncementEnded(listen_again=True),
            ],
            [GiveUpListening(), CancelTimer()],
        ),
    ],
)
def test_lost_satellite_ends_everything(
    before: Callable[[], list[TurnEvent]], actions: list[TurnAction]
) -> None:
    """Losing the connection cancels everything."""
    story = Story()
    story.after(*before())
    assert story.after(Disconnected()) == [*actions, DropQuestion()]
    assert story.state == TurnState.OFFLINE


def test_announcement_interrupts_a_command() -> None:
    """An announcement takes precedence, and listening continues afterwards."""
    story = Story()
    story.after(*story.RESPONDING)
    assert story.after(AnnouncementBegan()) == [
        CancelTimer(),
        EndAudio(),
        StopRun(),
        StopPlayback(),
        phase(TurnPhase.RESPONDING),
    ]
    assert story.after(RunRequested(RunStage.WAKE)) == []
    assert story.after(AnnouncementEnded()) == [
        idle(),
        CancelTimer(),
        StartRun(RunStage.WAKE),
    ]


EVENTS: list[TurnEvent] = [
    RunRequested(RunStage.WAKE),
    RunRequested(RunStage.COMMAND),
    WakeWordHeard("x"),
    AudioBegan(),
    AudioEnded(),
    RunBegan(),
    WakeWordFound("x"),
    ListeningBegan(),
    SpeechEnded(),
    TextHeard("x"),
    IntentHandled(listen_again=True),
    AnswerBegan("x"),
    AnswerReady("x"),
    RunFailed("x"),
    RunReturned(),
    PlaybackEnded(),
    AnnouncementBegan(),
    AnnouncementEnded(),
    TimerExpired(),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_nothing_happens_without_a_satellite(event: TurnEvent) -> None:
    """Late events have no effect."""
    story = Story()
    story.after(*story.RESPONDING, Disconnected())
    assert story.after(event) == []
    assert story.state == TurnState.OFFLINE
    assert Story().after(event) == []


def test_every_order_of_events_leaves_a_way_on() -> None:
    """After any three events, a new connection works."""
    wanted = Story().after(*Story.RESPONDING)
    for first in EVENTS:
        for second in EVENTS:
            for third in EVENTS:
                story = Story()
                story.after(*story.LISTENING, first, second, third, Disconnected())
                assert story.after(*story.RESPONDING) == wanted
