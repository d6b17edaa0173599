"""Text-to-speech on the server."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from dataclasses import dataclass

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.tts import Synthesize, SynthesizeVoice

from ..const import MAX_SPEECH_BYTES, SPEECH_TIMEOUT_SECONDS
from ..errors import (
    AudioFormatError,
    BadEventError,
    ConnectionLostError,
    RequestRefusedError,
)
from .connection import Address, Connection, Request, connect
from .pcm import AudioFormat
from .wire import parse


@dataclass(frozen=True, kw_only=True, slots=True)
class Speech:
    """Samples of spoken text."""

    format: AudioFormat
    samples: bytes


async def synthesize(
    address: Address, text: str, *, language: str, voice: str | None = None
) -> Speech:
    """Return a text as speech."""

    async def texts() -> AsyncGenerator[str]:
        yield text

    stream = synthesize_stream(address, texts(), language=language, voice=voice)
    async with aclosing(stream) as pieces:
        speech = [piece async for piece in pieces]
    return Speech(
        format=speech[0].format, samples=b"".join(piece.samples for piece in speech)
    )


async def synthesize_stream(
    address: Address,
    texts: AsyncIterable[str],
    *,
    language: str,
    voice: str | None = None,
) -> AsyncGenerator[Speech]:
    """Yield texts as speech in one format, as the server produces it.

    Each text is spoken as a whole, after the one before. Raise a HearkenError if one
    of them cannot be spoken, or if there is no sound in any of them.
    """
    wanted = SynthesizeVoice(name=voice, language=language)
    audio_format: AudioFormat | None = None
    total_bytes = 0
    async for text in texts:
        async with connect(address) as connection:
            await connection.write(Synthesize(text=text, voice=wanted))
            async with aclosing(_receive(connection)) as pieces:
                async for speech in pieces:
                    total_bytes += len(speech.samples)
                    if total_bytes > MAX_SPEECH_BYTES:
                        msg = "the speech is too long"
                        raise BadEventError(msg)
                    if speech.format != (audio_format or speech.format):
                        msg = f"{speech.format} after {audio_format}"
                        raise AudioFormatError(msg)
                    audio_format = speech.format
                    yield speech
    if audio_format is None:
        msg = "the speech is empty"
        raise AudioFormatError(msg)


async def _receive(connection: Connection) -> AsyncGenerator[Speech]:
    """Yield the speech of one text."""
    audio_format: AudioFormat | None = None
    asked = Request("speech")
    while True:
        try:
            async with asyncio.timeout(SPEECH_TIMEOUT_SECONDS):
                event = await connection.read_for(asked)
        except TimeoutError as err:
            msg = "no speech in time"
            raise ConnectionLostError(msg) from err
        if Error.is_type(event.type):
            error = parse(Error.from_event, event)
            raise RequestRefusedError(error.text, error.code)
        if AudioStop.is_type(event.type):
            return
        if AudioStart.is_type(event.type):
            audio_format = _format(parse(AudioStart.from_event, event))
        elif AudioChunk.is_type(event.type):
            samples = parse(AudioChunk.from_event, event).audio
            if audio_format is None:
                msg = "the speech has no format"
                raise AudioFormatError(msg)
            if samples:
                yield Speech(format=audio_format, samples=samples)


def _format(start: AudioStart) -> AudioFormat:
    """Return the format of speech; raise AudioFormatError if it cannot be played."""
    values = (start.rate, start.width, start.channels)
    if not all(type(value) is int and value > 0 for value in values):
        msg = f"unsupported audio format: {values}"
        raise AudioFormatError(msg)
    return AudioFormat(
        rate_hz=start.rate, width_bytes=start.width, channels=start.channels
    )
