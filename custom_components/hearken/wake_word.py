"""Wake word detection by the speech server."""

import logging
from collections.abc import AsyncIterable
from typing import override

from homeassistant.components.assist_pipeline.pipeline import Pipeline
from homeassistant.components.wake_word import (
    DetectionResult,
    WakeWord,
    WakeWordDetectionEntity,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client.abilities import WakeWord as ServerWakeWord
from .client.detect import DetectRequest, Listening, detect
from .const import DOMAIN
from .coordinator import ServerCoordinator
from .data import HearkenConfigEntry, SatelliteData, ServerData
from .entity import HearkenServerEntity
from .errors import CannotConnectError, HearkenError
from .satellite.connection import SatelliteLink
from .satellite.run_context import current_run
from .server.link import ServerLink

_LOGGER = logging.getLogger(__name__)

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the server's wake words."""
    if isinstance(entry.runtime_data, ServerData):
        async_add_entities([HearkenWakeWord(entry.runtime_data.coordinator)])


@callback
def async_words_of(
    hass: HomeAssistant, pipeline: Pipeline
) -> tuple[ServerWakeWord, ...]:
    """Return the wake words; none if another engine is used or the server is away."""
    server = _server_of(hass, pipeline)
    return server.coordinator.abilities.wake_words if server else ()


@callback
def async_link_of(hass: HomeAssistant, pipeline: Pipeline | None) -> ServerLink | None:
    """Return the live connection of the server that detects a pipeline's words."""
    server = _server_of(hass, pipeline) if pipeline else None
    return server.link if server else None


@callback
def async_stream_of(hass: HomeAssistant, satellite: SatelliteLink) -> str | None:
    """Return the name of a satellite at its server; None if another has it, too."""
    name = satellite.peer.welcome.name
    entries: list[HearkenConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in entries:
        data = entry.runtime_data
        if not isinstance(data, SatelliteData) or data.link is satellite:
            continue
        if data.link.peer.welcome.name == name:
            return None
    return name


def _server_of(hass: HomeAssistant, pipeline: Pipeline) -> ServerData | None:
    """Return the loaded server that detects the wake words of a pipeline."""
    if pipeline.wake_word_entity is None:
        return None
    entity = er.async_get(hass).async_get(pipeline.wake_word_entity)
    if entity is None or entity.platform != DOMAIN or not entity.config_entry_id:
        return None
    entry = hass.config_entries.async_get_entry(entity.config_entry_id)
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        return None
    data = entry.runtime_data
    return data if isinstance(data, ServerData) else None


class HearkenWakeWord(HearkenServerEntity, WakeWordDetectionEntity):
    """The speech server as a wake word engine."""

    def __init__(self, coordinator: ServerCoordinator) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, "wake_word")

    @override
    async def get_supported_wake_words(self) -> list[WakeWord]:
        """Return the wake words that the server offers."""
        return [
            WakeWord(id=word.id, name=word.name, phrase=word.phrase)
            for word in self.abilities.wake_words
        ]

    @override
    async def _async_process_audio_stream(
        self, stream: AsyncIterable[tuple[bytes, int]], wake_word_id: str | None
    ) -> DetectionResult | None:
        """Return the first wake word that the server detects, None if none is."""
        run = current_run()
        if run.listen is not None:
            listening = run.listen(wake_word_id)
        else:
            names = (wake_word_id,) if wake_word_id else None
            listening = Listening(DetectRequest(names=names))
        try:
            heard = await detect(self.server_address, stream, listening)
        except HearkenError as err:
            # Satellites retry continuously; the coordinator logs the loss once.
            _LOGGER.debug(
                "%s cannot listen for wake words: %s", self.coordinator.name, err
            )
            if isinstance(err, CannotConnectError):
                self.coordinator.async_check_now()
            return None
        if heard is None:
            return None
        run.lead_audio = heard.lead_audio
        if run.on_wake_word is not None and run.on_wake_word(heard):
            return None
        if heard.details is not None:
            run.notes.score = heard.details.score
        return DetectionResult(
            wake_word_id=heard.id,
            wake_word_phrase=self._phrase(heard.id),
            timestamp=heard.timestamp_ms,
            queued_audio=heard.later_audio or None,
        )

    def _phrase(self, wake_word_id: str) -> str:
        """Return the words that are spoken."""
        for word in self.abilities.wake_words:
            if word.id == wake_word_id:
                return word.phrase
        return wake_word_id
