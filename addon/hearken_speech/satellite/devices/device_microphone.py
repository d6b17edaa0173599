"""A real microphone, which may be unplugged and plugged in again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from hearken_speech.audio.format import MAX_CHANNELS, NATIVE, AudioFormat
from hearken_speech.errors import HearkenError
from hearken_speech.protocol import SAMPLE_RATE_HZ

from .framing import Block, Framer, Place
from .listing import DEFAULT, Direction, SoundDevice, find_in_time
from .microphone import FRAME_SAMPLES, Frame, MicrophoneError
from .portaudio import StreamTimes, close_stream, open_stream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_LOGGER = logging.getLogger(__name__)

_BLOCKS_A_SECOND: Final = SAMPLE_RATE_HZ // FRAME_SAMPLES
_MAX_WAITING_BLOCKS: Final = _BLOCKS_A_SECOND
# A device of an audio server that was asleep takes this long.
_FIRST_BLOCK_SECONDS: Final = 4.0
_STALLED_SECONDS: Final = 1.0
# No real microphone delivers nothing but zeros: it is gone, or its switch is off.
_ZERO_SECONDS: Final = 3.0
# A look at the devices takes a second, and the last pause passes before one is noticed.
_RETRY_SECONDS: Final = (0.2, 0.5, 1.0, 2.0)
# An audio server lets a stream whose device is gone record another one.
_LOOK_SECONDS: Final = 3.0
# Each time that zeros go on after the device was opened anew, it waits twice as long.
_MAX_ZERO_SECONDS: Final = 60.0
_STEREO: Final = 2


class _Blocks:
    """A bounded queue from the thread of the stream to the event loop."""

    def __init__(self) -> None:
        """Start empty."""
        self._loop = asyncio.get_running_loop()
        self._blocks: deque[Block] = deque(maxlen=_MAX_WAITING_BLOCKS)
        self._arrived = asyncio.Event()
        self._position = 0

    def put(self, data: Any, frames: int, times: StreamTimes, _status: Any) -> None:
        """Add a block, on the stream's thread; the oldest is lost if there are many."""
        ago = times.currentTime - times.inputBufferAdcTime
        # Some drivers report no time of recording.
        ago = ago if 0 < ago < 1 else 0.0
        self._blocks.append(Block(bytes(data), self._position, time.monotonic() - ago))
        self._position += frames
        try:
            self._loop.call_soon_threadsafe(self._arrived.set)
        except RuntimeError:
            return  # the loop has ended

    async def get(self, limit_seconds: float) -> Block:
        """Return the next block; raise MicrophoneError if none comes in time."""
        try:
            async with asyncio.timeout(limit_seconds):
                while not self._blocks:
                    self._arrived.clear()
                    if not self._blocks:
                        await self._arrived.wait()
        except TimeoutError:
            msg = f"no sound for {limit_seconds:.0f} s"
            raise MicrophoneError(msg) from None
        return self._blocks.popleft()


class DeviceMicrophone:
    """Records from a device; waits for it while it is gone."""

    def __init__(self, name: str = DEFAULT, channel: int | None = None) -> None:
        """Record from the device with this name.

        ``channel`` is the one of several that is used, from 1 on; None mixes the
        channels of a stereo microphone and takes the first of a larger array.
        """
        self._name = name
        self._channel = channel
        self._zero_seconds = _ZERO_SECONDS
        self.trouble: str | None = None

    async def frames(self) -> AsyncGenerator[Frame]:
        """Yield frames while the device is there, and again when it is back."""
        failures = 0
        place: Place | None = None
        while True:
            try:
                async with contextlib.aclosing(self._recorded(place)) as frames:
                    async for frame in frames:
                        failures = 0
                        place = Place.after(frame)
                        yield frame
            except HearkenError as err:
                self._note(str(err))
            await asyncio.sleep(_RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)])
            failures += 1

    async def _recorded(self, place: Place | None) -> AsyncGenerator[Frame]:
        """Yield frames of the device; raise a HearkenError when it is gone."""
        device = await find_in_time(Direction.MICROPHONE, self._name)
        layout, column = _layout(device, self._channel)
        framer = Framer(layout, column, place)
        blocks = _Blocks()
        frames = layout.rate_hz // _BLOCKS_A_SECOND
        stream = await open_stream(device, layout, frames, blocks.put)
        try:
            limit_seconds, zero_seconds = _FIRST_BLOCK_SECONDS, 0.0
            look_seconds = time.monotonic() + _LOOK_SECONDS
            while True:
                block = await blocks.get(limit_seconds)
                limit_seconds = _STALLED_SECONDS
                if device.on_server and time.monotonic() > look_seconds:
                    await self._look_for(device)
                    look_seconds = time.monotonic() + _LOOK_SECONDS
                if block.data.strip(b"\0"):
                    zero_seconds = 0.0
                    self._zero_seconds = _ZERO_SECONDS
                    self._note(None, device.description)
                else:
                    zero_seconds += frames / layout.rate_hz
                for frame in framer.add(block):
                    yield frame
                if zero_seconds > self._zero_seconds:
                    self._believe_silence()
        finally:
            await close_stream(stream)

    async def _look_for(self, device: SoundDevice) -> None:
        """Raise a HearkenError if the audio server has another device meanwhile."""
        found = await find_in_time(Direction.MICROPHONE, self._name)
        if found.name != device.name:
            msg = f"{device.description} is no longer the default"
            raise MicrophoneError(msg)

    def _believe_silence(self) -> None:
        """Raise MicrophoneError: a device that is gone delivers zeros for ever."""
        self._zero_seconds = min(2 * self._zero_seconds, _MAX_ZERO_SECONDS)
        msg = "the microphone delivers nothing but zeros: is it switched off?"
        raise MicrophoneError(msg)

    def _note(self, trouble: str | None, name: str = "") -> None:
        """Note and log why there is no sound, or that there is some again."""
        if trouble == self.trouble:
            return
        self.trouble = trouble
        if trouble is None:
            _LOGGER.info("the microphone %s is back", name)
        else:
            _LOGGER.warning("no microphone: %s", trouble)


def _layout(device: SoundDevice, channel: int | None) -> tuple[AudioFormat, int | None]:
    """Return the format to record in, and the index of the channel to use."""
    if channel is None and device.on_server:
        # The audio server mixes and resamples better than we would.
        return NATIVE, None
    channels = min(device.channels, MAX_CHANNELS)
    if channel is not None and channel > channels:
        msg = f"{device.description} has {channels} channels, there is no {channel}"
        raise MicrophoneError(msg)
    layout = AudioFormat(device.rate_hz, 2, channels)
    if channel is not None:
        return layout, channel - 1
    return layout, None if channels <= _STEREO else 0
