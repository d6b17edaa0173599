"""Speech-to-text by the speech server."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from typing import Any, override

from homeassistant.components import stt
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

from .client.transcribe import TranscribeRequest, Transcription, transcribe
from .data import HearkenConfigEntry, ServerData, ends_speech
from .dialogue.understanding import Understanding
from .entity import HearkenServerEntity
from .errors import CannotConnectError, HearkenError
from .exchanges.recorder import RUN_NOTES
from .languages import with_variants
from .protocol import TranscribeOptions
from .satellite.run_context import SPEAKER

_LOGGER = logging.getLogger(__name__)

PARALLEL_UPDATES = 0

# The class of a text so far; Home Assistant has one from 2026.11 on.
_PARTIAL = getattr(stt, "PartialSpeechResult", None)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the server's ear."""
    if isinstance(entry.runtime_data, ServerData):
        async_add_entities([HearkenSpeechToText(entry, entry.runtime_data)])


class HearkenSpeechToText(HearkenServerEntity, SpeechToTextEntity):
    """The speech server as a speech-to-text engine."""

    def __init__(self, entry: HearkenConfigEntry, data: ServerData) -> None:
        """Name the entity."""
        super().__init__(data.coordinator, "speech_to_text")
        self._vocabulary = data.vocabulary
        self._entry = entry

    @property
    def _ends_speech(self) -> bool:
        """Return whether the server finds the end of speech.

        Asked anew for each command: a run that waits for its wake word while the
        owner chooses otherwise keeps this entity.
        """
        return ends_speech(self._entry)

    @property
    @override
    def supported_languages(self) -> list[str]:
        """Return the languages that the server's model knows, by all their tags."""
        return with_variants(self.abilities.transcription_languages)

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
            requires_external_vad=not self._ends_speech,
            prefers_auto_gain_enabled=False,
            prefers_noise_reduction_enabled=False,
        )

    @override
    async def async_process_audio_stream(
        self, metadata: SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> SpeechResult:
        """Return what was said."""
        return await self._hear(metadata, stream)

    async def async_process_audio_stream_with_progress(
        self, metadata: SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> AsyncGenerator[Any]:
        """Return the text so far as it comes, and then what was said.

        Home Assistant asks for it from 2026.11 on.
        """
        newest = _Newest()
        hearing = self.hass.async_create_task(
            self._hear(metadata, stream, newest.put), "hearken speech-to-text"
        )
        hearing.add_done_callback(newest.finish)
        try:
            while (text := await newest.get()) is not None:
                if _PARTIAL is not None:
                    yield _PARTIAL(text=text)
            yield await hearing
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)

    async def _hear(
        self,
        metadata: SpeechMetadata,
        stream: AsyncIterable[bytes],
        on_partial: Callable[[str], None] | None = None,
    ) -> SpeechResult:
        """Have the server listen, and choose what Home Assistant understands."""
        speaker = SPEAKER.get()
        understanding = Understanding(
            self.hass, metadata.language, speaker, self._vocabulary.known
        )
        wishes = TranscribeRequest(
            options=TranscribeOptions(
                endpointing=self._ends_speech,
                partials=self._ends_speech or on_partial is not None,
                vocabulary=self._vocabulary.key,
            ),
            sensitivity=speaker.sensitivity,
            judge=understanding.state_of if self._ends_speech else None,
            on_partial=on_partial,
            on_speech_ended=speaker.on_speech_ended,
        )
        try:
            heard = await transcribe(
                self.server_address, stream, language=metadata.language, wishes=wishes
            )
        except HearkenError as err:
            _LOGGER.error(  # noqa: TRY400 - what went wrong is in the error's text
                "%s could not transcribe: %s", self.coordinator.name, err
            )
            if isinstance(err, CannotConnectError):
                self.coordinator.async_doubt()
            return SpeechResult(None, SpeechResultState.ERROR)
        _note_silence(heard)
        text = await understanding.choose(heard.text, heard.details)
        return SpeechResult(text, SpeechResultState.SUCCESS)


class _Newest:
    """Holds the newest text for whoever comes to get it."""

    def __init__(self) -> None:
        """Begin without a text."""
        self._text: str | None = None
        self._is_finished = False
        self._news = asyncio.Event()

    def put(self, text: str) -> None:
        """Take a text in place of an older one."""
        self._text = text
        self._news.set()

    def finish(self, _task: object) -> None:
        """Say that no more texts come."""
        self._is_finished = True
        self._news.set()

    async def get(self) -> str | None:
        """Return the next text, None when no more come."""
        while True:
            text, self._text = self._text, None
            if text is not None or self._is_finished:
                return text
            await self._news.wait()
            self._news.clear()


def _note_silence(heard: Transcription) -> None:
    """Note, for the record of the exchange, why there is no text."""
    details, notes = heard.details, RUN_NOTES.get()
    if notes is not None and not heard.text and details is not None:
        notes.is_silent = details.empty_reason is not None
