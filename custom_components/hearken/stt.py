"""Speech-to-text by the speech server."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, override

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

from .client.hints import Judge
from .client.pcm import SPEECH_FORMAT
from .client.transcribe import (
    Transcribed,
    TranscribeRequest,
    Transcription,
    transcribing,
)
from .const import FOLLOW_UP_SECONDS
from .data import HearkenConfigEntry, ServerData, ends_speech
from .dialogue.finder import SentenceFinder
from .dialogue.understanding import (
    LookAgain,
    NearSentences,
    Propose,
    Understanding,
)
from .dialogue.wake_phrase import alternatives_without_phrase, without_phrase
from .entity import HearkenServerEntity
from .errors import CannotConnectError, HearkenError
from .languages import with_variants
from .names.gather import HouseNames
from .pipelines.answering import async_asks_in_doubt
from .protocol import (
    Alternative,
    NameProposals,
    TranscribeOptions,
    UtteranceState,
)
from .satellite.follow_up import FollowUp
from .satellite.run_context import RunContext, own_run

_LOGGER = logging.getLogger(__name__)

PARALLEL_UPDATES = 0

_UNSURE_CONFIDENCE: Final = 0.8
"""Confidence of a text below which words that may be anything are asked about."""

# The class of a partial result, available in Home Assistant 2026.11 and later.
_PARTIAL = getattr(stt, "PartialSpeechResult", None)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the speech-to-text entity of a server."""
    if isinstance(entry.runtime_data, ServerData):
        async_add_entities([HearkenSpeechToText(entry, entry.runtime_data)])


class HearkenSpeechToText(HearkenServerEntity, SpeechToTextEntity):
    """The speech server as a speech-to-text engine."""

    def __init__(self, entry: HearkenConfigEntry, data: ServerData) -> None:
        """Initialize the entity."""
        super().__init__(data.coordinator, "speech_to_text")
        self._vocabulary = data.vocabulary
        self._sentences = SentenceFinder(data.coordinator.hass)
        self._entry = entry

    @property
    def _ends_speech(self) -> bool:
        """Return whether the server detects the end of speech.

        Evaluated for each command: a run that waits for its wake word keeps this
        entity even if the option changes meanwhile.
        """
        return ends_speech(self._entry)

    @property
    @override
    def supported_languages(self) -> list[str]:
        """Return all tags of the languages that the server's model supports."""
        return with_variants(self.abilities.transcription_languages)

    @property
    @override
    def supported_formats(self) -> list[AudioFormats]:
        """Return the supported container."""
        return [AudioFormats.WAV]

    @property
    @override
    def supported_codecs(self) -> list[AudioCodecs]:
        """Return the supported codec."""
        return [AudioCodecs.PCM]

    @property
    @override
    def supported_bit_rates(self) -> list[AudioBitRates]:
        """Return the supported sample width."""
        return [AudioBitRates.BITRATE_16]

    @property
    @override
    def supported_sample_rates(self) -> list[AudioSampleRates]:
        """Return the supported sample rate."""
        return [AudioSampleRates.SAMPLERATE_16000]

    @property
    @override
    def supported_channels(self) -> list[AudioChannels]:
        """Return the supported channels."""
        return [AudioChannels.CHANNEL_MONO]

    @property
    @override
    def audio_processing(self) -> SpeechAudioProcessing:
        """Return how audio should be processed before it is sent here."""
        return SpeechAudioProcessing(
            requires_external_vad=not self._ends_speech,
            prefers_auto_gain_enabled=False,
            prefers_noise_reduction_enabled=False,
        )

    @override
    async def async_process_audio_stream(
        self, metadata: SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> SpeechResult:
        """Return the text of a command."""
        return await self._hear(metadata, stream)

    async def async_process_audio_stream_with_progress(
        self, metadata: SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> AsyncGenerator[Any]:
        """Yield partial texts as they arrive, and then the final text.

        Home Assistant 2026.11 and later use it.
        """
        latest = _LatestText()
        own_run()
        hearing = self.hass.async_create_task(
            self._hear(metadata, stream, latest.put), "hearken speech-to-text"
        )
        hearing.add_done_callback(latest.finish)
        try:
            while (text := await latest.get()) is not None:
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
        """Transcribe on the server and prefer what Home Assistant understands."""
        speaker = own_run()
        vocabulary = self._vocabulary
        understanding = Understanding(
            self.hass,
            metadata.language,
            speaker,
            vocabulary.known,
            _near(self._sentences, metadata.language, vocabulary.known, speaker),
        )
        # The wake word has arrived once the first of the command has.
        stream, lead = await _with_lead(stream, speaker)
        phrase = speaker.wake_phrase
        request = TranscribeRequest(
            options=TranscribeOptions(
                endpointing=self._ends_speech,
                partials=self._ends_speech or on_partial is not None,
                pauses_only=self._ends_speech and on_partial is None,
                vocabulary=vocabulary.key,
                lead_seconds=len(lead) / SPEECH_FORMAT.bytes_per_second,
                no_speech_seconds=FOLLOW_UP_SECONDS if speaker.follow_up else None,
            ),
            sensitivity=speaker.sensitivity,
            judge=_judge(understanding, phrase) if self._ends_speech else None,
            on_partial=on_partial,
            on_voice_started=speaker.on_voice_started,
            on_speech_ended=speaker.on_speech_ended,
            on_vocabulary_missing=vocabulary.async_send_again,
        )
        try:
            async with transcribing(
                self.server_address, stream, language=metadata.language, request=request
            ) as heard:
                _note_silence(heard.transcription)
                speaker.notes.heard = without_phrase(heard.transcription.text, phrase)
                text = await _chosen(
                    understanding,
                    heard,
                    phrase,
                    speaker,
                    partial(async_asks_in_doubt, self.hass, self.entity_id),
                )
                speaker.notes.unsure = (
                    text
                    if understanding.is_guess
                    else _if_unsure(text, heard.transcription, phrase)
                )
                if speaker.follow_up is FollowUp.COMMAND:
                    text = await _only_command(understanding, text)
        except HearkenError as err:
            self._note_failure(err)
            return SpeechResult(None, SpeechResultState.ERROR)
        return SpeechResult(text, SpeechResultState.SUCCESS)

    def _note_failure(self, err: HearkenError) -> None:
        """Log why nothing was heard, and look whether the server is there."""
        _LOGGER.error("%s could not transcribe: %s", self.coordinator.name, err)
        if isinstance(err, CannotConnectError):
            self.coordinator.async_check_now()


def _near(
    finder: SentenceFinder, language: str, names: HouseNames, speaker: RunContext
) -> NearSentences:
    """Return what finds commands like a text; there are none in talk among people."""

    async def near(texts: Sequence[str]) -> Sequence[str]:
        """Return the commands."""
        if speaker.follow_up is FollowUp.COMMAND:
            return ()
        return await finder.near(language, names, texts)

    return near


def _propose(heard: Transcribed, phrase: str | None) -> Propose:
    """Return what asks for names and sentences, without the wake word in the texts."""

    async def propose(sentences: Sequence[str]) -> NameProposals:
        """Return what may have been said."""
        found = await heard.propose_names(sentences)
        return replace(
            found,
            proposals=tuple(
                replace(one, text=without_phrase(one.text, phrase))
                for one in found.proposals
            ),
        )

    return propose


def _look(heard: Transcribed, phrase: str | None, speaker: RunContext) -> LookAgain:
    """Return what looks at the recording again, without the wake word in the text."""

    async def look_again() -> str:
        """Return the text of a longer look, which talk among people is not worth."""
        if speaker.follow_up is FollowUp.COMMAND:
            return ""
        return without_phrase(await heard.look_again(), phrase)

    return look_again


def _if_unsure(text: str, heard: Transcription, phrase: str | None) -> str:
    """Return the text that was chosen if the server is not sure of it, else nothing."""
    known = {
        one.text: one.confidence
        for one in alternatives_without_phrase(heard.alternatives, phrase)
    }
    if heard.details is not None and heard.details.confidence is not None:
        known[without_phrase(heard.text, phrase)] = heard.details.confidence
    return text if known.get(text, 1.0) < _UNSURE_CONFIDENCE else ""


def _judge(understanding: Understanding, phrase: str | None) -> Judge:
    """Return what judges partial texts, which may begin with the wake word."""

    async def judge(
        text: str, alternatives: Sequence[Alternative] = ()
    ) -> UtteranceState:
        """Return whether the command in a text is complete."""
        return await understanding.state_of(
            without_phrase(text, phrase),
            alternatives_without_phrase(alternatives, phrase),
        )

    return judge


async def _with_lead(
    stream: AsyncIterable[bytes], run: RunContext
) -> tuple[AsyncIterable[bytes], bytes]:
    """Return the audio with that of its wake word before it, and the latter."""
    if not run.has_wake_word:
        return stream, b""
    chunks = aiter(stream)
    first = await anext(chunks, b"")
    lead = run.lead_audio

    async def joined() -> AsyncGenerator[bytes]:
        """Yield the wake word, then the stream."""
        yield lead + first
        async for chunk in chunks:
            yield chunk

    return joined(), lead


class _LatestText:
    """Holds the latest partial text until it is fetched."""

    def __init__(self) -> None:
        """Start without a text."""
        self._text: str | None = None
        self._is_finished = False
        self._news = asyncio.Event()

    def put(self, text: str) -> None:
        """Replace the text by a newer one."""
        self._text = text
        self._news.set()

    def finish(self, _task: object) -> None:
        """Announce that there will be no more texts."""
        self._is_finished = True
        self._news.set()

    async def get(self) -> str | None:
        """Return the next text, None when there are no more."""
        while True:
            text, self._text = self._text, None
            if text is not None or self._is_finished:
                return text
            await self._news.wait()
            self._news.clear()


async def _chosen(
    understanding: Understanding,
    heard: Transcribed,
    phrase: str | None,
    speaker: RunContext,
    asks_in_doubt: Callable[[], bool],
) -> str:
    """Return the text to act on: what Home Assistant understands, if anything."""
    others = alternatives_without_phrase(heard.transcription.alternatives, phrase)
    if heard.transcription.text:
        return await understanding.choose(
            speaker.notes.heard,
            others,
            _propose(heard, phrase),
            _look(heard, phrase, speaker),
        )
    # The server doubts that anybody spoke, and without a wake word nobody had to.
    if speaker.follow_up or not asks_in_doubt():
        return ""
    notes = speaker.notes
    if text := await understanding.possible(others):
        notes.heard = notes.doubted = text
        notes.is_silent = False
    return text


async def _only_command(understanding: Understanding, text: str) -> str:
    """Return a text that is a command, or else none: it was meant for someone else.

    A command that only leaves open for which device is one: it leads to a question.
    """
    is_command = bool(text) and (
        await understanding.understands(text) or await understanding.asks_which(text)
    )
    return text if is_command else ""


def _note_silence(heard: Transcription) -> None:
    """Note in the record of the exchange why there is no text."""
    details = heard.details
    if not heard.text and details is not None:
        own_run().notes.is_silent = details.empty_reason is not None
