"""Turning one spoken command into text."""

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error

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
from ..protocol import Partial, TranscribeOptions, TranscriptDetails, UtteranceEnded
from .connection import Address, Connection, connect
from .hints import HintGiver, Judge
from .pcm import SPEECH_FORMAT, WavReader
from .wire import parse

_LOGGER = logging.getLogger(__name__)

_PIECE_BYTES: Final = 512 * SPEECH_FORMAT.frame_bytes
"""What the server judges at a time, 32 ms: nothing is decided later for it, and both
ends handle a third of the pieces that Home Assistant makes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Transcription:
    """What the server understood."""

    text: str
    context: dict[str, Any]

    @property
    def details(self) -> TranscriptDetails | None:
        """Return what the server told about the text, where it told anything."""
        return TranscriptDetails.from_context(self.context)


@dataclass(frozen=True, kw_only=True, slots=True)
class TranscribeRequest:
    """What is asked for beyond the text."""

    options: TranscribeOptions = field(default_factory=TranscribeOptions)
    sensitivity: str | None = None
    """How soon the end of the command is detected, in Wyoming's words."""
    judge: Judge | None = None
    """Says whether a text so far is a complete command."""
    on_partial: Callable[[str], None] | None = None
    """Is told the text so far."""
    on_speech_ended: Callable[[], None] | None = None
    """Is told that no more audio is wanted; the text is still to come."""


NOTHING_MORE = TranscribeRequest()


async def transcribe(
    address: Address,
    audio: AsyncIterable[bytes],
    *,
    language: str,
    wishes: TranscribeRequest = NOTHING_MORE,
) -> Transcription:
    """Send the audio as it comes and return what was said."""
    chunks = aiter(audio)
    try:
        async with connect(address) as connection:
            await connection.write(_request(language, wishes))
            await connection.write(
                AudioStart(
                    rate=SPEECH_FORMAT.rate_hz,
                    width=SPEECH_FORMAT.width_bytes,
                    channels=SPEECH_FORMAT.channels,
                )
            )
            return await _exchange(connection, chunks, wishes)
    finally:
        if close := getattr(chunks, "aclose", None):
            await close()


def _request(language: str, wishes: TranscribeRequest) -> Transcribe:
    """Return the request; who wants nothing more asks as any Wyoming client."""
    context = (
        None if wishes.options == TranscribeOptions() else wishes.options.context()
    )
    return Transcribe(
        language=language, context=context, vad_sensitivity=wishes.sensitivity
    )


async def _exchange(
    connection: Connection, chunks: AsyncIterator[bytes], wishes: TranscribeRequest
) -> Transcription:
    """Send audio until it ends or the answer comes, whichever is first."""
    hints = HintGiver(connection, wishes.judge)
    upload = asyncio.create_task(_upload(connection, chunks))
    answer = asyncio.create_task(_receive(connection, wishes, hints))
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
    """Send the audio and then its end."""
    sender = _Sender(connection)
    end = asyncio.get_running_loop().time() + LISTEN_TIMEOUT_SECONDS
    try:
        while (data := await _next(chunks, end)) is not None:
            await sender.add(data)
        await sender.finish()
    except ConnectionLostError:
        # The server may have said why before it hung up: that is the answer.
        _LOGGER.debug("The server takes no more audio")


async def _next(chunks: AsyncIterator[bytes], end: float) -> bytes | None:
    """Return the next piece of audio, or None when there is no more."""
    if asyncio.get_running_loop().time() >= end:
        _LOGGER.warning(
            "A command of more than %s s; making do with it", LISTEN_TIMEOUT_SECONDS
        )
        return None
    try:
        async with asyncio.timeout(AUDIO_TIMEOUT_SECONDS):
            return await anext(chunks, None)
    except TimeoutError:
        _LOGGER.warning(
            "No audio for %s s; making do with what has come", AUDIO_TIMEOUT_SECONDS
        )
        return None


class _Sender:
    """Sends samples in pieces that the server can make something of."""

    def __init__(self, connection: Connection) -> None:
        """Begin with nothing to send."""
        self._connection = connection
        self._reader = WavReader(headerless=SPEECH_FORMAT)
        self._waiting = bytearray()

    async def add(self, data: bytes) -> None:
        """Take some bytes, and send the pieces that are whole."""
        self._take(self._reader.feed(data))
        await self._send(len(self._waiting) // _PIECE_BYTES * _PIECE_BYTES)

    async def finish(self) -> None:
        """Send what is left, and say that it was all."""
        self._take(self._reader.rest())
        await self._send(len(self._waiting))
        await self._connection.write(AudioStop())

    def _take(self, samples: bytes) -> None:
        """Keep samples, if they are of the right kind."""
        if samples and self._reader.format != SPEECH_FORMAT:
            msg = f"speech has to be {SPEECH_FORMAT}, this is {self._reader.format}"
            raise AudioFormatError(msg)
        self._waiting += samples

    async def _send(self, count: int) -> None:
        """Send so many of the bytes that wait."""
        if not count:
            return
        audio = bytes(self._waiting[:count])
        del self._waiting[:count]
        await self._connection.write(
            AudioChunk(
                rate=SPEECH_FORMAT.rate_hz,
                width=SPEECH_FORMAT.width_bytes,
                channels=SPEECH_FORMAT.channels,
                audio=audio,
            )
        )


async def _receive(
    connection: Connection, wishes: TranscribeRequest, hints: HintGiver
) -> Transcription:
    """Wait for the answer, and pass on what comes before it."""
    while True:
        event = await connection.read()
        if Error.is_type(event.type):
            error = parse(Error.from_event, event)
            raise RequestRefusedError(error.text, error.code)
        if Transcript.is_type(event.type):
            return _heard(parse(Transcript.from_event, event))
        if Partial.is_type(event.type):
            partial = parse(Partial.from_event, event)
            hints.consider(partial)
            if wishes.on_partial is not None:
                wishes.on_partial(partial.text)
        elif UtteranceEnded.is_type(event.type):
            _LOGGER.debug("End of speech: %s", event.data)
            if wishes.on_speech_ended is not None:
                wishes.on_speech_ended()


def _heard(transcript: Transcript) -> Transcription:
    """Return what the server understood, if it makes sense."""
    if (
        not isinstance(transcript.text, str)
        or len(transcript.text) > MAX_TRANSCRIPT_CHARACTERS
    ):
        msg = "a transcript without a text"
        raise BadEventError(msg)
    context = transcript.context if isinstance(transcript.context, dict) else {}
    return Transcription(text=transcript.text, context=context)
