"""The sound of the demo through a real audio server: a virtual room and a speaker."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Final

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient

from hearken_speech.audio import wav
from hearken_speech.protocol import (
    SAMPLE_CHANNELS,
    SAMPLE_RATE_HZ,
    SAMPLE_WIDTH_BYTES,
)
from house import sound
from house.audio_server import MICROPHONE, SPEAKER, audio_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from hearken_speech.audio.format import Samples
    from house.audio_server import AudioServer
    from house.sound import Spoken

_LAYOUT: Final = {
    "rate": SAMPLE_RATE_HZ,
    "width": SAMPLE_WIDTH_BYTES,
    "channels": SAMPLE_CHANNELS,
}
_TRANSCRIPT_SECONDS: Final = 30.0
_PLAYER_SECONDS: Final = 0.15
"""How long the playing program takes to start."""


class RealAudio:
    """Plays a sentence into the room, and listens to what the speaker says."""

    def __init__(self, server: AudioServer, answer: Path) -> None:
        """Keep what the speaker says in this file."""
        self.server = server
        """The audio server, whose devices can be unplugged."""
        self._answer = answer
        self.started: float | None = None
        """When the sentence began, in seconds since the epoch."""

    @property
    def environment(self) -> dict[str, str]:
        """What the satellite needs to find the audio server."""
        return self.server.environment

    @property
    def arguments(self) -> tuple[str, ...]:
        """The satellite's microphone and speaker."""
        return (
            *("--microphone", f"device:{MICROPHONE}"),
            *("--speaker", f"device:{SPEAKER}"),
        )

    @contextlib.asynccontextmanager
    async def speaking(self, spoken: Spoken) -> AsyncIterator[None]:
        """Play the sentence, and record the speaker while in the context."""
        async with self.server.recording(self._answer):
            self.started = time.time() + _PLAYER_SECONDS
            playing = asyncio.create_task(self.server.play(spoken.samples))
            try:
                yield
            finally:
                playing.cancel()
                await asyncio.gather(playing, return_exceptions=True)

    async def understood(self, port: int) -> str:
        """Return what the speech server at this port understands of the answer."""
        answer = await asyncio.to_thread(wav.read, self._answer)
        return await transcribe(port, sound.trim(answer))


async def transcribe(port: int, samples: Samples) -> str:
    """Return the text of a recording."""
    async with (
        asyncio.timeout(_TRANSCRIPT_SECONDS),
        AsyncTcpClient("127.0.0.1", port) as client,
    ):
        await client.write_event(Transcribe(language="en").event())
        await client.write_event(AudioStart(**_LAYOUT).event())
        for first in range(0, len(samples), 1024):
            audio = samples[first : first + 1024].tobytes()
            await client.write_event(AudioChunk(**_LAYOUT, audio=audio).event())
        await client.write_event(AudioStop().event())
        while event := await client.read_event():
            if Transcript.is_type(event.type):
                return Transcript.from_event(event).text
    return ""


@contextlib.asynccontextmanager
async def real_audio(folder: Path, answer: Path) -> AsyncIterator[RealAudio]:
    """Run the audio server with its files in this folder."""
    with audio_server(folder) as server:
        yield RealAudio(server, answer)
