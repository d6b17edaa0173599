"""Speak a text, and send the samples as they are produced."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any, Final

from wyoming.audio import AudioChunk, AudioStart, AudioStop

from hearken_speech.audio.format import to_bytes
from hearken_speech.tts.espeak import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wyoming.event import Eventable
    from wyoming.tts import Synthesize

    from hearken_speech.tts.espeak import Espeak

_CHUNK_SAMPLES: Final = 2048


async def speak(
    espeak: Espeak,
    request: Synthesize,
    send: Callable[[Eventable], Awaitable[None]],
    *,
    is_trusted: bool = False,
) -> float:
    """Send a text as speech; return the seconds until its first sound."""
    name = request.voice.name if request.voice else None
    language = request.voice.language if request.voice else None
    voice = espeak.choose(name, language)
    layout: dict[str, Any] = {"rate": RATE_HZ, "width": 2, "channels": 1}
    start = time.perf_counter()
    seconds: float | None = None
    speech = espeak.speak(request.text, voice, is_trusted=is_trusted)
    async with contextlib.aclosing(speech) as sound:
        async for samples in sound:
            if seconds is None:
                seconds = time.perf_counter() - start
                await send(AudioStart(**layout))
            for first in range(0, len(samples), _CHUNK_SAMPLES):
                piece = to_bytes(samples[first : first + _CHUNK_SAMPLES])
                await send(AudioChunk(**layout, audio=piece))
    if seconds is None:
        seconds = time.perf_counter() - start
        await send(AudioStart(**layout))
    await send(AudioStop())
    return seconds
