"""A text-to-speech engine of another integration."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING, Any, override

from homeassistant.components.tts import TextToSpeechEntity
from homeassistant.config_entries import ConfigEntry, ConfigFlow
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_integration,
    mock_platform,
)

if TYPE_CHECKING:
    from homeassistant.components.tts import TtsAudioType
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

DOMAIN = "house"


class HouseFlow(ConfigFlow, domain=DOMAIN):
    """A flow that is required for loading entries of the integration."""


class HouseSpeech(TextToSpeechEntity):
    """Synthesize a moment of silence, or fail."""

    _attr_unique_id = "house-speech"
    _attr_name = "House speech"

    def __init__(self, languages: list[str]) -> None:
        """Set the supported languages."""
        self._attr_supported_languages = languages
        self._attr_default_language = languages[0]
        self.failure: Exception | None = None

    @override
    async def async_get_tts_audio(
        self, message: str, language: str, options: dict[str, Any]
    ) -> TtsAudioType:
        """Return a moment of silence."""
        if self.failure is not None:
            raise self.failure
        with io.BytesIO() as file:
            with wave.open(file, "wb") as writer:
                writer.setframerate(16000)
                writer.setsampwidth(2)
                writer.setnchannels(1)
                writer.writeframes(bytes(6400))
            return "wav", file.getvalue()


async def add_house_speech(hass: HomeAssistant, *languages: str) -> HouseSpeech:
    """Add the engine to the house."""
    engine = HouseSpeech(list(languages))

    async def set_up_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        await hass.config_entries.async_forward_entry_setups(entry, ["tts"])
        return True

    async def add_entity(
        hass: HomeAssistant,
        entry: ConfigEntry,
        async_add_entities: AddConfigEntryEntitiesCallback,
    ) -> None:
        async_add_entities([engine])

    async def unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        return await hass.config_entries.async_unload_platforms(entry, ["tts"])

    mock_integration(
        hass,
        MockModule(
            DOMAIN, async_setup_entry=set_up_entry, async_unload_entry=unload_entry
        ),
    )
    mock_platform(hass, f"{DOMAIN}.config_flow")
    mock_platform(hass, f"{DOMAIN}.tts", MockPlatform(async_setup_entry=add_entity))
    entry = MockConfigEntry(domain=DOMAIN)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return engine
