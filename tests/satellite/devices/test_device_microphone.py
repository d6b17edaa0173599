"""Test how long a microphone that is put back waits to be noticed."""

import asyncio
from typing import Final, Never

import pytest

from hearken_speech.satellite.devices import device_microphone
from hearken_speech.satellite.devices.device_microphone import DeviceMicrophone
from hearken_speech.satellite.devices.listing import Direction, NoDeviceError

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
