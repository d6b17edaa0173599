"""Text-to-speech by the speech server."""

from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, contextmanager
from typing import Any, override

from homeassistant.components.tts import (
    ATTR_VOICE,
    TextToSpeechEntity,
    TtsAudioType,
    Voice,
)
from homeassistant.components.tts.entity import TTSAudioRequest, TTSAudioResponse
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util.language import matches

from .client.pcm import wav_header
from .client.sentences import speakable_pieces
from .client.synthesize import synthesize, synthesize_stream
from .const import DOMAIN
from .coordinator import ServerCoordinator
from .data import HearkenConfigEntry, ServerData
from .entity import HearkenServerEntity
from .errors import CannotConnectError, HearkenError
from .languages import speech_language, with_variants
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
        """Initialize the entity."""
        super().__init__(coordinator, "text_to_speech")
        self._attr_supported_options = [ATTR_VOICE]

    @property
    @override
    def supported_languages(self) -> list[str]:
        """Return all tags of the languages of the available voices."""
        return with_variants(self.abilities.speech_languages)

    @property
    @override
    def default_language(self) -> str:
        """Return Home Assistant's language if there is a voice for it, or another."""
        config = self.hass.config
        languages = self.supported_languages
        matching = matches(config.language, languages, country=config.country)
        return next(iter((*matching, *languages)), config.language)

    @callback
    @override
    def async_get_supported_voices(self, language: str) -> list[Voice] | None:
        """Return the voices for the language, or else for its other regions."""
        known = self.abilities.voices
        exact = [voice for voice in known if language in voice.languages]
        code = speech_language(language)
        similar = [v for v in known if code in map(speech_language, v.languages)]
        voices = [
            Voice(voice_id=voice.id, name=voice.name) for voice in exact or similar
        ]
        return sorted(voices, key=lambda voice: voice.name) or None

    @override
    async def async_get_tts_audio(
        self, message: str, language: str, options: dict[str, Any]
    ) -> TtsAudioType:
        """Return a message as speech."""
        voice = options.get(ATTR_VOICE)
        with self._translated_errors():
            speech = await synthesize(
                self.server_address, message, language=language, voice=voice
            )
        header = wav_header(speech.format, len(speech.samples))
        return _FORMAT, header + speech.samples

    @override
    async def async_stream_tts_audio(
        self, request: TTSAudioRequest
    ) -> TTSAudioResponse:
        """Return speech that starts before the message is complete."""
        return TTSAudioResponse(_FORMAT, self._async_stream(request))

    async def _async_stream(self, request: TTSAudioRequest) -> AsyncGenerator[bytes]:
        """Yield a WAV file with the message as speech, as it is produced."""
        is_first = True
        with self._translated_errors():
            async with (
                aclosing(speakable_pieces(request.message_gen)) as texts,
                aclosing(
                    synthesize_stream(
                        self.server_address,
                        texts,
                        language=request.language,
                        voice=request.options.get(ATTR_VOICE),
                    )
                ) as speech,
            ):
                async for piece in speech:
                    if is_first:
                        yield wav_header(piece.format)
                        is_first = False
                    yield piece.samples

    @contextmanager
    def _translated_errors(self) -> Generator[None]:
        """Raise errors of the server as translated errors."""
        try:
            yield
        except HearkenError as err:
            if isinstance(err, CannotConnectError):
                self.coordinator.async_check_now()
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="cannot_speak",
                translation_placeholders={
                    "name": self.coordinator.name,
                    "reason": async_reason_text(self.hass, err),
                },
            ) from err
