"""Plays sounds one after the other, each from its first samples on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Final

from hearken_speech.audio.format import NATIVE, Converter, to_bytes
from hearken_speech.satellite.devices.speaker import SpeakerError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from hearken_speech.audio.format import AudioFormat, Samples
    from hearken_speech.satellite.devices.speaker import Speaker
    from hearken_speech.satellite.settings import SettingsKeeper
    from hearken_speech.satellite.sound import Sound

_LOGGER = logging.getLogger(__name__)

_MAX_WAITING_SOUNDS: Final = 4
# A speaker that takes or plays nothing for so long is broken.
_DEVICE_LIMIT_SECONDS: Final = 10.0


class SharedSpeaker:
    """A speaker that plays one sound at a time, whichever connection sends it.

    Media give it up whenever something else wants it.
    """

    def __init__(self, speaker: Speaker) -> None:
        """Share this speaker."""
        self._speaker = speaker
        self._lock = asyncio.Lock()
        self._waiting = 0

    @property
    def is_wanted(self) -> bool:
        """Return whether something other than media waits for the speaker."""
        return self._waiting > 0

    @property
    def is_busy(self) -> bool:
        """Return whether something plays, or is about to."""
        return self._lock.locked() or self.is_wanted

    @contextlib.asynccontextmanager
    async def opened(self, *, is_media: bool = False) -> AsyncIterator[Speaker]:
        """Wait for the speaker and begin a sound; end it afterwards."""
        async with self._held(is_media=is_media):
            await _in_time(self._speaker.open())
            try:
                yield self._speaker
            except BaseException:
                self._speaker.stop()
                with contextlib.suppress(SpeakerError):
                    await _in_time(self._speaker.close())
                raise
            await _in_time(self._speaker.close())

    async def play(self, samples: Samples) -> None:
        """Play a sound of the satellite's own to its end; raise SpeakerError."""
        async with self.opened() as speaker:
            output = Output(speaker)
            await output.write(samples)
            await output.drain()

    @contextlib.asynccontextmanager
    async def _held(self, *, is_media: bool) -> AsyncIterator[None]:
        """Wait for the speaker, and hold it while in the context."""
        self._waiting += not is_media
        try:
            await self._lock.acquire()
        finally:
            self._waiting -= not is_media
        try:
            yield
        finally:
            self._lock.release()


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
        """Write a sound to the speaker as it arrives."""
        output = Output(speaker, sound.format)
        is_first = True
        async with contextlib.aclosing(sound.pieces()) as pieces:
            async for samples in pieces:
                if is_first:
                    _LOGGER.info("speaking")
                    is_first = False
                await output.write(self._settings.at_volume(samples))
        if not sound.is_dropped:
            await output.finish()


class Output:
    """A speaker that takes samples of any format."""

    def __init__(self, speaker: Speaker, layout: AudioFormat = NATIVE) -> None:
        """Convert from this format to that of the speaker, which is open."""
        self._speaker = speaker
        self._converter = (
            None if layout == speaker.format else Converter(layout, speaker.format)
        )

    async def write(self, samples: Samples) -> None:
        """Play samples; wait while the buffer of the device is full."""
        if self._converter is not None:
            samples = self._converter.convert(to_bytes(samples))
        await _in_time(self._speaker.write(samples))

    async def finish(self) -> None:
        """Play what the conversion still holds."""
        if self._converter is not None:
            await _in_time(self._speaker.write(self._converter.flush()))

    async def drain(self) -> None:
        """Wait until everything has been heard."""
        await self.finish()
        await _in_time(self._speaker.drain())

    def stop(self) -> None:
        """Drop what has not been heard."""
        self._speaker.stop()


async def _in_time(action: Awaitable[None]) -> None:
    """Wait for the speaker; raise SpeakerError where it does not respond."""
    try:
        async with asyncio.timeout(_DEVICE_LIMIT_SECONDS):
            await action
    except TimeoutError as err:
        msg = f"the speaker has not responded for {_DEVICE_LIMIT_SECONDS:.0f} s"
        raise SpeakerError(msg) from err
