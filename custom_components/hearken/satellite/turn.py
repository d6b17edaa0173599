"""State machine of the exchanges with a satellite, without input or output.

Events go in, actions come out. The clock is a parameter.
"""

from collections.abc import Callable

from wyoming.asr import Transcript
from wyoming.tts import Synthesize
from wyoming.wake import Detection

from ..const import FOLLOW_UP_SECONDS, LISTEN_AGAIN_SECONDS
from ..protocol import Turn, TurnPhase
from . import events
from .actions import (
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
from .endings import HEARD_ELSEWHERE, abandoned, error_to_tell, idle
from .events import RunStage, TurnEvent
from .follow_up import FollowUp, FollowUps
from .retry import WakeRetry
from .states import ENGAGED, HEARING, RUNNING, TurnState


class SatelliteTurn:
    """Decides which actions follow from an event."""

    def __init__(
        self, clock: Callable[[], float], follow_ups: FollowUps | None = None
    ) -> None:
        """Start without a satellite; the clock returns seconds."""
        self._clock = clock
        self._follow_ups = follow_ups or FollowUps()
        self._handlers: dict[type[TurnEvent], Callable[..., list[TurnAction]]] = {
            events.Connected: self._connected,
            events.Disconnected: self._disconnected,
            events.RunRequested: self._run_requested,
            events.WakeWordHeard: self._wake_word_heard,
            events.WakeWordContested: self._wake_word_contested,
            events.WakeWordWon: self._wake_word_won,
            events.WakeWordLost: self._wake_word_lost,
            events.VoiceStarted: self._voice_started,
            events.AudioBegan: self._audio_began,
            events.AudioEnded: self._audio_ended,
            events.RunBegan: self._run_began,
            events.WakeWordFound: self._wake_word_found,
            events.ListeningBegan: self._listening_began,
            events.SpeechEnded: self._speech_ended,
            events.TextHeard: self._text_heard,
            events.IntentHandled: self._intent_handled,
            events.AnswerBegan: self._answer_began,
            events.AnswerReady: self._answer_ready,
            events.RunFailed: self._run_failed,
            events.RunReturned: self._run_returned,
            events.PlaybackEnded: self._playback_ended,
            events.AnnouncementBegan: self._announcement_began,
            events.AnnouncementEnded: self._announcement_ended,
            events.StopRequested: self._stop_requested,
            events.ServerReturned: self._server_returned,
            events.TimerExpired: self._timer_expired,
        }
        self._forget()

    def _forget(self) -> None:
        """Reset everything."""
        self.state = TurnState.OFFLINE
        self._mode: RunStage | None = None
        self._phrase: str | None = None
        self._is_microphone_open = False
        self._retry = WakeRetry()
        self._contest: events.WakeWordContested | None = None
        self._is_lost = False
        self._expected: FollowUp | None = None
        self._reset_run()

    def _reset_run(self) -> None:
        """Reset what belongs to one run."""
        self._began_seconds = self._clock()
        self._is_awake = False
        self._has_returned = False
        self._is_playing = False
        self._handled: events.IntentHandled | None = None
        self._follow_up: FollowUp | None = None
        self._error: str | None = None

    @property
    def is_engaged(self) -> bool:
        """Return whether someone is being heard, answered or expected to speak."""
        is_begun = self.state not in (TurnState.STARTING, TurnState.WAITING)
        return (is_begun or self._is_awake) and self.state in ENGAGED

    def feed(self, event: TurnEvent) -> list[TurnAction]:
        """Handle an event and return the actions that follow from it."""
        return self._handlers[type(event)](event)

    # What the satellite does.

    def _connected(self, _event: events.Connected) -> list[TurnAction]:
        self._forget()
        self.state = TurnState.READY
        return []

    def _disconnected(self, _event: events.Disconnected) -> list[TurnAction]:
        actions = [*self._abandoned(), CancelTimer(), DropQuestion()]
        self._forget()
        return actions

    def _abandoned(self) -> list[TurnAction]:
        """Return what ends the exchange."""
        return abandoned(self.state, is_playing=self._is_playing)

    def _run_requested(self, event: events.RunRequested) -> list[TurnAction]:
        if self.state is TurnState.OFFLINE:
            return []
        self._mode = event.stage
        self._is_microphone_open = True
        if event.wake_word_phrase is not None:
            self._phrase = event.wake_word_phrase
        if event.stage is RunStage.WAKE:
            return self._wake_requested()
        if self._is_lost:
            return self._turn_away()
        if self._is_playing or self.state is TurnState.ANNOUNCING:
            interrupted = [Interrupted(), *self._silence()]
            return [*interrupted, *self._start(event.stage)]
        return self._start(event.stage)

    def _wake_requested(self) -> list[TurnAction]:
        """Return what starts a run at the wake word."""
        if self.state is TurnState.ANNOUNCING or self.state in RUNNING:
            return []
        actions: list[TurnAction] = []
        if self.state is TurnState.EXPECTING:
            actions.append(GiveUpListening())
        return [*actions, *self._silence(), *self._start(RunStage.WAKE)]

    def _silence(self) -> list[TurnAction]:
        """Return what ends an answer that is playing."""
        return [StopPlayback(), FinishResponse()] if self._is_playing else []

    def _start(self, stage: RunStage) -> list[TurnAction]:
        """Return what starts a run."""
        is_continued = self.state is TurnState.EXPECTING and stage is RunStage.COMMAND
        self._reset_run()
        self._is_awake = stage is RunStage.COMMAND
        self.state = TurnState.STARTING
        phrase, self._phrase = self._phrase, None
        if is_continued:
            self._follow_up, phrase = self._expected, None
        elif self._is_awake:
            self._follow_ups.reset()
        contest = self._contest if self._is_awake else None
        return [
            CancelTimer(),
            StartRun(
                stage,
                phrase if self._is_awake else None,
                is_continued,
                self._follow_up,
                contest is not None and contest.is_rival,
            ),
        ]

    # Which of several satellites answers.

    def _wake_word_heard(self, event: events.WakeWordHeard) -> list[TurnAction]:
        self._phrase = event.phrase
        self._contest, self._is_lost = None, False
        return []

    def _wake_word_contested(self, event: events.WakeWordContested) -> list[TurnAction]:
        self._contest = event
        return []

    def _wake_word_won(self, _event: events.WakeWordWon) -> list[TurnAction]:
        if self._contest is None:
            return []
        self._contest = None
        if self.state is TurnState.LISTENING:
            return [Send(Turn(phase=TurnPhase.LISTENING))]
        return []

    def _wake_word_lost(self, _event: events.WakeWordLost) -> list[TurnAction]:
        self._contest = None
        if self.state in HEARING:
            return self._turn_away()
        self._is_lost = self.state not in RUNNING
        return []

    def _turn_away(self) -> list[TurnAction]:
        """Return what ends an exchange that another satellite has with the person."""
        self._is_lost, self._phrase = False, None
        actions = self._abandoned()
        self._reset_run()
        return [*actions, CancelTimer(), Send(HEARD_ELSEWHERE), *self._go_on()]

    # What the microphone does.

    def _audio_began(self, _event: events.AudioBegan) -> list[TurnAction]:
        self._is_microphone_open = True
        if self.state is TurnState.READY and self._mode is RunStage.WAKE:
            return self._start(RunStage.WAKE)
        return []

    def _audio_ended(self, _event: events.AudioEnded) -> list[TurnAction]:
        self._is_microphone_open = False
        return [EndAudio()] if self.state in HEARING else []

    # What the pipeline does.

    def _run_began(self, _event: events.RunBegan) -> list[TurnAction]:
        if self.state is TurnState.STARTING:
            self.state = TurnState.WAITING
        return []

    def _wake_word_found(self, event: events.WakeWordFound) -> list[TurnAction]:
        if self.state is not TurnState.WAITING:
            return []
        self._is_awake = True
        return [Send(Detection(name=event.name, timestamp=event.timestamp_ms))]

    def _listening_began(self, _event: events.ListeningBegan) -> list[TurnAction]:
        if self.state is not TurnState.WAITING:
            return []
        self.state = TurnState.LISTENING
        self._retry.reset()
        if self._contest is not None:
            return []
        actions: list[TurnAction] = [Send(Turn(phase=TurnPhase.LISTENING))]
        if self._follow_up is not None:
            actions.append(SetTimer(FOLLOW_UP_SECONDS))
        return actions

    def _voice_started(self, _event: events.VoiceStarted) -> list[TurnAction]:
        is_awaited = self.state is TurnState.LISTENING and self._follow_up is not None
        return [CancelTimer()] if is_awaited else []

    def _speech_ended(self, _event: events.SpeechEnded) -> list[TurnAction]:
        if self.state is not TurnState.LISTENING:
            return []
        self.state = TurnState.PROCESSING
        self._contest = None
        ended = [CancelTimer()] if self._follow_up is not None else []
        return [*ended, EndAudio(), Send(Turn(phase=TurnPhase.PROCESSING))]

    def _text_heard(self, event: events.TextHeard) -> list[TurnAction]:
        actions = self._speech_ended(events.SpeechEnded())
        if self.state is TurnState.PROCESSING:
            actions.append(Send(Transcript(text=event.text)))
        return actions

    def _intent_handled(self, event: events.IntentHandled) -> list[TurnAction]:
        self._handled = event if self.state in RUNNING else None
        return []

    def _answer_began(self, event: events.AnswerBegan) -> list[TurnAction]:
        if self.state not in RUNNING:
            return []
        return [*self._respond(), Send(Synthesize(text=event.text))]

    def _answer_ready(self, event: events.AnswerReady) -> list[TurnAction]:
        if self.state not in RUNNING or self._is_playing:
            return []
        actions = self._respond()
        self._is_playing = True
        return [*actions, Play(event.token)]

    def _respond(self) -> list[TurnAction]:
        """Return what announces the answer, once."""
        if self.state is TurnState.RESPONDING:
            return []
        self.state = TurnState.RESPONDING
        return [Send(Turn(phase=TurnPhase.RESPONDING))]

    def _run_failed(self, event: events.RunFailed) -> list[TurnAction]:
        if self.state in RUNNING:
            self._error = event.code
        return []

    def _run_returned(self, _event: events.RunReturned) -> list[TurnAction]:
        if self.state not in RUNNING:
            return []
        self._has_returned = True
        return [] if self._is_playing else self._finish()

    def _playback_ended(self, event: events.PlaybackEnded) -> list[TurnAction]:
        if self.state is not TurnState.RESPONDING or not self._is_playing:
            return []
        self._is_playing = False
        self._error = self._error or event.error
        return self._finish() if self._has_returned else []

    def _finish(self) -> list[TurnAction]:
        """Return what ends the exchange and starts the next one."""
        actions: list[TurnAction] = []
        if self.state is TurnState.RESPONDING:
            actions.append(FinishResponse())
        if self._is_awake:
            error = error_to_tell(self._error, self._follow_up)
            handled = self._handled if self._error is None else None
            expected = self._follow_ups.after(handled)
            is_open = expected is not None
            actions.append(Send(idle(error, listen_again=is_open)))
            is_silence = error is None and self._follow_up is FollowUp.REPLY
            dropped = [] if handled else [DropQuestion(is_told=is_silence)]
            actions += self._go_on(listen_again=is_open, expected=expected)
            return actions + dropped
        if self._retry.is_news(self._error):
            # Wake words cannot be detected.
            actions.append(Send(idle(self._error)))
        return actions + self._pause()

    def _pause(self) -> list[TurnAction]:
        """Return what retries the wake word, with growing pauses."""
        if self._mode is not RunStage.WAKE or not self._is_microphone_open:
            self.state = TurnState.READY
            return []
        self.state = TurnState.PAUSED
        return [SetTimer(self._retry.next_pause(self._clock() - self._began_seconds))]

    def _go_on(
        self, *, listen_again: bool = False, expected: FollowUp | None = None
    ) -> list[TurnAction]:
        """Return what follows a finished exchange."""
        self._expected = expected
        if listen_again:
            self.state = TurnState.EXPECTING
            return [SetTimer(LISTEN_AGAIN_SECONDS)]
        if self._mode is RunStage.WAKE and self._is_microphone_open:
            return self._start(RunStage.WAKE)
        self.state = TurnState.READY
        return []

    # What Home Assistant does by itself.

    def _announcement_began(self, _event: events.AnnouncementBegan) -> list[TurnAction]:
        if self.state in (TurnState.OFFLINE, TurnState.ANNOUNCING):
            return []
        actions: list[TurnAction] = [CancelTimer()]
        if self.state in RUNNING:
            actions += [EndAudio(), StopRun()]
        if self._is_playing:
            actions.append(StopPlayback())
        self._reset_run()
        self.state = TurnState.ANNOUNCING
        return [*actions, Send(Turn(phase=TurnPhase.RESPONDING))]

    def _announcement_ended(self, event: events.AnnouncementEnded) -> list[TurnAction]:
        if self.state is not TurnState.ANNOUNCING:
            return []
        return [
            Send(idle(listen_again=event.listen_again)),
            *self._go_on(listen_again=event.listen_again),
        ]

    def _stop_requested(self, _event: events.StopRequested) -> list[TurnAction]:
        # An announcement ends by itself once its playback is stopped.
        return self._end() if self.is_engaged else []

    def _end(self, *, is_silence: bool = False) -> list[TurnAction]:
        """Return what ends the exchange now."""
        dropped = DropQuestion(is_told=is_silence and self._follow_up is FollowUp.REPLY)
        actions = [*self._abandoned(), CancelTimer(), Send(idle())]
        self._reset_run()
        return [*actions, *self._go_on(), dropped]

    def _server_returned(self, _event: events.ServerReturned) -> list[TurnAction]:
        # A run that began before may still fail: the next one follows soon, too.
        self._retry.hurry()
        if self.state is not TurnState.PAUSED:
            return []
        return self._start(RunStage.WAKE)

    def _timer_expired(self, _event: events.TimerExpired) -> list[TurnAction]:
        if self.state is TurnState.PAUSED:
            return self._start(RunStage.WAKE)
        if self.state is TurnState.EXPECTING:
            return [GiveUpListening(), DropQuestion(), *self._go_on()]
        if self.state is TurnState.LISTENING and self._follow_up is not None:
            return [GiveUpListening(), *self._end(is_silence=True)]
        return []
