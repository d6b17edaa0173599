"""Test samples on their way to a device, and the clock of a stream."""

import asyncio
from dataclasses import dataclass

import numpy as np
import pytest

from hearken_speech.audio.format import AudioFormat, to_bytes
from hearken_speech.satellite.devices.clock import StreamClock
from hearken_speech.satellite.devices.echo import EchoReference
from hearken_speech.satellite.devices.play_buffer import PlayBuffer

LAYOUT = AudioFormat(16_000, 2, 1)
BLOCK = 320


@dataclass
class Times:
    """The clock of a stream, 100 ms of which are buffered."""

    currentTime: float = 5.0  # noqa: N815 - PortAudio's name
    outputBufferDacTime: float = 5.1  # noqa: N815 - PortAudio's name
    inputBufferAdcTime: float = 0.0  # noqa: N815 - PortAudio's name


class Device:
    """Takes blocks of a buffer, at a time set by the test."""

    def __init__(self, reference: EchoReference | None = None) -> None:
        """Play nothing yet."""
        self.now = 50.0
        self.buffer = PlayBuffer(LAYOUT, reference, lambda: self.now)
        self.played: list[np.ndarray] = []

    def step(self, count: int = 1) -> None:
        """Take blocks, one every 20 ms."""
        for _ in range(count):
            block = np.full(BLOCK, 7, np.int16)
            data = memoryview(block).cast("B")
            self.buffer.take(data, BLOCK, Times(), None)
            self.played.append(block)
            self.now += 0.02


def test_samples_are_heard_after_the_latency() -> None:
    """What was taken counts as heard 100 ms later; silence does not count."""
    device = Device()
    device.buffer.put(to_bytes(np.ones(3 * BLOCK, np.int16)))
    assert device.buffer.heard_samples == 0
    device.step(4)
    assert device.buffer.heard_samples == 0
    device.now += 0.06
    assert device.buffer.heard_samples == pytest.approx(2 * BLOCK, abs=1)
    device.now += 5.0
    assert device.buffer.heard_samples == 3 * BLOCK
    assert device.buffer.seconds_until_heard() < 0
    assert np.concatenate(device.played).sum() == 3 * BLOCK


def test_what_is_dropped_is_not_heard() -> None:
    """After a stop, nothing is added, and the position stays."""
    device = Device()
    device.buffer.put(to_bytes(np.ones(8 * BLOCK, np.int16)))
    device.step(6)
    device.buffer.clear()
    heard = device.buffer.heard_samples
    assert 0 < heard < 6 * BLOCK
    device.buffer.put(to_bytes(np.ones(BLOCK, np.int16)))
    device.step(5)
    assert device.buffer.heard_samples == heard
    assert not np.concatenate(device.played[6:]).any()
    assert device.buffer.seconds_until_heard() == 0


async def test_a_full_buffer_tells_when_there_is_room() -> None:
    """The writer waits for the device, which runs on another thread."""
    device = Device()
    data = bytes(device.buffer.capacity_bytes)
    device.buffer.put(data)
    assert not device.buffer.has_room(2)
    waiting = asyncio.create_task(device.buffer.change())
    await asyncio.sleep(0)
    await asyncio.to_thread(device.step)
    async with asyncio.timeout(5):
        await waiting
    assert device.buffer.has_room(2 * BLOCK)


def test_the_reference_knows_when_it_is_heard() -> None:
    """The echo canceller finds what plays at the time when it is heard."""
    reference = EchoReference()
    device = Device(reference)
    tone = np.arange(1, 6 * BLOCK + 1).astype(np.int16)
    device.buffer.put(to_bytes(tone))
    device.step(6)
    assert reference.read(50.0, 160) is None
    found = reference.read(50.1 + BLOCK / 16_000, BLOCK)
    assert found is not None
    assert np.abs(found - tone[BLOCK : 2 * BLOCK]).max() <= 1
    assert reference.read(60.0, BLOCK) is None


def test_a_pause_is_silence_in_the_reference() -> None:
    """Two sounds keep their distance."""
    reference = EchoReference()
    ones = to_bytes(np.ones(1600, np.int16))
    reference.add(ones, LAYOUT, 10.0)
    reference.add(ones, LAYOUT, 10.5)
    found = reference.read(10.0, 9600)
    assert found is not None
    assert found[:1600].all()
    assert not found[1600:8000].any()
    assert found[8000:].all()


def test_the_clock_evens_jitter() -> None:
    """Reports that vary by 5 ms are evened; a jump is followed at once."""
    clock = StreamClock(16_000)
    for block in range(200):
        late = 0.005 if block % 2 else -0.005
        clock.note(block * 1280, 100 + block * 0.08 + late)
    assert clock.time_seconds(0) == pytest.approx(100.0, abs=0.006)
    clock.note(256_000, 130.0)
    assert clock.time_seconds(256_000) == pytest.approx(130.0)
