"""Wake word detection by the speech server."""

import logging
from collections.abc import AsyncIterable
from typing import override

from homeassistant.components.wake_word import (
    DetectionResult,
    WakeWord,
    WakeWordDetectionEntity,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client.detect import DetectWishes, Listening, detect
from .coordinator import ServerCoordinator
from .data import HearkenConfigEntry, ServerData
from .entity import HearkenServerEntity
from .errors import CannotConnectError, HearkenError
from .exchange import RUN_NOTES
from .speaker import SPEAKER

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


class HearkenWakeWord(HearkenServerEntity, WakeWordDetectionEntity):
    """The speech server as a wake word engine."""

    def __init__(self, coordinator: ServerCoordinator) -> None:
        """Name the entity."""
        super().__init__(coordinator, "wake_word")

    @override
    async def get_supported_wake_words(self) -> list[WakeWord]:
        """Return the wake words that the server offers now."""
        return [
            WakeWord(id=word.id, name=word.name, phrase=word.phrase)
            for word in self.abilities.wake_words
        ]

    @override
    async def _async_process_audio_stream(
        self, stream: AsyncIterable[tuple[bytes, int]], wake_word_id: str | None
    ) -> DetectionResult | None:
        """Listen until a wake word is said."""
        speaker = SPEAKER.get()
        if speaker.listen is not None:
            listening = speaker.listen(wake_word_id)
        else:
            names = (wake_word_id,) if wake_word_id else None
            listening = Listening(DetectWishes(names=names))
        try:
            heard = await detect(self.server_address, stream, listening)
        except HearkenError as err:
            # A satellite asks again and again: the coordinator tells the owner.
            _LOGGER.debug(
                "%s cannot listen for wake words: %s", self.coordinator.name, err
            )
            if isinstance(err, CannotConnectError):
                self.coordinator.async_doubt()
            return None
        if heard is None:
            return None
        if speaker.on_wake_word is not None and speaker.on_wake_word(heard):
            return None
        notes = RUN_NOTES.get()
        if notes is not None and heard.details is not None:
            notes.score = heard.details.score
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
