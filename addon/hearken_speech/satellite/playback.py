"""Plays sounds one after the other, each from its first samples on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Final

from hearken_speech.audio.format import Converter, to_bytes
from hearken_speech.audio.level import factor_of_volume, scale
from hearken_speech.satellite.devices.speaker import SpeakerError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from hearken_speech.audio.format import Samples
    from hearken_speech.satellite.devices.speaker import Speaker
    from hearken_speech.satellite.settings import SettingsKeeper
    from hearken_speech.satellite.sound import Sound

_LOGGER = logging.getLogger(__name__)

_MAX_WAITING_SOUNDS: Final = 4
# A speaker that takes or plays nothing for so long is broken.
_DEVICE_LIMIT_SECONDS: Final = 10.0


class SharedSpeaker:
    """A speaker that plays one sound at a time, whichever connection sends it."""

    def __init__(self, speaker: Speaker) -> None:
        """Share this speaker."""
        self._speaker = speaker
        self._lock = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[Speaker]:
        """Wait for the speaker and begin a sound; end it afterwards."""
        async with self._lock:
            await _in_time(self._speaker.open())
            try:
                yield self._speaker
            except BaseException:
                self._speaker.stop()
                with contextlib.suppress(SpeakerError):
                    await _in_time(self._speaker.close())
                raise
            await _in_time(self._speaker.close())


class Player:
    """Plays the sounds of one connection at the volume of the settings."""

    def __init__(
        self,
        speaker: SharedSpeaker,
        settings: SettingsKeeper,
        on_played: Callable[[], Awaitable[None]],
    ) -> None:
        """Play on this speaker; ``on_played`` is awaited after each answer."""
        self._shared = speaker
        self._settings = settings
        self._on_played = on_played
        self._waiting: asyncio.Queue[tuple[Sound, bool]] = asyncio.Queue(
            _MAX_WAITING_SOUNDS
        )
        self._sound: Sound | None = None
        self._speaker: Speaker | None = None

    async def put(self, sound: Sound, *, is_answer: bool) -> None:
        """Queue a sound."""
        await self._waiting.put((sound, is_answer))

    def stop(self) -> None:
        """Stop the sound that plays and drop those that wait.

        ``on_played`` is awaited for none of them.
        """
        if self._speaker is not None:
            self._speaker.stop()
        if self._sound is not None:
            self._sound.drop()
        while not self._waiting.empty():
            sound, _ = self._waiting.get_nowait()
            sound.drop()

    async def run(self) -> None:
        """Play what is queued until cancelled."""
        while True:
            sound, is_answer = await self._waiting.get()
            self._sound = sound
            try:
                await self._play(sound)
            except SpeakerError as err:
                _LOGGER.error("not played: %s", err)  # noqa: TRY400 - for users
                # To whoever sends it, the sound lasts as long as it would have.
                async for _ in sound.pieces():
                    pass
            finally:
                self._sound = None
            if is_answer and not sound.is_dropped:
                await self._on_played()

    async def _play(self, sound: Sound) -> None:
        """Play one sound, to its end or until it is stopped."""
        async with self._shared.opened() as speaker:
            self._speaker = speaker
            try:
                await self._write(sound, speaker)
                if sound.is_dropped:
                    speaker.stop()
                else:
                    await _in_time(speaker.drain())
            finally:
                self._speaker = None

    async def _write(self, sound: Sound, speaker: Speaker) -> None:
        """Write a sound to the speaker as it arrives, in the speaker's format."""
        converter = (
            None
            if sound.format == speaker.format
            else Converter(sound.format, speaker.format)
        )
        is_first = True
        async with contextlib.aclosing(sound.pieces()) as pieces:
            async for samples in pieces:
                if is_first:
                    _LOGGER.info("speaking")
                    is_first = False
                scaled = self._scaled(samples)
                if converter is not None:
                    scaled = converter.convert(to_bytes(scaled))
                await _in_time(speaker.write(scaled))
        if converter is not None and not sound.is_dropped:
            await _in_time(speaker.write(converter.flush()))

    def _scaled(self, samples: Samples) -> Samples:
        """Return samples at the volume that is set now."""
        volume = self._settings.current.volume
        return scale(samples, factor_of_volume(1.0 if volume is None else volume))


async def _in_time(action: Awaitable[None]) -> None:
    """Wait for the speaker; raise SpeakerError where it does not respond."""
    try:
        async with asyncio.timeout(_DEVICE_LIMIT_SECONDS):
            await action
    except TimeoutError as err:
        msg = f"the speaker has not responded for {_DEVICE_LIMIT_SECONDS:.0f} s"
        raise SpeakerError(msg) from err
