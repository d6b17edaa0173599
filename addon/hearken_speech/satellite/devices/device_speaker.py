"""A real speaker, which may be in use, unplugged and plugged in again."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from hearken_speech.audio.format import AudioFormat, to_bytes
from hearken_speech.errors import HearkenError

from .listing import DEFAULT, Direction, find_in_time
from .play_buffer import PlayBuffer
from .portaudio import StreamError, close_stream, open_stream
from .speaker import SpeakerError

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples

    from .echo import EchoReference
    from .portaudio import Stream

USUAL: Final = AudioFormat(48_000, 2, 2)
_MAX_CHANNELS: Final = 2
_BLOCKS_A_SECOND: Final = 50
# A device that takes nothing for so long is gone.
_STALLED_SECONDS: Final = 3.0
_BUSY_SECONDS: Final = 2.0
_BUSY_STEP_SECONDS: Final = 0.2


class DeviceSpeaker:
    """Plays on a device, which is opened for each sound."""

    def __init__(
        self, name: str = DEFAULT, reference: EchoReference | None = None
    ) -> None:
        """Play on the device with this name; tell the reference what is heard."""
        self._name = name
        self._reference = reference
        self.format = USUAL
        self._stream: Stream | None = None
        self._buffer = PlayBuffer(USUAL)
        self._earlier_samples = 0
        self._stopped = asyncio.Event()

    @property
    def position_samples(self) -> int:
        """Samples heard so far."""
        return self._earlier_samples + self._buffer.heard_samples

    async def open(self) -> None:
        """Begin a sound; a device that another program uses is waited for."""
        self._stopped.clear()
        self._earlier_samples += self._buffer.heard_samples
        self._buffer = PlayBuffer(self.format)
        end = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                self._stream = await self._opened()
            except StreamError as err:
                if not err.is_busy or time.monotonic() > end:
                    raise SpeakerError(str(err)) from err
                await asyncio.sleep(_BUSY_STEP_SECONDS)
            except HearkenError as err:
                raise SpeakerError(str(err)) from err
            else:
                return

    async def _opened(self) -> Stream:
        device = await find_in_time(Direction.SPEAKER, self._name)
        self.format = AudioFormat(
            device.rate_hz, 2, max(1, min(device.channels, _MAX_CHANNELS))
        )
        self._buffer = PlayBuffer(self.format, self._reference)
        frames = self.format.rate_hz // _BLOCKS_A_SECOND
        return await open_stream(device, self.format, frames, self._buffer.take)

    async def write(self, samples: Samples) -> None:
        """Queue samples; wait while the buffer is full."""
        if not len(samples):
            return
        data = to_bytes(samples)
        step = self._buffer.capacity_bytes // 2
        for first in range(0, len(data), step):
            piece = data[first : first + step]
            while not self._stopped.is_set() and not self._buffer.has_room(len(piece)):
                await self._taken()
            if self._stopped.is_set():
                return
            self._buffer.put(piece)

    async def drain(self) -> None:
        """Wait until everything that was written has been heard."""
        while not self._stopped.is_set() and self._buffer.waiting_bytes:
            await self._taken()
        seconds = self._buffer.seconds_until_heard()
        if seconds > 0:
            await self._wait_stopped(seconds)

    def stop(self) -> None:
        """Drop what has not been heard."""
        self._buffer.clear()
        self._stopped.set()

    async def close(self) -> None:
        """Give the device back."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await close_stream(stream)

    async def _taken(self) -> None:
        """Wait until the device takes samples; raise SpeakerError if it does not."""
        try:
            async with asyncio.timeout(_STALLED_SECONDS):
                await self._buffer.change()
        except TimeoutError:
            msg = "the speaker takes no sound: is it still plugged in?"
            raise SpeakerError(msg) from None

    async def _wait_stopped(self, seconds: float) -> None:
        """Wait, but not longer than until the sound is stopped."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            return
