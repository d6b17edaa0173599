"""Text-to-speech by the speech server."""

import io
import wave
from typing import Any, override

from homeassistant.components.tts import (
    ATTR_VOICE,
    TextToSpeechEntity,
    TtsAudioType,
    Voice,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util.language import matches

from .client.synthesize import Speech, synthesize
from .const import DOMAIN
from .coordinator import ServerCoordinator
from .data import HearkenConfigEntry, ServerData
from .entity import HearkenServerEntity
from .errors import CannotConnectError, HearkenError
from .texts.reasons import async_reason_text

PARALLEL_UPDATES = 0

_FORMAT = "wav"


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the server's voice, if it has one."""
    data = entry.runtime_data
    if isinstance(data, ServerData) and data.coordinator.abilities.voices:
        async_add_entities([HearkenTextToSpeech(data.coordinator)])


class HearkenTextToSpeech(HearkenServerEntity, TextToSpeechEntity):
    """The speech server as a text-to-speech engine."""

    def __init__(self, coordinator: ServerCoordinator) -> None:
        """Name the entity."""
        super().__init__(coordinator, "text_to_speech")
        self._attr_supported_options = [ATTR_VOICE]

    @property
    @override
    def supported_languages(self) -> list[str]:
        """Return the languages that there are voices for now."""
        return self.abilities.speech_languages

    @property
    @override
    def default_language(self) -> str:
        """Return the house's language, or another that there is a voice for."""
        config = self.hass.config
        languages = self.supported_languages
        matching = matches(config.language, languages, country=config.country)
        return next(iter((*matching, *languages)), config.language)

    @callback
    @override
    def async_get_supported_voices(self, language: str) -> list[Voice] | None:
        """Return the voices for the language."""
        voices = [
            Voice(voice_id=voice.id, name=voice.name)
            for voice in self.abilities.voices
            if language in voice.languages
        ]
        return sorted(voices, key=lambda voice: voice.name) or None

    @override
    async def async_get_tts_audio(
        self, message: str, language: str, options: dict[str, Any]
    ) -> TtsAudioType:
        """Return the message as speech."""
        try:
            speech = await synthesize(
                self.server_address,
                message,
                language=language,
                voice=options.get(ATTR_VOICE),
            )
        except HearkenError as err:
            if isinstance(err, CannotConnectError):
                self.coordinator.async_doubt()
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="cannot_speak",
                translation_placeholders={
                    "name": self.coordinator.name,
                    "reason": async_reason_text(self.hass, err),
                },
            ) from err
        return _FORMAT, _wav(speech)


def _wav(speech: Speech) -> bytes:
    """Return the speech as a WAV file."""
    with io.BytesIO() as file:
        with wave.open(file, "wb") as writer:
            writer.setframerate(speech.format.rate_hz)
            writer.setsampwidth(speech.format.width_bytes)
            writer.setnchannels(speech.format.channels)
            writer.writeframes(speech.samples)
        return file.getvalue()
