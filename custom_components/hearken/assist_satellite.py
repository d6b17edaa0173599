"""A satellite as Home Assistant's voice assistant sees it."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, override

from homeassistant.components import tts
from homeassistant.components.assist_pipeline import PipelineEvent, PipelineEventType
from homeassistant.components.assist_satellite import (
    AssistSatelliteAnnouncement,
    AssistSatelliteConfiguration,
    AssistSatelliteEntityFeature,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_call_later
from wyoming.audio import AudioChunk
from wyoming.event import Event
from wyoming.satellite import PauseSatellite, RunSatellite
from wyoming.snd import Played
from wyoming.wake import Detection

from .client.abilities import Abilities, abilities_of
from .client.pcm import SPEECH_FORMAT
from .client.wire import parse
from .const import ATTR_MUTED, DOMAIN, SIGNAL_SERVER_RETURNED
from .data import HearkenConfigEntry, SatelliteData
from .entity import register_device
from .errors import BadEventError, HearkenError, PlaybackError
from .protocol import Ability, Stop
from .satellite.actions import (
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
from .satellite.after_word import AfterWord
from .satellite.events import (
    AnnouncementBegan,
    AnnouncementEnded,
    AnswerReady,
    Connected,
    Disconnected,
    PlaybackEnded,
    ServerReturned,
    StopRequested,
    TimerExpired,
    TurnEvent,
)
from .satellite.playback import Player
from .satellite.running import RunningSatellite
from .satellite.timers import async_let_timers_ring
from .satellite.translate import from_pipeline, from_satellite
from .satellite.turn import SatelliteTurn, TurnState
from .satellite.wake_words import SLOTS
from .texts.reasons import async_reason_text

_LOGGER = logging.getLogger(__name__)

PARALLEL_UPDATES = 0

_REMOVED = "the satellite was removed"

_TTS_OPTIONS = {
    tts.ATTR_PREFERRED_FORMAT: "wav",
    tts.ATTR_PREFERRED_SAMPLE_RATE: SPEECH_FORMAT.rate_hz,
    tts.ATTR_PREFERRED_SAMPLE_CHANNELS: SPEECH_FORMAT.channels,
    tts.ATTR_PREFERRED_SAMPLE_BYTES: SPEECH_FORMAT.width_bytes,
}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the satellite."""
    if isinstance(entry.runtime_data, SatelliteData):
        async_add_entities([HearkenSatellite(hass, entry, entry.runtime_data)])


class HearkenSatellite(RunningSatellite):
    """Brings satellite, pipeline and playback together."""

    _attr_name = None
    _attr_translation_key = "satellite"
    _attr_supported_features = (
        AssistSatelliteEntityFeature.ANNOUNCE
        | AssistSatelliteEntityFeature.START_CONVERSATION
    )
    _attr_tts_options = _TTS_OPTIONS

    def __init__(
        self, hass: HomeAssistant, entry: HearkenConfigEntry, data: SatelliteData
    ) -> None:
        """Begin with nothing going on."""
        super().__init__(entry, data)
        link = data.link
        self._attr_unique_id = f"{self.satellite_id}_satellite"
        self._player = Player(hass, link)
        self._turn: SatelliteTurn | None = None
        self._after_word = AfterWord()
        self._playback_task: asyncio.Task[None] | None = None
        self._announcing: asyncio.Task[None] | None = None
        self._is_stopped = False
        self._cancel_timer: Callable[[], None] | None = None
        self._response_token: str | None = None
        self._actions: dict[type[TurnAction], Callable[[Any], None]] = {
            Send: lambda action: link.post(action.event),
            StartRun: self._start_run,
            StopRun: self._stop_run,
            EndAudio: lambda _: self._audio.end(),
            Play: self._start_playback,
            StopPlayback: self._stop_playback,
            FinishResponse: lambda _: self.tts_response_finished(),
            GiveUpListening: self._give_up_listening,
            SetTimer: self._set_timer,
            CancelTimer: self._clear_timer,
        }

    # What Home Assistant wants to know.

    @property
    def _abilities(self) -> Abilities:
        """Return what the satellite can do."""
        return abilities_of(self.link.peer.info)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Return whether the satellite is muted, if it can be."""
        if not self.control.can(Ability.MUTE):
            return None
        return {ATTR_MUTED: self.control.is_muted}

    @callback
    @override
    def async_get_configuration(self) -> AssistSatelliteConfiguration:
        """Return the wake words that can be chosen, and those that are."""
        return self.wake_words.configuration()

    @override
    async def async_set_configuration(
        self, config: AssistSatelliteConfiguration
    ) -> None:
        """Answer to other wake words."""
        words = [*config.active_wake_words, *[None] * SLOTS][:SLOTS]
        await self.wake_words.async_choose(words)

    # What comes from Home Assistant and from the satellite.

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the satellite."""
        await super().async_added_to_hass()
        self._turn = SatelliteTurn(self.hass.loop.time)
        self.async_on_remove(self.link.add_listener(self))
        self.async_on_remove(self.control.async_add_listener(self._on_control))
        self.async_on_remove(
            async_dispatcher_connect(
                self.hass, SIGNAL_SERVER_RETURNED, self._on_server_returned
            )
        )
        if self.link.is_connected:
            self.on_connected()
        if (stop := async_let_timers_ring(self.hass, self)) is not None:
            self.async_on_remove(stop)

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Leave the satellite alone."""
        self.link.post(PauseSatellite())
        tasks = [t for t in (self._run_task, self._playback_task) if t is not None]
        self._feed(Disconnected())
        await asyncio.gather(*tasks, return_exceptions=True)
        await super().async_will_remove_from_hass()

    @callback
    def _on_server_returned(self) -> None:
        """Listen for the wake word again without waiting any longer."""
        self._feed(ServerReturned())

    @callback
    def on_connected(self) -> None:
        """Let the satellite begin."""
        register_device(self.hass, self._entry, self.link.peer.welcome)
        self._feed(Connected())
        self.link.post(RunSatellite())
        self.async_write_ha_state()

    @callback
    def on_disconnected(self) -> None:
        """End whatever is going on."""
        self._player.on_played()
        self._feed(Disconnected())
        self.give_up_question()
        self.async_write_ha_state()

    @callback
    def on_event(self, event: Event) -> None:
        """Take an event from the satellite."""
        if AudioChunk.is_type(event.type):
            self._take_audio(parse(AudioChunk.from_event, event))
        elif Played.is_type(event.type):
            self._player.on_played()
        else:
            if Detection.is_type(event.type):
                self._detection = parse(Detection.from_event, event)
                self._after_word.heard(self._detection.timestamp)
            phrases = {word.id: word.phrase for word in self._abilities.wake_words}
            if (turn_event := from_satellite(event, phrases)) is not None:
                self._feed(turn_event)

    @callback
    def _on_control(self) -> None:
        """Listen no more to a satellite that was muted, and show that it is."""
        hears = (TurnState.LISTENING, TurnState.EXPECTING)
        if self.control.is_muted and self._turn and self._turn.state in hears:
            self._feed(StopRequested())
        self.async_write_ha_state()

    @callback
    @override
    def on_pipeline_event(self, event: PipelineEvent) -> None:
        """Take an event from the pipeline."""
        self.observe(event)
        data = event.data or {}
        if event.type is PipelineEventType.RUN_START:
            self._response_token = data.get("tts_output", {}).get("token")
        elif data.get("tts_start_streaming") and self._response_token:
            self._feed(AnswerReady(self._response_token))
        if (turn_event := from_pipeline(event)) is not None:
            self._feed(turn_event)

    @callback
    def _take_audio(self, chunk: AudioChunk) -> None:
        """Hand audio to the pipeline run, if there is one that listens."""
        if self._turn is None or not self._turn.wants_audio:
            return
        layout = (chunk.rate, chunk.width, chunk.channels)
        wanted = SPEECH_FORMAT
        if layout != (wanted.rate_hz, wanted.width_bytes, wanted.channels):
            msg = f"audio of {layout} instead of {wanted}"
            raise BadEventError(msg)
        if len(chunk.audio) % wanted.frame_bytes:
            msg = "audio that ends in the middle of a sample"
            raise BadEventError(msg)
        if samples := self._after_word.take(chunk.audio, chunk.timestamp):
            self._audio.put(samples)

    @callback
    @override
    def _feed(self, event: TurnEvent) -> None:
        """Tell the turn what happened and do what it asks for."""
        if self._turn is None:
            return
        _LOGGER.debug("%s: %s", self.entity_id, event)
        for action in self._turn.feed(event):
            _LOGGER.debug("%s: %s", self.entity_id, action)
            self._actions[type(action)](action)
        self.control.async_note(is_listening=self._turn.state is TurnState.LISTENING)

    # What a turn asks for.

    @callback
    def _start_playback(self, action: Play) -> None:
        """Begin to play the answer."""
        self._stop_playback()
        self._playback_task = self._background(self._answer(action.token), "answer")

    @callback
    def _stop_playback(self, _action: StopPlayback | None = None) -> None:
        """Stop playing."""
        if self._playback_task is not None:
            self._playback_task.cancel()
            self._playback_task = None

    async def _answer(self, token: str) -> None:
        """Play the answer to its end."""
        error: str | None = None
        try:
            await self._player.play_speech(token)
        except HearkenError as err:
            _LOGGER.warning("%s could not speak: %s", self.entity_id, err)
            error = "tts-failed"
        self._playback_task = None
        self._feed(PlaybackEnded(error))

    @callback
    def _give_up_listening(self, _action: GiveUpListening) -> None:
        """Tell whoever asked a question that there is no answer."""
        self._internal_on_pipeline_event(PipelineEvent(PipelineEventType.RUN_END))

    @callback
    def _set_timer(self, action: SetTimer) -> None:
        """Say later that the time is over."""
        self._clear_timer()
        self._cancel_timer = async_call_later(
            self.hass, action.seconds, self._timer_expired
        )

    @callback
    def _clear_timer(self, _action: CancelTimer | None = None) -> None:
        """Forget the timer."""
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None

    @callback
    def _timer_expired(self, _now: object) -> None:
        """Tell the turn that the time is over."""
        self._cancel_timer = None
        self._feed(TimerExpired())

    # What Home Assistant says by itself, and automations ask for.

    @callback
    @override
    def open_microphone(self) -> None:
        """Open the microphone as after an announcement of which nothing is heard."""
        self._slot = 0
        self._feed(AnnouncementBegan())
        self._feed(AnnouncementEnded(listen_again=True))

    @callback
    @override
    def rest(self) -> None:
        """Let the satellite go back to waiting for its wake word."""
        self._feed(AnnouncementBegan())
        self._feed(AnnouncementEnded(listen_again=False))

    @override
    async def async_announce(self, announcement: AssistSatelliteAnnouncement) -> None:
        """Play an announcement to its end."""
        await self._announce(announcement, listen_again=False)

    @override
    async def async_start_conversation(
        self, start_announcement: AssistSatelliteAnnouncement
    ) -> None:
        """Play a question to its end, then open the microphone."""
        await self._announce(start_announcement, listen_again=True)

    @override
    async def async_stop(self) -> None:
        """End whatever is going on, heard or said."""
        self.link.post(Stop())
        self.give_up_question()
        self._feed(StopRequested())
        if self._announcing is not None:
            self._is_stopped = True
            self._announcing.cancel()
        else:
            self.tts_response_finished()

    async def _announce(
        self, announcement: AssistSatelliteAnnouncement, *, listen_again: bool
    ) -> None:
        """Play sound that nobody asked for."""
        if listen_again:
            self.check_not_muted()
        heard = self._is_stopped = False
        self._slot = 0
        self._feed(AnnouncementBegan())
        self._announcing = self._background(
            self._player.play_announcement(announcement), "announcement"
        )
        try:
            await asyncio.wait([self._announcing])
            if not self._announcing.cancelled():
                self._announcing.result()
                heard = True
            elif not self._is_stopped:
                raise PlaybackError(_REMOVED)
        except HearkenError as err:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="announcement_failed",
                translation_placeholders={"reason": async_reason_text(self.hass, err)},
            ) from err
        finally:
            self._announcing.cancel()
            self._announcing = None
            self._feed(AnnouncementEnded(listen_again and heard))
