"""Transcription of a command by the server."""

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, Eventable
from wyoming.vad import VoiceStarted

from ..const import (
    AUDIO_TIMEOUT_SECONDS,
    LISTEN_TIMEOUT_SECONDS,
    MAX_TRANSCRIPT_CHARACTERS,
    TRANSCRIPT_TIMEOUT_SECONDS,
)
from ..errors import (
    AudioFormatError,
    BadEventError,
    ConnectionLostError,
    RequestRefusedError,
)
from ..protocol import (
    Alternative,
    LookAgain,
    NameProposals,
    Partial,
    ProposeNames,
    SecondLook,
    TranscribeOptions,
    TranscriptDetails,
    UtteranceEnded,
    VocabularyMissing,
)
from .connection import Address, Connection, Request, connect
from .hints import HintGiver, Judge
from .pcm import SPEECH_FORMAT, WavReader
from .wire import parse

_LOGGER = logging.getLogger(__name__)

_CHUNK_BYTES: Final = 512 * SPEECH_FORMAT.frame_bytes
"""32 ms, the step in which the server detects speech: larger chunks than Home
Assistant's save work at both ends without delaying a decision."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Transcription:
    """The transcript of a command."""

    text: str
    context: dict[str, Any]

    @property
    def details(self) -> TranscriptDetails | None:
        """Return the server's details of the transcript, None if it sent none."""
        return TranscriptDetails.from_context(self.context)

    @property
    def alternatives(self) -> tuple[Alternative, ...]:
        """Return the alternative texts, the best first."""
        details = self.details
        return () if details is None else details.alternatives


@dataclass(frozen=True, kw_only=True, slots=True)
class TranscribeRequest:
    """The options of a transcription, and callbacks during speech."""

    options: TranscribeOptions = field(default_factory=TranscribeOptions)
    sensitivity: str | None = None
    """How soon the end of speech is detected, as Wyoming's ``vad_sensitivity``."""
    judge: Judge | None = None
    """Judges whether a partial transcript is a complete command."""
    on_partial: Callable[[str], None] | None = None
    """Called with each partial transcript."""
    on_voice_started: Callable[[], None] | None = None
    """Called when someone begins to speak."""
    on_speech_ended: Callable[[], None] | None = None
    """Called at the end of speech, before the transcript arrives."""
    on_vocabulary_missing: Callable[[], None] | None = None
    """Called if the server does not have the vocabulary of the request."""


class Transcribed:
    """A transcript, and the connection on which to ask for more about it."""

    def __init__(self, transcription: Transcription, connection: Connection) -> None:
        """Use the connection that the transcript arrived on."""
        self.transcription = transcription
        self._connection = connection

    async def propose_names(self, sentences: Sequence[str] = ()) -> NameProposals:
        """Return the transcript with names that may have been said, the best first.

        And how well these sentences fit the sound. Empty if the server cannot say it.
        Cancel this if it takes too long.
        """
        details = self.transcription.details
        if details is None or not details.offers_names:
            return NameProposals()
        question = ProposeNames(sentences=tuple(sentences))
        answer = await self._ask(question, "names", NameProposals)
        return NameProposals() if answer is None else answer

    async def look_again(self) -> str:
        """Return another text of the recording; cancel this if it takes too long.

        Empty if the server has none. It takes as long as a whole recognition.
        """
        details = self.transcription.details
        if details is None or not details.offers_look:
            return ""
        answer = await self._ask(LookAgain(), "second look", SecondLook)
        return "" if answer is None else answer.text

    async def _ask[AnswerT: (NameProposals, SecondLook)](
        self, question: Eventable, what: str, kind: type[AnswerT]
    ) -> AnswerT | None:
        """Return the answer to a question, None if the server has none."""
        try:
            await self._connection.write(question)
            asked = Request(what)
            while True:
                event = await self._connection.read_for(asked)
                if kind.is_type(event.type):
                    return parse(kind.from_event, event)
                if Error.is_type(event.type):
                    _LOGGER.debug("The server has no %s: %s", what, event.data)
                    return None
        except (BadEventError, ConnectionLostError) as err:
            _LOGGER.debug("The server has no %s: %s", what, err)
            return None


_DEFAULT_REQUEST: Final = TranscribeRequest()


async def transcribe(
    address: Address,
    audio: AsyncIterable[bytes],
    *,
    language: str,
    request: TranscribeRequest = _DEFAULT_REQUEST,
) -> Transcription:
    """Send the audio as it arrives and return the transcript."""
    async with transcribing(
        address, audio, language=language, request=request
    ) as transcribed:
        return transcribed.transcription


@asynccontextmanager
async def transcribing(
    address: Address,
    audio: AsyncIterable[bytes],
    *,
    language: str,
    request: TranscribeRequest = _DEFAULT_REQUEST,
) -> AsyncIterator[Transcribed]:
    """Send the audio as it arrives; yield the transcript while still connected."""
    chunks = aiter(audio)
    try:
        async with connect(address) as connection:
            await connection.write(_transcribe_event(language, request))
            await connection.write(AudioStart(**SPEECH_FORMAT.wyoming_fields))
            transcription = await _exchange(connection, chunks, request)
            await _close(chunks)
            yield Transcribed(transcription, connection)
    finally:
        await _close(chunks)


async def _close(chunks: AsyncIterator[bytes]) -> None:
    """Release the source of the audio."""
    if close := getattr(chunks, "aclose", None):
        await close()


def _transcribe_event(language: str, request: TranscribeRequest) -> Transcribe:
    """Return the event that requests a transcript; default options are left out."""
    context = (
        None if request.options == TranscribeOptions() else request.options.context()
    )
    return Transcribe(
        language=language, context=context, vad_sensitivity=request.sensitivity
    )


async def _exchange(
    connection: Connection, chunks: AsyncIterator[bytes], request: TranscribeRequest
) -> Transcription:
    """Send audio until it ends or the transcript arrives, whichever is first."""
    hints = HintGiver(connection, request.judge)
    upload = asyncio.create_task(_upload(connection, chunks))
    answer = asyncio.create_task(_receive(connection, request, hints))
    try:
        await asyncio.wait({upload, answer}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            upload.result()
        async with asyncio.timeout(TRANSCRIPT_TIMEOUT_SECONDS):
            return await answer
    except TimeoutError as err:
        msg = "no transcript in time"
        raise ConnectionLostError(msg) from err
    finally:
        upload.cancel()
        answer.cancel()
        await asyncio.gather(upload, answer, return_exceptions=True)
        await hints.close()


async def _upload(connection: Connection, chunks: AsyncIterator[bytes]) -> None:
    """Send the audio and the event that ends it."""
    sender = _Sender(connection)
    end = asyncio.get_running_loop().time() + LISTEN_TIMEOUT_SECONDS
    try:
        while (data := await _next(chunks, end)) is not None:
            await sender.add(data)
        await sender.finish()
    except ConnectionLostError:
        # The server may have sent an error before it closed the connection: that
        # error says more than this one.
        _LOGGER.debug("The server accepts no more audio")


async def _next(chunks: AsyncIterator[bytes], end: float) -> bytes | None:
    """Return the next chunk of audio, None at the end or when time is up."""
    if asyncio.get_running_loop().time() >= end:
        _LOGGER.warning(
            "The command is longer than %s s; the rest is ignored",
            LISTEN_TIMEOUT_SECONDS,
        )
        return None
    try:
        async with asyncio.timeout(AUDIO_TIMEOUT_SECONDS):
            return await anext(chunks, None)
    except TimeoutError:
        _LOGGER.warning(
            "No audio for %s s; the command ends here", AUDIO_TIMEOUT_SECONDS
        )
        return None


class _Sender:
    """Sends samples in chunks of the size that suits the server."""

    def __init__(self, connection: Connection) -> None:
        """Start with an empty buffer."""
        self._connection = connection
        self._reader = WavReader(headerless=SPEECH_FORMAT)
        self._buffer = bytearray()

    async def add(self, data: bytes) -> None:
        """Buffer bytes and send whole chunks."""
        self._append(self._reader.feed(data))
        await self._send(len(self._buffer) // _CHUNK_BYTES * _CHUNK_BYTES)

    async def finish(self) -> None:
        """Send the rest of the buffer and the end of the audio."""
        self._append(self._reader.rest())
        await self._send(len(self._buffer))
        await self._connection.write(AudioStop())

    def _append(self, samples: bytes) -> None:
        """Buffer samples; raise if they have the wrong format."""
        if samples and self._reader.format != SPEECH_FORMAT:
            msg = f"the audio is {self._reader.format} instead of {SPEECH_FORMAT}"
            raise AudioFormatError(msg)
        self._buffer += samples

    async def _send(self, count: int) -> None:
        """Send this many bytes of the buffer."""
        if not count:
            return
        audio = bytes(self._buffer[:count])
        del self._buffer[:count]
        await self._connection.write(
            AudioChunk(**SPEECH_FORMAT.wyoming_fields, audio=audio)
        )


async def _receive(
    connection: Connection, request: TranscribeRequest, hints: HintGiver
) -> Transcription:
    """Return the transcript; handle the events that precede it."""
    asked = Request("transcript")
    while True:
        event = await connection.read_for(asked)
        if Error.is_type(event.type):
            error = parse(Error.from_event, event)
            raise RequestRefusedError(error.text, error.code)
        if Transcript.is_type(event.type):
            return _transcription(parse(Transcript.from_event, event))
        if Partial.is_type(event.type):
            partial = parse(Partial.from_event, event)
            hints.consider(partial)
            if request.on_partial is not None:
                request.on_partial(partial.text)
        elif (on_event := _callback_for(event, request)) is not None:
            on_event()


def _callback_for(
    event: Event, request: TranscribeRequest
) -> Callable[[], None] | None:
    """Return what is to be called because of an event, None if nothing is."""
    if VoiceStarted.is_type(event.type):
        return request.on_voice_started
    if UtteranceEnded.is_type(event.type):
        _LOGGER.debug("End of speech: %s", event.data)
        return request.on_speech_ended
    if VocabularyMissing.is_type(event.type):
        return request.on_vocabulary_missing
    return None


def _transcription(transcript: Transcript) -> Transcription:
    """Return the content of a transcript; raise BadEventError if it is invalid."""
    if (
        not isinstance(transcript.text, str)
        or len(transcript.text) > MAX_TRANSCRIPT_CHARACTERS
    ):
        msg = "the transcript has no text, or too long a text"
        raise BadEventError(msg)
    context = transcript.context if isinstance(transcript.context, dict) else {}
    return Transcription(text=transcript.text, context=context)
