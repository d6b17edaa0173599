"""State machine of the exchanges with a satellite, without input or output.

Events go in, actions come out. The clock is a parameter.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from wyoming.asr import Transcript
from wyoming.tts import Synthesize
from wyoming.wake import Detection

from ..const import (
    LISTEN_AGAIN_SECONDS,
    RESTART_MAX_SECONDS,
    RESTART_MIN_SECONDS,
)
from ..protocol import Turn, TurnPhase
from .actions import (
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
from .events import (
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
    StopRequested,
    TextHeard,
    TimerExpired,
    TurnEvent,
    WakeWordFound,
    WakeWordHeard,
)

_SILENT_ERRORS: Final = frozenset(
    {"duplicate_wake_up_detected", "wake_word_detection_aborted", "wake-word-timeout"}
)
"""Ways for a run to end that are not failures."""
_STABLE_RUN_SECONDS: Final = 30


class TurnState(StrEnum):
    """State of the exchange."""

    OFFLINE = "offline"
    READY = "ready"
    """The satellite may request a run."""
    PAUSED = "paused"
    """A run failed; the next one starts in a moment."""
    EXPECTING = "expecting"
    """The satellite was told to open its microphone."""
    STARTING = "starting"
    WAITING = "waiting"
    """A run is waiting for the wake word."""
    LISTENING = "listening"
    PROCESSING = "processing"
    RESPONDING = "responding"
    ANNOUNCING = "announcing"


_HEARING: Final = frozenset(
    {TurnState.STARTING, TurnState.WAITING, TurnState.LISTENING}
)
_RUNNING: Final = _HEARING | {TurnState.PROCESSING, TurnState.RESPONDING}
_ENGAGED: Final = _RUNNING | {TurnState.EXPECTING}


class SatelliteTurn:
    """Decides which actions follow from an event."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start without a satellite; the clock returns seconds."""
        self._clock = clock
        self._handlers: dict[type[TurnEvent], Callable[..., list[TurnAction]]] = {
            Connected: self._connected,
            Disconnected: self._disconnected,
            RunRequested: self._run_requested,
            WakeWordHeard: self._wake_word_heard,
            AudioBegan: self._audio_began,
            AudioEnded: self._audio_ended,
            RunBegan: self._run_began,
            WakeWordFound: self._wake_word_found,
            ListeningBegan: self._listening_began,
            SpeechEnded: self._speech_ended,
            TextHeard: self._text_heard,
            IntentHandled: self._intent_handled,
            AnswerBegan: self._answer_began,
            AnswerReady: self._answer_ready,
            RunFailed: self._run_failed,
            RunReturned: self._run_returned,
            PlaybackEnded: self._playback_ended,
            AnnouncementBegan: self._announcement_began,
            AnnouncementEnded: self._announcement_ended,
            StopRequested: self._stop_requested,
            ServerReturned: self._server_returned,
            TimerExpired: self._timer_expired,
        }
        self._forget()

    def _forget(self) -> None:
        """Reset everything."""
        self.state = TurnState.OFFLINE
        self._mode: RunStage | None = None
        self._phrase: str | None = None
        self._is_microphone_open = False
        self._pause_seconds = float(RESTART_MIN_SECONDS)
        self._reported_error: str | None = None
        self._reset_run()

    def _reset_run(self) -> None:
        """Reset what belongs to one run."""
        self._began_seconds = self._clock()
        self._is_awake = False
        self._has_returned = False
        self._is_playing = False
        self._listen_again = False
        self._error: str | None = None

    @property
    def wants_audio(self) -> bool:
        """Return whether the run takes audio."""
        return self.state in _HEARING

    @property
    def is_engaged(self) -> bool:
        """Return whether someone is being heard, answered or expected to speak."""
        is_begun = self.state not in (TurnState.STARTING, TurnState.WAITING)
        return (is_begun or self._is_awake) and self.state in _ENGAGED

    def feed(self, event: TurnEvent) -> list[TurnAction]:
        """Handle an event and return the actions that follow from it."""
        return self._handlers[type(event)](event)

    # What the satellite does.

    def _connected(self, _event: Connected) -> list[TurnAction]:
        self._forget()
        self.state = TurnState.READY
        return []

    def _disconnected(self, _event: Disconnected) -> list[TurnAction]:
        actions = [*self._abandon(), CancelTimer()]
        self._forget()
        return actions

    def _abandon(self) -> list[TurnAction]:
        """Return what ends the exchange."""
        actions: list[TurnAction] = []
        if self.state in _RUNNING:
            actions += [EndAudio(), StopRun()]
        if self._is_playing:
            actions.append(StopPlayback())
        if self.state is TurnState.RESPONDING:
            actions.append(FinishResponse())
        if self.state is TurnState.EXPECTING:
            actions.append(GiveUpListening())
        return actions

    def _run_requested(self, event: RunRequested) -> list[TurnAction]:
        if self.state is TurnState.OFFLINE:
            return []
        self._mode = event.stage
        self._is_microphone_open = True
        if event.wake_word_phrase is not None:
            self._phrase = event.wake_word_phrase
        if self.state is TurnState.ANNOUNCING:
            return []
        if event.stage is RunStage.WAKE and self.state in _RUNNING:
            return []
        actions: list[TurnAction] = []
        if event.stage is RunStage.WAKE and self.state is TurnState.EXPECTING:
            actions.append(GiveUpListening())
        if self._is_playing:
            actions += [StopPlayback(), FinishResponse()]
        return [*actions, *self._start(event.stage)]

    def _start(self, stage: RunStage) -> list[TurnAction]:
        """Return what starts a run."""
        is_continued = self.state is TurnState.EXPECTING
        self._reset_run()
        self._is_awake = stage is RunStage.COMMAND
        self.state = TurnState.STARTING
        phrase, self._phrase = self._phrase, None
        return [
            CancelTimer(),
            StartRun(
                stage,
                phrase if stage is RunStage.COMMAND else None,
                is_continued and stage is RunStage.COMMAND,
            ),
        ]

    def _wake_word_heard(self, event: WakeWordHeard) -> list[TurnAction]:
        self._phrase = event.phrase
        return []

    def _audio_began(self, _event: AudioBegan) -> list[TurnAction]:
        self._is_microphone_open = True
        if self.state is TurnState.READY and self._mode is RunStage.WAKE:
            return self._start(RunStage.WAKE)
        return []

    def _audio_ended(self, _event: AudioEnded) -> list[TurnAction]:
        self._is_microphone_open = False
        return [EndAudio()] if self.state in _HEARING else []

    # What the pipeline does.

    def _run_began(self, _event: RunBegan) -> list[TurnAction]:
        if self.state is TurnState.STARTING:
            self.state = TurnState.WAITING
        return []

    def _wake_word_found(self, event: WakeWordFound) -> list[TurnAction]:
        if self.state is not TurnState.WAITING:
            return []
        self._is_awake = True
        return [Send(Detection(name=event.name, timestamp=event.timestamp_ms))]

    def _listening_began(self, _event: ListeningBegan) -> list[TurnAction]:
        if self.state is not TurnState.WAITING:
            return []
        self.state = TurnState.LISTENING
        self._pause_seconds = RESTART_MIN_SECONDS
        self._reported_error = None
        return [Send(Turn(phase=TurnPhase.LISTENING))]

    def _speech_ended(self, _event: SpeechEnded) -> list[TurnAction]:
        if self.state is not TurnState.LISTENING:
            return []
        self.state = TurnState.PROCESSING
        return [EndAudio(), Send(Turn(phase=TurnPhase.PROCESSING))]

    def _text_heard(self, event: TextHeard) -> list[TurnAction]:
        actions = self._speech_ended(SpeechEnded())
        if self.state is TurnState.PROCESSING:
            actions.append(Send(Transcript(text=event.text)))
        return actions

    def _intent_handled(self, event: IntentHandled) -> list[TurnAction]:
        self._listen_again = event.listen_again and self.state in _RUNNING
        return []

    def _answer_began(self, event: AnswerBegan) -> list[TurnAction]:
        if self.state not in _RUNNING:
            return []
        return [*self._respond(), Send(Synthesize(text=event.text))]

    def _answer_ready(self, event: AnswerReady) -> list[TurnAction]:
        if self.state not in _RUNNING or self._is_playing:
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

    def _run_failed(self, event: RunFailed) -> list[TurnAction]:
        if self.state in _RUNNING:
            self._error = event.code
        return []

    def _run_returned(self, _event: RunReturned) -> list[TurnAction]:
        if self.state not in _RUNNING:
            return []
        self._has_returned = True
        return [] if self._is_playing else self._finish()

    def _playback_ended(self, event: PlaybackEnded) -> list[TurnAction]:
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
        listen_again = self._listen_again and self._error is None
        if self._is_awake:
            error = None if self._error in _SILENT_ERRORS else self._error
            actions.append(Send(_idle(error, listen_again=listen_again)))
            return actions + self._go_on(listen_again=listen_again)
        return actions + self._report_deafness() + self._pause()

    def _report_deafness(self) -> list[TurnAction]:
        """Return what reports, once, that wake words cannot be detected."""
        if self._error in _SILENT_ERRORS or self._error in (None, self._reported_error):
            return []
        self._reported_error = self._error
        return [Send(_idle(self._error))]

    def _pause(self) -> list[TurnAction]:
        """Return what retries the wake word, with growing pauses."""
        if self._mode is not RunStage.WAKE or not self._is_microphone_open:
            self.state = TurnState.READY
            return []
        if self._clock() - self._began_seconds >= _STABLE_RUN_SECONDS:
            self._pause_seconds = RESTART_MIN_SECONDS
        seconds = self._pause_seconds
        self._pause_seconds = min(seconds * 2, RESTART_MAX_SECONDS)
        self.state = TurnState.PAUSED
        return [SetTimer(seconds)]

    def _go_on(self, *, listen_again: bool) -> list[TurnAction]:
        """Return what follows a finished exchange."""
        if listen_again:
            self.state = TurnState.EXPECTING
            return [SetTimer(LISTEN_AGAIN_SECONDS)]
        if self._mode is RunStage.WAKE and self._is_microphone_open:
            return self._start(RunStage.WAKE)
        self.state = TurnState.READY
        return []

    # What Home Assistant does by itself.

    def _announcement_began(self, _event: AnnouncementBegan) -> list[TurnAction]:
        if self.state in (TurnState.OFFLINE, TurnState.ANNOUNCING):
            return []
        actions: list[TurnAction] = [CancelTimer()]
        if self.state in _RUNNING:
            actions += [EndAudio(), StopRun()]
        if self._is_playing:
            actions.append(StopPlayback())
        self._reset_run()
        self.state = TurnState.ANNOUNCING
        return [*actions, Send(Turn(phase=TurnPhase.RESPONDING))]

    def _announcement_ended(self, event: AnnouncementEnded) -> list[TurnAction]:
        if self.state is not TurnState.ANNOUNCING:
            return []
        return [
            Send(_idle(None, listen_again=event.listen_again)),
            *self._go_on(listen_again=event.listen_again),
        ]

    def _stop_requested(self, _event: StopRequested) -> list[TurnAction]:
        # An announcement ends by itself once its playback is stopped.
        if not self.is_engaged:
            return []
        actions = [*self._abandon(), CancelTimer(), Send(_idle(None))]
        self._reset_run()
        return actions + self._go_on(listen_again=False)

    def _server_returned(self, _event: ServerReturned) -> list[TurnAction]:
        # A run that began before may still fail: the next one follows soon, too.
        self._pause_seconds = RESTART_MIN_SECONDS
        if self.state is not TurnState.PAUSED:
            return []
        return self._start(RunStage.WAKE)

    def _timer_expired(self, _event: TimerExpired) -> list[TurnAction]:
        if self.state is TurnState.PAUSED:
            return self._start(RunStage.WAKE)
        if self.state is TurnState.EXPECTING:
            return [GiveUpListening(), *self._go_on(listen_again=False)]
        return []


def _idle(error: str | None, *, listen_again: bool = False) -> Turn:
    """Return the end of an exchange."""
    return Turn(phase=TurnPhase.IDLE, error=error, listen_again=listen_again)
