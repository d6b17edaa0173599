"""A plain Wyoming client without Hearken's extensions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient

if TYPE_CHECKING:
    from wyoming.event import Event, Eventable

    from hearken_speech.audio.format import Samples

_LAYOUT: dict[str, Any] = {"rate": 16000, "width": 2, "channels": 1}


async def ask(port: int, request: Eventable, samples: Samples) -> Event:
    """Send a request and its audio; return the first answer."""
    async with asyncio.timeout(30), AsyncTcpClient("127.0.0.1", port) as client:
        await client.write_event(request.event())
        await client.write_event(AudioStart(**_LAYOUT).event())
        for first in range(0, len(samples), 1024):
            audio = samples[first : first + 1024].tobytes()
            await client.write_event(AudioChunk(**_LAYOUT, audio=audio).event())
        await client.write_event(AudioStop().event())
        event: Event | None = await client.read_event()
        assert event is not None, "the server closed the connection"
        return event


async def transcribe(port: int, samples: Samples) -> Event:
    """Return the server's answer to a recording."""
    return await ask(port, Transcribe(language="en"), samples)
