"""Test how long a microphone that is put back waits to be noticed."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Final, Never

import pytest

from hearken_speech.satellite.devices import device_microphone
from hearken_speech.satellite.devices.device_microphone import DeviceMicrophone
from hearken_speech.satellite.devices.listing import (
    Direction,
    NoDeviceError,
    SoundDevice,
)
from hearken_speech.satellite.devices.microphone import Frame
from tests.satellite.rooms import until

_WANTED_SECONDS: Final = 5.0
_LISTING_SECONDS: Final = 1.2
"""What a look at the devices takes."""
_HOUR_SECONDS: Final = 3600.0


async def test_a_device_that_is_gone_is_looked_for_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is noticed in time whenever it is back, and nothing spins meanwhile."""
    pauses: list[float] = []
    sleep = asyncio.sleep
    over = asyncio.Event()

    async def find(_direction: Direction, wanted: str) -> Never:
        raise NoDeviceError(wanted)

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if sum(pauses) > _HOUR_SECONDS:
            over.set()
        await sleep(0)

    monkeypatch.setattr(device_microphone, "find_in_time", find)
    monkeypatch.setattr(asyncio, "sleep", pause)
    frames = DeviceMicrophone().frames()
    waiting = asyncio.ensure_future(anext(frames))
    async with asyncio.timeout(30):
        await over.wait()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    # At worst, the device is back just after a look at the devices has begun.
    assert 2 * _LISTING_SECONDS + max(pauses) < _WANTED_SECONDS
    assert min(pauses[3:]) >= _LISTING_SECONDS


@pytest.mark.parametrize("there_is", [None, "another"])
async def test_a_stream_that_records_another_device_is_closed(
    monkeypatch: pytest.MonkeyPatch, there_is: str | None
) -> None:
    """An audio server lets it go on when its device is gone: nobody would notice."""
    usb = SoundDevice("usb", "USB", Direction.MICROPHONE, 48_000, 1, True, "pulse")  # noqa: FBT003 - a fact
    listed: list[SoundDevice] = [usb]

    async def find(_direction: Direction, wanted: str) -> SoundDevice:
        if not listed:
            raise NoDeviceError(wanted)
        return listed[0]

    async def open_stream(
        _device: SoundDevice, _layout: object, frames: int, put: Callable[..., None]
    ) -> NoStream:
        return NoStream(frames, put)

    monkeypatch.setattr(device_microphone, "find_in_time", find)
    monkeypatch.setattr(device_microphone, "open_stream", open_stream)
    monkeypatch.setattr(device_microphone, "_LOOK_SECONDS", 0.05)
    microphone = DeviceMicrophone()
    async with (
        asyncio.timeout(30),
        contextlib.aclosing(microphone.frames()) as frames,
    ):
        await anext(frames)
        assert microphone.trouble is None
        listed[:] = [replace(usb, name=there_is)] if there_is else []
        reading = asyncio.create_task(_read(frames))
        await until(lambda: microphone.trouble is not None)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _read(frames: AsyncGenerator[Frame]) -> None:
    async for _ in frames:
        pass


class NoStream:
    """A stream that always delivers sound."""

    def __init__(self, frames: int, put: Callable[..., None]) -> None:
        """Deliver until closed."""
        self._put = put
        self._frames = frames
        self._delivering = asyncio.create_task(self._deliver())

    async def _deliver(self) -> None:
        times = SimpleNamespace(currentTime=0.0, inputBufferAdcTime=0.0)
        while True:
            self._put(b"\1\1" * self._frames, self._frames, times, None)
            await asyncio.sleep(0.01)

    def close(self) -> None:
        """Deliver no more."""
        self._delivering.get_loop().call_soon_threadsafe(self._delivering.cancel)
