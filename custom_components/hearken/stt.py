"""Speech-to-text by the speech server."""

import logging
from collections.abc import AsyncIterable
from typing import override

from homeassistant.components.stt import (
    AudioBitRates,
    AudioChannels,
    AudioCodecs,
    AudioFormats,
    AudioSampleRates,
    SpeechMetadata,
    SpeechResult,
    SpeechResultState,
    SpeechToTextEntity,
)
from homeassistant.components.stt.models import SpeechAudioProcessing
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client.transcribe import Heard, transcribe
from .coordinator import ServerCoordinator
from .data import HearkenConfigEntry, ServerData
from .entity import HearkenServerEntity
from .errors import CannotConnectError, HearkenError
from .exchange import RUN_NOTES
from .protocol import CONTEXT_KEY

_LOGGER = logging.getLogger(__name__)

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the server's ear."""
    if isinstance(entry.runtime_data, ServerData):
        async_add_entities([HearkenSpeechToText(entry.runtime_data.coordinator)])


class HearkenSpeechToText(HearkenServerEntity, SpeechToTextEntity):
    """The speech server as a speech-to-text engine."""

    def __init__(self, coordinator: ServerCoordinator) -> None:
        """Name the entity."""
        super().__init__(coordinator, "speech_to_text")

    @property
    @override
    def supported_languages(self) -> list[str]:
        """Return the languages that the server's models know."""
        return list(self.abilities.transcription_languages)

    @property
    @override
    def supported_formats(self) -> list[AudioFormats]:
        """Return the one container there is."""
        return [AudioFormats.WAV]

    @property
    @override
    def supported_codecs(self) -> list[AudioCodecs]:
        """Return the one codec there is."""
        return [AudioCodecs.PCM]

    @property
    @override
    def supported_bit_rates(self) -> list[AudioBitRates]:
        """Return the one sample width there is."""
        return [AudioBitRates.BITRATE_16]

    @property
    @override
    def supported_sample_rates(self) -> list[AudioSampleRates]:
        """Return the one sample rate there is."""
        return [AudioSampleRates.SAMPLERATE_16000]

    @property
    @override
    def supported_channels(self) -> list[AudioChannels]:
        """Return the one channel there is."""
        return [AudioChannels.CHANNEL_MONO]

    @property
    @override
    def audio_processing(self) -> SpeechAudioProcessing:
        """Return what should be done to the audio before it comes here."""
        return SpeechAudioProcessing(
            requires_external_vad=not self.abilities.ends_speech_itself,
            prefers_auto_gain_enabled=False,
            prefers_noise_reduction_enabled=False,
        )

    @override
    async def async_process_audio_stream(
        self, metadata: SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> SpeechResult:
        """Return what was said."""
        try:
            heard = await transcribe(
                self.server_address, stream, language=metadata.language
            )
        except HearkenError as err:
            _LOGGER.error(  # noqa: TRY400 - what went wrong is in the error's text
                "%s could not transcribe: %s", self.coordinator.name, err
            )
            if isinstance(err, CannotConnectError):
                self.coordinator.async_doubt()
            return SpeechResult(None, SpeechResultState.ERROR)
        _note_silence(heard)
        return SpeechResult(heard.text, SpeechResultState.SUCCESS)


def _note_silence(heard: Heard) -> None:
    """Note, for the record of the exchange, why there is no text."""
    details = heard.context.get(CONTEXT_KEY)
    notes = RUN_NOTES.get()
    if notes is not None and not heard.text and isinstance(details, dict):
        notes.is_silent = details.get("empty_reason") is not None
