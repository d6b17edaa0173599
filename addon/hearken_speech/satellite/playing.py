"""Plays what Home Assistant sends, one thing after the other."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

import numpy as np
from wyoming.audio import AudioChunk, AudioStart

from hearken_speech.audio.format import AudioFormat, Converter, Samples
from hearken_speech.audio.level import factor_of_volume, scale
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.satellite.devices.speaker import SpeakerError, error_tone
from hearken_speech.satellite.turn import Play, PlayError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wyoming.event import Event

    from hearken_speech.satellite.devices.speaker import Speaker
    from hearken_speech.satellite.settings import SettingsKeeper

_LOGGER = logging.getLogger(__name__)

_MAX_ANSWER_SAMPLES: Final = 300 * SAMPLE_RATE_HZ
_MAX_WAITING_ANSWERS: Final = 4


class Answer:
    """Sound that is on its way here, piece by piece."""

    def __init__(self) -> None:
        """Begin without any."""
        self._pieces: list[Samples] = []
        self._count_samples = 0
        self._converter: Converter | None = None

    def begin(self, event: Event) -> None:
        """Take the beginning; a wrong one raises."""
        self.forget()
        start = AudioStart.from_event(event)
        self._converter = Converter(
            AudioFormat(start.rate, start.width, start.channels)
        )

    def add(self, event: Event) -> None:
        """Take a piece; one without a beginning is passed over."""
        if self._converter is not None:
            sound = AudioChunk.from_event(event).audio or b""
            self._keep(self._converter.convert(sound))

    def end(self) -> Samples | None:
        """Return all of it, None if there was no beginning."""
        if self._converter is None:
            return None
        self._keep(self._converter.flush())
        pieces = self._pieces
        self.forget()
        return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)

    def forget(self) -> None:
        """Pass over what has come, and what comes without a new beginning."""
        self._converter = None
        self._pieces = []
        self._count_samples = 0

    def _keep(self, samples: Samples) -> None:
        """Add to the answer, up to what fits into memory."""
        room = _MAX_ANSWER_SAMPLES - self._count_samples
        if len(samples) > room:
            _LOGGER.warning("the answer is cut off: it is too long")
        if room > 0:
            self._pieces.append(samples[:room])
            self._count_samples += min(len(samples), room)


class Player:
    """Brings sound to the speaker, as loud as the settings say."""

    def __init__(
        self,
        speaker: Speaker,
        settings: SettingsKeeper,
        on_played: Callable[[], Awaitable[None]],
    ) -> None:
        """Play on this speaker; ``on_played`` is awaited after each answer."""
        self._speaker = speaker
        self._settings = settings
        self._on_played = on_played
        self._waiting: asyncio.Queue[Play | PlayError] = asyncio.Queue(
            _MAX_WAITING_ANSWERS
        )
        self._playing: asyncio.Task[None] | None = None

    async def put(self, item: Play | PlayError) -> None:
        """Play this after everything that waits already."""
        await self._waiting.put(item)

    def stop(self) -> None:
        """Break off what is played, and forget what waits."""
        while not self._waiting.empty():
            self._waiting.get_nowait()
        if self._playing is not None:
            self._playing.cancel()

    async def run(self) -> None:
        """Play what comes until cancelled."""
        while True:
            item = await self._waiting.get()
            samples = error_tone() if isinstance(item, PlayError) else item.samples
            self._playing = asyncio.create_task(self._sound(samples))
            try:
                await asyncio.wait([self._playing])
            finally:
                self._playing.cancel()
            if isinstance(item, Play) and not self._playing.cancelled():
                await self._on_played()

    async def _sound(self, samples: Samples) -> None:
        """Play one thing."""
        volume = self._settings.current.volume
        factor = factor_of_volume(1.0 if volume is None else volume)
        try:
            await self._speaker.play(scale(samples, factor))
        except SpeakerError as err:
            _LOGGER.error("not played: %s", err)  # noqa: TRY400 - for users
