"""Assist satellites."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, override

from homeassistant.components.assist_pipeline import PipelineEvent
from homeassistant.components.assist_satellite import (
    AssistSatelliteAnnouncement,
    AssistSatelliteAnswer,
    AssistSatelliteConfiguration,
    AssistSatelliteEntity,
    AssistSatelliteEntityFeature,
)
from homeassistant.components.assist_satellite.const import PREANNOUNCE_URL
from homeassistant.components.assist_satellite.entity import AssistSatelliteState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util.hass_dict import HassKey

from .const import (
    ATTR_MUTED,
    CONF_FLOOR_WAIT,
    DOMAIN,
    FLOOR_WAIT_SECONDS,
)
from .data import HearkenConfigEntry, SatelliteData
from .dialogue.orders import async_awaits_pin
from .entity import HearkenSatelliteEntity, register_device
from .exchanges.events import HearkenEvent
from .exchanges.exchange import Exchange, Kind
from .exchanges.house import async_get_house
from .exchanges.source import source_of_satellite
from .protocol import Ability
from .satellite.driver import TurnDriver
from .satellite.inbox import Inbox
from .satellite.playback import Player, tts_options
from .satellite.run_context import current_run
from .satellite.runner import PipelineRunner
from .satellite.selects import SatelliteSelects
from .satellite.speech import SatelliteSpeech
from .satellite.states import TurnState
from .satellite.tasks import Tasks
from .satellite.timers import async_follow_timers
from .satellite.wake_words import SLOTS
from .schedule import async_get_schedule
from .schedule.satellites import async_ring_on

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the satellite."""
    if isinstance(entry.runtime_data, SatelliteData):
        async_add_entities([HearkenSatellite(hass, entry, entry.runtime_data)])


class HearkenSatellite(HearkenSatelliteEntity, AssistSatelliteEntity):
    """Represents a satellite; its parts do the work."""

    _attr_name = None
    _attr_translation_key = "satellite"
    _attr_supported_features = (
        AssistSatelliteEntityFeature.ANNOUNCE
        | AssistSatelliteEntityFeature.START_CONVERSATION
    )

    def __init__(
        self, hass: HomeAssistant, entry: HearkenConfigEntry, data: SatelliteData
    ) -> None:
        """Compose the parts; nothing happens before the entity is added."""
        super().__init__(data.link)
        self._entry = entry
        self.satellite_id = data.link.peer.welcome.id
        self.control = data.control
        self.wake_words = data.wake_words
        self._attr_unique_id = f"{self.satellite_id}_satellite"
        tasks = Tasks(hass, entry)
        self._player = player = Player(hass, data.link)
        self._selects = SatelliteSelects(hass, self.satellite_id)
        self._runner = PipelineRunner(hass, tasks, data.wake_words, self)
        self._driver = TurnDriver(tasks, data.link, self._runner, player, self)
        self.speech = SatelliteSpeech(tasks, self._driver, player, self)

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to the satellite, and make it available to actions."""
        await super().async_added_to_hass()
        inbox = Inbox(self.link, self, self._driver.take_message)
        self.async_on_remove(self.link.add_listener(inbox))
        self.async_on_remove(self.control.async_add_listener(self._on_control))
        self.async_on_remove(self._driver.async_follow_servers())
        self.async_on_remove(self._driver.async_compete())
        if self.link.is_connected:
            self.on_connected()
        if device_id := self.device_id:
            forget = async_follow_timers(self.hass, device_id, self._on_timer)
            self.async_on_remove(forget)
        self.async_on_remove(async_ring_on(self.hass, self))
        async_get_satellites(self.hass)[self.satellite_id] = self

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Release the satellite, and end everything that waits for it."""
        async_get_satellites(self.hass).pop(self.satellite_id, None)
        self.give_up_question()
        self.speech.floor.close()
        await self._driver.async_leave()
        await super().async_will_remove_from_hass()

    # Properties and configuration for Home Assistant.

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
        """Return the available and the selected wake words."""
        return self.wake_words.configuration()

    @override
    async def async_set_configuration(
        self, config: AssistSatelliteConfiguration
    ) -> None:
        """Select wake words."""
        words = [*config.active_wake_words, *[None] * SLOTS][:SLOTS]
        await self.wake_words.async_choose(words)

    @property
    @override
    def tts_options(self) -> dict[str, Any]:
        """Return the options for speech in the format of the speaker."""
        return tts_options(self._player.format)

    @property
    @override
    def pipeline_entity_id(self) -> str | None:
        """Return the select of the assistant in charge."""
        key = self._runner.pipeline_key
        return self._selects.entity_id(key) or self._selects.entity_id("pipeline")

    @property
    @override
    def vad_sensitivity_entity_id(self) -> str | None:
        """Return the select of the sensitivity to silence."""
        return self._selects.entity_id("vad_sensitivity")

    # mypy overlooks the decorator of a property with a setter.
    @property  # type: ignore[explicit-override]
    @override
    def _conversation_id(self) -> str | None:
        """Return the conversation of the assistant in charge: each has its own."""
        return self._runner.conversation_id

    @_conversation_id.setter
    def _conversation_id(self, conversation_id: str | None) -> None:
        self._runner.conversation_id = conversation_id

    @override
    async def async_intercept_wake_word(self) -> str | None:
        """Return the next wake word without answering it, for the setup wizard.

        Home Assistant can do so itself only if the satellite detects its wake words.
        """
        if self.wake_words.is_on_device:
            return await super().async_intercept_wake_word()
        return await self._runner.async_intercept_wake_word()

    # Host of the parts: pipeline runs.

    @property
    def device_id(self) -> str | None:
        """Return the device of the satellite."""
        return self.registry_entry.device_id if self.registry_entry else None

    @property
    def sensitivity(self) -> str | None:
        """Return how soon the end of a command is detected, as set by the owner."""
        return self._selects.option("vad_sensitivity")

    @callback
    def release_run(self) -> None:
        """Let the pipeline run continue when another one starts."""
        self._pipeline_task = None

    @callback
    def pipeline_id(self) -> str | None:
        """Return the pipeline of the assistant in charge, None for the preferred."""
        return self._resolve_pipeline()

    # Events of the satellite.

    @callback
    def on_connected(self) -> None:
        """Start exchanges with the satellite."""
        register_device(self.hass, self._entry, self.link.peer.welcome)
        self._driver.connect()
        self.async_write_ha_state()

    @callback
    def on_disconnected(self) -> None:
        """End all exchanges and questions."""
        self._driver.disconnect()
        self.give_up_question()
        self.async_write_ha_state()

    @callback
    def _on_control(self) -> None:
        """Stop listening if the satellite was muted, and update the state."""
        self.speech.follow_mute()
        self.async_write_ha_state()

    @callback
    def on_heard_elsewhere(self) -> None:
        """Publish that another satellite answers to the wake word."""
        self.publish(Kind.HEARD_ELSEWHERE, Exchange())

    @callback
    def _on_timer(self, name: str | None) -> None:
        """Publish that a timer finished, and ring."""
        self.publish(Kind.TIMER_FINISHED, Exchange(timer=name))
        async_get_schedule(self.hass).async_ring_for(name, self.entity_id)

    @callback
    def on_turn_changed(self) -> None:
        """Update whether the satellite is listening, and who has the floor."""
        is_listening = self._driver.state is TurnState.LISTENING
        self.control.async_set_listening(is_listening=is_listening)
        self.speech.floor.update()

    @callback
    @override
    def _internal_on_pipeline_event(self, event: PipelineEvent) -> None:
        """Handle a pipeline event; those of a detached run change no state."""
        is_question = self._ask_question_future is not None
        if self.speech.floor.take_detached_event(event, is_question=is_question):
            self._observe(event)
        else:
            super()._internal_on_pipeline_event(event)

    @callback
    @override
    def on_pipeline_event(self, event: PipelineEvent) -> None:
        """Handle an event of the current run."""
        self._observe(event)
        self._driver.take_pipeline_event(event)

    @callback
    def _observe(self, event: PipelineEvent) -> None:
        """Record a pipeline event and publish the events that it leads to."""
        is_question = self._ask_question_future is not None
        observe = current_run().observer.observe
        secret = async_awaits_pin(self.hass, self.entity_id)
        for kind, exchange in observe(event, is_question=is_question, is_secret=secret):
            if kind is Kind.COMMAND_HEARD:
                self.control.async_set_last_command(exchange.text)
            self.publish(kind, exchange)

    @callback
    def publish(self, kind: Kind, exchange: Exchange) -> None:
        """Publish an event of this satellite."""
        source = source_of_satellite(self.hass, self.satellite_id, self.entity_id)
        async_get_house(self.hass).dispatcher.publish(
            HearkenEvent(kind=kind, source=source, exchange=exchange)
        )

    # Announcements and questions of Home Assistant, which wait for their turn.

    @override
    async def async_internal_announce(
        self,
        message: str | None = None,
        media_id: str | None = None,
        preannounce: bool = True,
        preannounce_media_id: str = PREANNOUNCE_URL,
    ) -> None:
        """Announce in turn; inside a command, announce at once."""
        chime = preannounce_media_id if preannounce else None
        await self.speech.async_announce(message, media_id, chime)

    @override
    async def async_internal_start_conversation(
        self, *args: Any, **kwargs: Any
    ) -> None:
        """Start a conversation."""
        async with self.speech.turn():
            await super().async_internal_start_conversation(*args, **kwargs)

    @override
    async def async_internal_ask_question(
        self, *args: Any, **kwargs: Any
    ) -> AssistSatelliteAnswer | None:
        """Ask a question and publish the answer."""
        async with self.speech.turn():
            try:
                answer = await super().async_internal_ask_question(*args, **kwargs)
            except asyncio.CancelledError:
                self.speech.stop_listening()
                raise
        if answer is not None:
            text, choice, slots = answer.sentence, answer.id, answer.slots or None
            exchange = Exchange(text=text, choice=choice, slots=slots)
            self.publish(Kind.QUESTION_ANSWERED, exchange)
        return answer

    @override
    async def async_announce(self, announcement: AssistSatelliteAnnouncement) -> None:
        """Play an announcement to its end."""
        await self.speech.async_play(announcement)

    @override
    async def async_start_conversation(
        self, start_announcement: AssistSatelliteAnnouncement
    ) -> None:
        """Play a question to its end, then open the microphone."""
        await self.speech.async_ask(start_announcement)

    @callback
    def stop(self) -> None:
        """End the current exchange and all ringing; the next in the queue follows."""
        async_get_schedule(self.hass).async_stop_at(self.entity_id)
        self.give_up_question()
        if not self.speech.stop():
            self.tts_response_finished()

    @property
    def wait_seconds(self) -> float:
        """Return the longest wait for the turn, as set by the owner."""
        return float(self._entry.options.get(CONF_FLOOR_WAIT, FLOOR_WAIT_SECONDS))

    async def async_resolve(
        self, message: str, media_id: str | None, chime: str | None
    ) -> AssistSatelliteAnnouncement:
        """Return the announcement to play."""
        return await self._resolve_announcement_media_id(
            message, media_id, preannounce_media_id=chime
        )

    async def async_announce_now(
        self, message: str | None, media_id: str | None, chime: str | None
    ) -> None:
        """Announce at once, with Home Assistant's own method."""
        await super().async_internal_announce(
            message, media_id, chime is not None, chime or PREANNOUNCE_URL
        )

    @contextmanager
    def responding(self) -> Generator[None]:
        """Show the satellite as responding while in the context."""
        self._set_state(AssistSatelliteState.RESPONDING)
        try:
            yield
        finally:
            self._set_state(AssistSatelliteState.IDLE)

    @contextmanager
    def question(self, *, is_spoken: bool) -> Generator[asyncio.Future[str | None]]:
        """Receive the next transcript, which is then not carried out."""
        self._ask_question_future = words = self.hass.loop.create_future()
        if is_spoken:
            self._set_state(AssistSatelliteState.RESPONDING)
        try:
            yield words
        finally:
            self._ask_question_future = None
            self._set_state(AssistSatelliteState.IDLE)

    @callback
    def give_up_question(self) -> None:
        """Report to those who wait for an answer that there is none."""
        future = self._ask_question_future
        if future is not None and not future.done():
            future.set_result(None)

    @callback
    def give_up_listening(self) -> None:
        """End the run for Home Assistant: there is no answer."""
        self.give_up_question()
        self._set_state(AssistSatelliteState.IDLE)


_SATELLITES: HassKey[dict[str, HearkenSatellite]] = HassKey(f"{DOMAIN}_satellites")


@callback
def async_get_satellites(hass: HomeAssistant) -> dict[str, HearkenSatellite]:
    """Return the satellites that are set up, by their ids."""
    return hass.data.setdefault(_SATELLITES, {})
