"""The turn of a satellite, event by event."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

from custom_components.hearken.protocol import Turn, TurnPhase
from custom_components.hearken.satellite.actions import (
    CancelTimer,
    EndAudio,
    FinishResponse,
    GiveUpListening,
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
from custom_components.hearken.satellite.turn import SatelliteTurn, TurnState

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _house() -> None:
    """Need no Home Assistant."""


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        """Begin at nought."""
        self.seconds = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.seconds


class Story:
    """A turn that tells what it wants to be done."""

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
        """Begin."""
        self.clock = Clock()
        self.turn = SatelliteTurn(self.clock)

    def after(self, *events: TurnEvent) -> list[TurnAction]:
        """Return what the last of these events leads to."""
        actions: list[TurnAction] = []
        for event in events:
            actions = self.turn.feed(event)
        return actions

    @property
    def state(self) -> TurnState:
        """Return where the turn stands."""
        return self.turn.state


def idle(error: str | None = None, *, listen_again: bool = False) -> Send:
    """Return the end of an exchange."""
    return Send(Turn(phase=TurnPhase.IDLE, error=error, listen_again=listen_again))


def phase(phase: TurnPhase) -> Send:
    """Return a step of an exchange."""
    return Send(Turn(phase=phase))


def test_command_from_wake_word_to_answer() -> None:
    """Each step of a command has its actions."""
    story = Story()
    assert story.after(Connected()) == []
    assert story.after(RunRequested(RunStage.WAKE)) == [
        CancelTimer(),
        StartRun(RunStage.WAKE),
    ]
    assert story.turn.wants_audio
    assert story.after(RunBegan()) == []
    (detection,) = story.after(WakeWordFound("hey_jarvis", 5))
    assert isinstance(detection, Send)
    assert detection.event.event().data["name"] == "hey_jarvis"
    assert story.after(ListeningBegan()) == [phase(TurnPhase.LISTENING)]
    assert story.turn.wants_audio
    assert story.after(SpeechEnded()) == [EndAudio(), phase(TurnPhase.PROCESSING)]
    assert not story.turn.wants_audio
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
    """Neither the run nor the playback is forgotten."""
    story = Story()
    assert story.after(*story.RESPONDING, PlaybackEnded()) == []
    assert story.after(RunReturned())[:2] == [FinishResponse(), idle()]


def test_recogniser_that_ends_the_command_itself() -> None:
    """Without an end of speech, the text ends the listening."""
    story = Story()
    actions = story.after(*story.LISTENING, TextHeard("hello"))
    assert actions[:2] == [EndAudio(), phase(TurnPhase.PROCESSING)]


def test_streamed_answer_plays_once() -> None:
    """An answer that plays already is not played again at its end."""
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
    """An answer that never becomes sound still ends."""
    story = Story()
    story.after(*story.LISTENING, TextHeard("hello"), AnswerBegan("hi"))
    assert story.after(RunReturned())[:2] == [FinishResponse(), idle()]


def test_question_waits_for_the_satellite() -> None:
    """After a question the satellite has to begin, but not for ever."""
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
        StartRun(RunStage.COMMAND, is_continued=True),
    ]
    story.after(RunBegan(), ListeningBegan(), TextHeard("x"))
    assert story.after(RunReturned()) == [idle()]
    assert story.state == TurnState.READY

    story = Story()
    story.after(*question)
    assert story.after(TimerExpired()) == [
        GiveUpListening(),
        CancelTimer(),
        StartRun(RunStage.WAKE),
    ]


def test_question_that_the_satellite_does_not_understand() -> None:
    """A satellite that goes back to its wake word gives no answer."""
    story = Story()
    story.after(*story.ASLEEP, AnnouncementBegan())
    story.after(AnnouncementEnded(listen_again=True))
    assert story.after(RunRequested(RunStage.WAKE))[0] == GiveUpListening()


def test_failed_question_does_not_listen_again() -> None:
    """After an error the microphone stays closed."""
    story = Story()
    story.after(*story.LISTENING, IntentHandled(listen_again=True))
    actions = story.after(RunFailed("intent-failed"), RunReturned())
    assert actions[0] == idle("intent-failed")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("stt-no-text-recognized", "stt-no-text-recognized"),
        ("duplicate_wake_up_detected", None),
    ],
)
def test_error_after_the_wake_word_is_told(code: str, told: str | None) -> None:
    """The speaker learns what went wrong, unless another satellite listens."""
    story = Story()
    actions = story.after(*story.LISTENING, RunFailed(code), RunReturned())
    assert actions == [idle(told), CancelTimer(), StartRun(RunStage.WAKE)]


def test_error_before_the_wake_word_is_told_once() -> None:
    """Nobody wants to hear every second that there is no wake word engine."""
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
    """A wake word engine that fails at once is asked less and less often."""
    story = Story()
    story.after(*story.ASLEEP)
    pauses = []
    for _ in range(6):
        (timer,) = story.after(RunReturned())
        assert isinstance(timer, SetTimer)
        pauses.append(timer.seconds)
        story.after(TimerExpired(), RunBegan())
    assert pauses == [1, 2, 4, 8, 10, 10]

    story.clock.seconds += 60
    assert story.after(RunReturned()) == [SetTimer(1)]


def test_pause_ends_when_a_server_is_back() -> None:
    """Nobody who speaks then is missed; nothing else is disturbed."""
    story = Story()
    story.after(*story.ASLEEP)
    for _ in range(4):
        story.after(RunReturned(), TimerExpired(), RunBegan())
    assert story.after(ServerReturned()) == []
    story.after(RunReturned())
    assert story.after(ServerReturned()) == [CancelTimer(), StartRun(RunStage.WAKE)]
    assert story.after(RunBegan(), RunReturned()) == [SetTimer(1)]


def test_closed_microphone_waits_to_be_opened() -> None:
    """Without sound there is nothing to listen for."""
    story = Story()
    story.after(*story.ASLEEP)
    assert story.after(AudioEnded()) == [EndAudio()]
    assert story.after(RunReturned()) == []
    assert story.state == TurnState.READY
    assert story.after(AudioEnded()) == []
    assert story.after(AudioBegan()) == [CancelTimer(), StartRun(RunStage.WAKE)]


def test_phrase_of_the_satellite_is_used_once() -> None:
    """The phrase goes with the next command only."""
    story = Story()
    story.after(Connected(), WakeWordHeard("hey mycroft"))
    run = story.after(RunRequested(RunStage.COMMAND))[-1]
    assert run == StartRun(RunStage.COMMAND, "hey mycroft")
    assert story.after(RunRequested(RunStage.COMMAND))[-1] == StartRun(RunStage.COMMAND)


def test_repeated_request_changes_nothing() -> None:
    """A satellite that asks twice for the same is not listened to twice."""
    story = Story()
    story.after(*story.ASLEEP)
    assert story.after(RunRequested(RunStage.WAKE)) == []


def test_wake_word_during_the_answer_interrupts_it() -> None:
    """Who speaks while the answer plays is listened to."""
    story = Story()
    story.after(*story.RESPONDING)
    assert story.after(RunRequested(RunStage.COMMAND)) == [
        StopPlayback(),
        FinishResponse(),
        CancelTimer(),
        StartRun(RunStage.COMMAND),
    ]
    assert story.after(PlaybackEnded()) == []


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
    """Whatever goes on ends with the connection."""
    story = Story()
    story.after(*before())
    assert story.after(Disconnected()) == actions
    assert story.state == TurnState.OFFLINE


def test_announcement_interrupts_a_command() -> None:
    """Home Assistant goes first, and the satellite goes on afterwards."""
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
    """Events that come late do nothing."""
    story = Story()
    story.after(*story.RESPONDING, Disconnected())
    assert story.after(event) == []
    assert story.state == TurnState.OFFLINE


def test_every_order_of_events_leaves_a_way_on() -> None:
    """Whatever three events come, a new connection works as the first did."""
    wanted = Story().after(*Story.RESPONDING)
    for first in EVENTS:
        for second in EVENTS:
            for third in EVENTS:
                story = Story()
                story.after(*story.LISTENING, first, second, third, Disconnected())
                assert story.after(*story.RESPONDING) == wanted
