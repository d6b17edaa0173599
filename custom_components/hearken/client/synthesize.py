"""Turning an answer into speech."""

import asyncio
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
from .connection import Address, Connection, connect
from .pcm import AudioFormat
from .wire import parse


@dataclass(frozen=True, kw_only=True, slots=True)
class Speech:
    """Spoken words."""

    format: AudioFormat
    samples: bytes


async def synthesize(
    address: Address, text: str, *, language: str, voice: str | None = None
) -> Speech:
    """Return the text as speech."""
    wanted = SynthesizeVoice(name=voice, language=language)
    async with connect(address) as connection:
        await connection.write(Synthesize(text=text, voice=wanted))
        return await _receive(connection)


async def _receive(connection: Connection) -> Speech:
    """Collect the speech until its end."""
    audio_format: AudioFormat | None = None
    samples = bytearray()
    try:
        while True:
            async with asyncio.timeout(SPEECH_TIMEOUT_SECONDS):
                event = await connection.read()
            if Error.is_type(event.type):
                error = parse(Error.from_event, event)
                raise RequestRefusedError(error.text, error.code)
            if AudioStart.is_type(event.type):
                audio_format = _format(parse(AudioStart.from_event, event))
            elif AudioChunk.is_type(event.type):
                samples += parse(AudioChunk.from_event, event).audio
                if len(samples) > MAX_SPEECH_BYTES:
                    msg = "an answer without an end"
                    raise BadEventError(msg)
            elif AudioStop.is_type(event.type):
                if audio_format is None or not samples:
                    msg = "an answer without a sound"
                    raise AudioFormatError(msg)
                return Speech(format=audio_format, samples=bytes(samples))
    except TimeoutError as err:
        msg = "no speech in time"
        raise ConnectionLostError(msg) from err


def _format(start: AudioStart) -> AudioFormat:
    """Return the format of the speech, if it is one that can be played."""
    values = (start.rate, start.width, start.channels)
    if not all(type(value) is int and value > 0 for value in values):
        msg = f"speech of an unknown kind: {values}"
        raise AudioFormatError(msg)
    return AudioFormat(
        rate_hz=start.rate, width_bytes=start.width, channels=start.channels
    )
