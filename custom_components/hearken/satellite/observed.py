"""A satellite whose exchanges are told of, and that automations can use."""

import asyncio
import contextlib
from abc import abstractmethod
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, override

from homeassistant.components import assist_satellite
from homeassistant.components.assist_pipeline import PipelineEvent, PipelineEventType
from homeassistant.components.assist_pipeline.pipeline import async_get_pipeline
from homeassistant.components.assist_satellite import (
    AssistSatelliteAnnouncement,
    AssistSatelliteAnswer,
    AssistSatelliteEntity,
    SatelliteBusyError,
)
from homeassistant.components.assist_satellite.const import PREANNOUNCE_FILENAME
from homeassistant.components.assist_satellite.entity import AssistSatelliteState
from homeassistant.core import Context, Event, EventStateChangedData, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_state_change_event

from ..const import DOMAIN, OWN_TIMEOUT_SECONDS, QUIET_TIMEOUT_SECONDS
from ..exchanges.events import HearkenEvent
from ..exchanges.exchange import Exchange, Kind
from ..exchanges.house import async_get_house
from ..exchanges.recorder import RUN_NOTES, ExchangeRecorder, RunNotes
from ..exchanges.source import source_of_satellite
from .settings import SatelliteControl
from .wake_words import SatelliteWakeWords

# Home Assistant's chime, from the disk: its address may not be reachable from here.
_CHIME: Final = (
    f"file:{Path(assist_satellite.__file__).with_name(PREANNOUNCE_FILENAME)}"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """What is to be heard before the microphone opens."""

    message: str | None = None
    """Words to say; none to open the microphone at once."""
    chime: bool = True
    """Whether a sound asks for attention first."""


class ObservedSatellite(AssistSatelliteEntity):
    """Tells what happens in exchanges, and lets automations listen and speak."""

    satellite_id: str
    control: SatelliteControl
    wake_words: SatelliteWakeWords
    _recorder: ExchangeRecorder | None = None

    def __init__(self) -> None:
        """Begin with nothing going on."""
        super().__init__()
        self._floor = asyncio.Lock()

    @abstractmethod
    def open_microphone(self) -> None:
        """Open the microphone at once, without any wake word."""

    @abstractmethod
    def rest(self) -> None:
        """End whatever is going on."""

    @override
    async def async_added_to_hass(self) -> None:
        """Let automations find the satellite."""
        await super().async_added_to_hass()
        async_get_house(self.hass).satellites[self.satellite_id] = self

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Let go of whoever waits for words."""
        async_get_house(self.hass).satellites.pop(self.satellite_id, None)
        self.give_up_question()
        await super().async_will_remove_from_hass()

    # What is told.

    @callback
    def tell(self, kind: Kind, exchange: Exchange) -> None:
        """Tell everybody what happened."""
        source = source_of_satellite(self.hass, self.satellite_id, self.entity_id)
        async_get_house(self.hass).dispatcher.publish(
            HearkenEvent(kind=kind, source=source, exchange=exchange)
        )

    @callback
    def observe(self, event: PipelineEvent) -> None:
        """Take down what the pipeline does, and tell what is to be told."""
        if event.type is PipelineEventType.RUN_START:
            self._recorder = ExchangeRecorder(
                RUN_NOTES.get() or RunNotes(),
                is_question=self._ask_question_future is not None,
            )
        if (recorder := self._recorder) is None:
            return
        if event.type is PipelineEventType.RUN_END:
            self._recorder = None
        for kind in recorder.feed(event):
            exchange = recorder.record()
            if kind is Kind.COMMAND_HEARD:
                self.control.async_note_command(exchange.text)
            self.tell(kind, exchange)

    @override
    async def async_internal_ask_question(
        self, *args: Any, **kwargs: Any
    ) -> AssistSatelliteAnswer | None:
        """Ask as Home Assistant's own action does, and tell the answer."""
        answer = await super().async_internal_ask_question(*args, **kwargs)
        if answer is not None:
            self.tell(
                Kind.QUESTION_ANSWERED,
                Exchange(
                    text=answer.sentence, choice=answer.id, slots=answer.slots or None
                ),
            )
        return answer

    # What automations do.

    @asynccontextmanager
    async def floor(self, context: Context | None = None) -> AsyncGenerator[None]:
        """Wait until nobody else speaks or is spoken to, and keep it so."""
        async with self._floor:
            await self._until_quiet()
            if not self.available:
                raise HomeAssistantError(
                    translation_domain=DOMAIN,
                    translation_key="satellite_unavailable",
                    translation_placeholders={"entity_id": self.entity_id},
                )
            if context is not None:
                self.async_set_context(context)
            yield

    async def async_hear(self, prompt: Prompt) -> str | None:
        """Open the microphone, perhaps after some words; return what was said.

        Whoever calls this has the floor.
        """
        self.check_not_muted()
        await self._cancel_running_pipeline()
        announcement = await self._prompt(prompt)
        if self._is_announcing:
            raise SatelliteBusyError
        self._is_announcing = True
        self._ask_question_future = self.hass.loop.create_future()
        try:
            if announcement is None:
                self.open_microphone()
            else:
                self._set_state(AssistSatelliteState.RESPONDING)
                await self.async_start_conversation(announcement)
            return await self._ask_question_future
        except asyncio.CancelledError:
            self.rest()
            raise
        finally:
            self._is_announcing = False
            self._ask_question_future = None
            self._set_state(AssistSatelliteState.IDLE)

    async def async_listen_now(self) -> None:
        """Open the microphone for a command, as if the wake word had been said."""
        self.check_not_muted()
        if self._is_announcing:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="satellite_busy",
                translation_placeholders={"entity_id": self.entity_id},
            )
        self.open_microphone()

    @abstractmethod
    async def async_stop(self) -> None:
        """End whatever is going on, heard or said."""

    def check_not_muted(self) -> None:
        """Raise if the microphone is closed for good."""
        if self.control.is_muted:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="satellite_muted",
                translation_placeholders={"entity_id": self.entity_id},
            )

    def _has_voice(self) -> bool:
        """Return whether the chosen pipeline can speak."""
        return async_get_pipeline(self.hass, self.pipeline_id()).tts_engine is not None

    @callback
    def pipeline_id(self) -> str | None:
        """Return the pipeline that is chosen, None for the preferred one."""
        return self._resolve_pipeline()

    async def async_ring(self, name: str | None) -> None:
        """Sound the chime, and say the name if there is one and a voice for it."""
        if name and self._has_voice():
            await self.async_say(name, chime=True)
            return
        async with self.floor():
            await self.async_internal_announce(
                media_id=_CHIME, preannounce_media_id=_CHIME
            )

    async def async_say(
        self, message: str, *, chime: bool, context: Context | None = None
    ) -> None:
        """Say something and return when it was spoken."""
        async with self.floor(context):
            await self.async_internal_announce(
                message, preannounce=chime, preannounce_media_id=_CHIME
            )

    async def _prompt(self, prompt: Prompt) -> AssistSatelliteAnnouncement | None:
        """Return what has to be played before the microphone opens."""
        chime = _CHIME if prompt.chime else None
        if prompt.message:
            return await self._resolve_announcement_media_id(
                prompt.message, None, preannounce_media_id=chime
            )
        if chime:
            return await self._resolve_announcement_media_id("", chime)
        return None

    @callback
    def give_up_question(self) -> None:
        """Tell whoever waits for words that there are none."""
        future = self._ask_question_future
        if future is not None and not future.done():
            future.set_result(None)

    async def _until_quiet(self) -> None:
        """Wait a while for the end of what is being said."""
        processing, idle = AssistSatelliteState.PROCESSING, AssistSatelliteState.IDLE
        if self.state == processing:
            # The command may be waiting for the very automation that calls this.
            await self._until(lambda: self.state != processing, OWN_TIMEOUT_SECONDS)
            if self.state == processing:
                return
        await self._until(lambda: self.state == idle, QUIET_TIMEOUT_SECONDS)

    async def _until(self, condition: Callable[[], bool], seconds: float) -> None:
        """Wait until the state is as it should be, or the time is over."""
        changed = asyncio.Event()

        @callback
        def on_change(_event: Event[EventStateChangedData]) -> None:
            changed.set()

        stop = async_track_state_change_event(self.hass, self.entity_id, on_change)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while self.available and not condition():
                        changed.clear()
                        await changed.wait()
        finally:
            stop()
