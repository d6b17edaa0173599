"""Carries out the actions of a satellite's turn."""

import asyncio
import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final, Protocol

from homeassistant.components.assist_pipeline import PipelineEvent, PipelineEventType
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later
from wyoming.satellite import PauseSatellite, RunSatellite

from ..client.pcm import SPEECH_FORMAT
from ..const import CONF_FOLLOW_UP, MAX_WORD_SECONDS, SIGNAL_SERVER_RETURNED
from ..errors import HearkenError
from ..protocol import Stop
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
from .arbitration import Report
from .connection import SatelliteLink
from .events import (
    AnnouncementBegan,
    AnswerReady,
    Connected,
    Disconnected,
    PlaybackEnded,
    ServerReturned,
    StopRequested,
    TimerExpired,
    TurnEvent,
    WakeWordContested,
    WakeWordHeard,
    WakeWordLost,
    WakeWordWon,
)
from .follow_up import FollowUps
from .inbox import AudioReceived, SatelliteMessage, SoundPlayed, StopPressed
from .playback import Player
from .rivals import async_get_rivals
from .runner import DetachedRun, PipelineRunner
from .states import HEARING, TurnState
from .tasks import Tasks
from .translate import from_pipeline
from .turn import SatelliteTurn

_LOGGER = logging.getLogger(__name__)

_MAX_RECORDED_BYTES: Final = MAX_WORD_SECONDS * SPEECH_FORMAT.bytes_per_second


class TurnHost(Protocol):
    """The entity of the satellite."""

    entity_id: str

    satellite_id: str

    def stop(self) -> None:
        """End the current exchange."""

    def on_heard_elsewhere(self) -> None:
        """Handle that another satellite answers to the wake word."""

    def tts_response_finished(self) -> None:
        """Handle that the answer was played."""

    def give_up_listening(self) -> None:
        """Report to those who wait for a reply that there is none."""

    def on_turn_changed(self) -> None:
        """Handle that the state of the turn may have changed."""


class TurnDriver:
    """Feeds events to a turn and carries out its actions."""

    def __init__(
        self,
        tasks: Tasks,
        link: SatelliteLink,
        runner: PipelineRunner,
        player: Player,
        host: TurnHost,
    ) -> None:
        """Start without a satellite."""
        self._tasks = tasks
        self._host = host
        self.runner = runner
        self._player = player
        self._turn = SatelliteTurn(
            tasks.hass.loop.time,
            FollowUps(lambda: tasks.option(CONF_FOLLOW_UP) is True),
        )
        self._link = link
        self._answer: asyncio.Task[None] | None = None
        self._recording: bytearray | None = None
        self._token: str | None = None
        self._next_token: str | None = None
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._actions: dict[type[TurnAction], Callable[[Any], None]] = {
            Send: lambda action: link.post(action.event),
            StartRun: runner.start,
            StopRun: lambda _: runner.stop(),
            EndAudio: lambda _: runner.end_audio(),
            Play: self._start_answer,
            StopPlayback: lambda _: self._stop_answer(),
            FinishResponse: lambda _: host.tts_response_finished(),
            GiveUpListening: lambda _: host.give_up_listening(),
            SetTimer: self._set_timer,
            CancelTimer: lambda _: self._clear_timer(),
            Interrupted: lambda _: self._forget_playback(),
        }
        self.drop_questions_with(lambda _: None)
        self._stop_announcement: Callable[[], bool] = lambda: False
        runner.report_to(self.feed, self._contest)

    @property
    def state(self) -> TurnState:
        """Return the state of the turn."""
        return self._turn.state

    def interrupt_with(self, stop_announcement: Callable[[], bool]) -> None:
        """Stop announcements with this function when a person interrupts them."""
        self._stop_announcement = stop_announcement

    def drop_questions_with(self, drop: Callable[[DropQuestion], None]) -> None:
        """Take back questions that nobody answered with this function."""
        self._actions[DropQuestion] = drop

    @property
    def is_engaged(self) -> bool:
        """Return whether someone is being heard, answered or expected to speak."""
        return self._turn.is_engaged

    @callback
    def feed(self, event: TurnEvent) -> None:
        """Feed an event to the turn and carry out its actions."""
        _LOGGER.debug("%s: %s", self._host.entity_id, event)
        for action in self._turn.feed(event):
            _LOGGER.debug("%s: %s", self._host.entity_id, action)
            self._actions[type(action)](action)
        self._host.on_turn_changed()

    @callback
    def take_message(self, message: SatelliteMessage) -> None:
        """Handle a message from the satellite."""
        match message:
            case AudioReceived():
                if self._turn.state in HEARING:
                    self.runner.put(message)
                    self._record(message.samples)
            case SoundPlayed():
                self._player.on_played()
            case WakeWordHeard():
                self.runner.set_wake_word(message)
                self.feed(message)
                self._contest(message)
            case StopPressed():
                self._host.stop()
            case _:
                self.feed(message)

    # Recordings that the owner asked for.

    @contextmanager
    def recording(self) -> Generator[bytearray]:
        """Record what the satellite hears in its runs while in the context."""
        self._recording = recorded = bytearray()
        try:
            yield recorded
        finally:
            self._recording = None

    @callback
    def _record(self, samples: bytes) -> None:
        """Keep samples while there is a recording, up to its limit."""
        if self._recording is not None:
            self._recording += samples[: _MAX_RECORDED_BYTES - len(self._recording)]

    # Which of several satellites answers.

    @callback
    def async_compete(self) -> CALLBACK_TYPE:
        """Compete with other satellites; return a function that stops it."""
        rivals = async_get_rivals(self._tasks.hass)
        return rivals.async_add(self._host.satellite_id, self)

    @callback
    def _contest(self, heard: WakeWordHeard) -> None:
        """Compete with other satellites that may have heard the same word."""
        now = self._tasks.hass.loop.time()
        async_get_rivals(self._tasks.hass).async_enter(
            Report(
                satellite_id=self._host.satellite_id,
                ended_at=now - heard.age_seconds,
                level_dbfs=heard.level_dbfs,
                score=heard.score,
                envelope=heard.envelope,
            )
        )

    @property
    def can_hear(self) -> bool:
        """Return whether the satellite listens for wake words."""
        return self._turn.state is not TurnState.OFFLINE

    @callback
    def on_contested(self, *, is_rival: bool) -> None:
        """Show nothing before the decision."""
        self.feed(WakeWordContested(is_rival))

    @callback
    def on_won(self) -> None:
        """Show that this satellite listens."""
        self.feed(WakeWordWon())

    @callback
    def on_lost(self) -> None:
        """End the exchange: another satellite answers."""
        _LOGGER.debug("%s: heard elsewhere", self._host.entity_id)
        self.feed(WakeWordLost())
        self._host.on_heard_elsewhere()

    # What the entity does.

    @callback
    def async_follow_servers(self) -> CALLBACK_TYPE:
        """Retry at once when a server is back; return a function that stops it."""

        @callback
        def retry() -> None:
            self.feed(ServerReturned())

        return async_dispatcher_connect(self._tasks.hass, SIGNAL_SERVER_RETURNED, retry)

    @callback
    def connect(self) -> None:
        """Start exchanges with a satellite that has connected."""
        self.feed(Connected())
        self._link.post(RunSatellite())

    @callback
    def disconnect(self) -> None:
        """End all exchanges, because the satellite has disconnected."""
        self._player.on_disconnected()
        self.runner.stop_detached()
        self.feed(Disconnected())

    @callback
    def stop(self) -> None:
        """End the exchange; an announcement ends with its audio."""
        self._link.post(Stop())
        self._player.on_stopped()
        self.runner.stop_detached()
        self.feed(StopRequested())

    async def async_leave(self) -> None:
        """Release the satellite because its entity is removed."""
        self._link.post(PauseSatellite())
        tasks = [t for t in (self.runner.task, self._answer) if t is not None]
        tasks += self.runner.stop_detached()
        self.feed(Disconnected())
        await asyncio.gather(*tasks, return_exceptions=True)

    @callback
    def take_pipeline_event(self, event: PipelineEvent) -> None:
        """Feed an event of the pipeline run to the turn."""
        data = event.data or {}
        if event.type is PipelineEventType.RUN_START:
            self._next_token = data.get("tts_output", {}).get("token")
        elif data.get("tts_start_streaming") and self._next_token:
            self.feed(AnswerReady(self._next_token))
        if (turn_event := from_pipeline(event)) is not None:
            self.feed(turn_event)

    @callback
    def detach_run(self) -> tuple[DetachedRun | None, str | None]:
        """Detach the run, so that what it waits for can use the satellite.

        Return the run, and the token of its answer if that was being played.
        """
        detached = self.runner.detach()
        token = self._token if self._answer is not None else None
        self.feed(AnnouncementBegan())
        return detached, token

    # Actions of the turn.

    @callback
    def _forget_playback(self) -> None:
        """Forget what was being played: the satellite has stopped it."""
        self._player.on_stopped()
        self._stop_announcement()

    @callback
    def _start_answer(self, action: Play) -> None:
        """Start playing the answer."""
        self._stop_answer()
        self._token = action.token
        self._answer = self._tasks.start(self._play_answer(action.token), "answer")

    @callback
    def _stop_answer(self) -> None:
        """Stop playing the answer."""
        if self._answer is not None:
            self._answer.cancel()
            self._answer = None

    async def _play_answer(self, token: str) -> None:
        """Play the answer to its end."""
        error: str | None = "tts-failed"
        try:
            await self._player.play_speech(token)
            error = None
        except HearkenError as err:
            _LOGGER.warning("%s could not answer: %s", self._host.entity_id, err)
        except Exception:
            _LOGGER.exception("%s could not answer", self._host.entity_id)
        finally:
            if self._answer is asyncio.current_task():
                self._answer = None
                self.feed(PlaybackEnded(error))

    @callback
    def _set_timer(self, action: SetTimer) -> None:
        """Set the timer of the turn."""
        self._clear_timer()
        self._cancel_timer = async_call_later(
            self._tasks.hass, action.seconds, self._timer_expired
        )

    @callback
    def _clear_timer(self) -> None:
        """Cancel the timer."""
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None

    @callback
    def _timer_expired(self, _now: object) -> None:
        """Feed the end of the timer to the turn."""
        self._cancel_timer = None
        self.feed(TimerExpired())
