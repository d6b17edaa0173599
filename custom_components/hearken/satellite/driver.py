"""Carries out what the turn of a satellite asks for."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Protocol

from homeassistant.components.assist_pipeline import PipelineEvent, PipelineEventType
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later
from wyoming.satellite import PauseSatellite, RunSatellite

from ..const import SIGNAL_SERVER_RETURNED
from ..errors import HearkenError
from ..protocol import Stop
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
    WakeWordHeard,
)
from .inbox import AudioReceived, SatelliteMessage, SoundPlayed
from .playback import Player
from .runner import DetachedRun, PipelineRunner
from .tasks import Tasks
from .translate import from_pipeline
from .turn import SatelliteTurn, TurnState

_LOGGER = logging.getLogger(__name__)


class TurnHost(Protocol):
    """The entity whose turn is carried out."""

    entity_id: str

    def tts_response_finished(self) -> None:
        """Take note that the answer was heard."""

    def give_up_listening(self) -> None:
        """Tell whoever waits for words that there are none."""

    def on_turn_changed(self) -> None:
        """Take note that the turn may have moved on."""


class TurnDriver:
    """Tells a turn what happened, and does what it asks for."""

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
        self._turn = SatelliteTurn(tasks.hass.loop.time)
        self._link = link
        self._answer: asyncio.Task[None] | None = None
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
        }
        runner.report_to(self.feed)

    @property
    def state(self) -> TurnState:
        """Return where the turn stands."""
        return self._turn.state

    @property
    def is_engaged(self) -> bool:
        """Return whether somebody is listened to, answered or expected to speak."""
        return self._turn.is_engaged

    @callback
    def feed(self, event: TurnEvent) -> None:
        """Tell the turn what happened and do what it asks for."""
        _LOGGER.debug("%s: %s", self._host.entity_id, event)
        for action in self._turn.feed(event):
            _LOGGER.debug("%s: %s", self._host.entity_id, action)
            self._actions[type(action)](action)
        self._host.on_turn_changed()

    @callback
    def take_message(self, message: SatelliteMessage) -> None:
        """Take a message from the satellite."""
        match message:
            case AudioReceived():
                if self._turn.wants_audio:
                    self.runner.put(message)
            case SoundPlayed():
                self._player.on_played()
            case WakeWordHeard():
                self.runner.note_wake_word(message)
                self.feed(message)
            case _:
                self.feed(message)

    # What the entity does.

    @callback
    def async_follow_servers(self) -> CALLBACK_TYPE:
        """Retry at once when a speech server is back; return what stops that."""

        @callback
        def retry() -> None:
            self.feed(ServerReturned())

        return async_dispatcher_connect(self._tasks.hass, SIGNAL_SERVER_RETURNED, retry)

    @callback
    def connect(self) -> None:
        """Let the satellite begin."""
        self.feed(Connected())
        self._link.post(RunSatellite())

    @callback
    def disconnect(self) -> None:
        """End whatever is going on."""
        self._player.on_played()
        self.feed(Disconnected())

    @callback
    def stop(self) -> None:
        """End what is heard or said; announcements end with their sound."""
        self._link.post(Stop())
        self.feed(StopRequested())

    async def async_leave(self) -> None:
        """Leave the satellite alone for good."""
        self._link.post(PauseSatellite())
        tasks = [t for t in (self.runner.task, self._answer) if t is not None]
        self.feed(Disconnected())
        await asyncio.gather(*tasks, return_exceptions=True)

    @callback
    def take_pipeline_event(self, event: PipelineEvent) -> None:
        """Tell the turn what happened in the run."""
        data = event.data or {}
        if event.type is PipelineEventType.RUN_START:
            self._next_token = data.get("tts_output", {}).get("token")
        elif data.get("tts_start_streaming") and self._next_token:
            self.feed(AnswerReady(self._next_token))
        if (turn_event := from_pipeline(event)) is not None:
            self.feed(turn_event)

    @callback
    def detach_run(self) -> tuple[DetachedRun | None, str | None]:
        """Make room for something that the run itself waits for.

        Return the run, and the token of its answer if that was about to be heard.
        """
        detached = self.runner.detach()
        token = self._token if self._answer is not None else None
        self.feed(AnnouncementBegan())
        return detached, token

    # What the turn asks for.

    @callback
    def _start_answer(self, action: Play) -> None:
        """Start to play the answer."""
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
        error: str | None = None
        try:
            await self._player.play_speech(token)
        except HearkenError as err:
            _LOGGER.warning("%s could not speak: %s", self._host.entity_id, err)
            error = "tts-failed"
        self._answer = None
        self.feed(PlaybackEnded(error))

    @callback
    def _set_timer(self, action: SetTimer) -> None:
        """Tell the turn when this much time is over."""
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
        """Tell the turn that the time is over."""
        self._cancel_timer = None
        self.feed(TimerExpired())
