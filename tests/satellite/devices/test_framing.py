"""Test frames made of the blocks of a device."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from hearken_speech.audio.format import AudioFormat
from hearken_speech.satellite.devices.framing import Block, Framer, Place
from hearken_speech.satellite.devices.microphone import FRAME_SAMPLES, Frame

STEREO = AudioFormat(48_000, 2, 2)
BLOCK = 3840


def _sine(count: int, hz: float = 440.0, rate_hz: int = 48_000) -> np.ndarray:
    """Return samples of a tone."""
    return 8000 * np.sin(2 * np.pi * hz * np.arange(count) / rate_hz)


def _blocks(columns: list[np.ndarray], time_seconds: float = 100.0) -> Iterator[Block]:
    """Yield blocks of 80 ms of these channels."""
    data = np.stack(columns, axis=1).astype("<i2")
    for first in range(0, len(data), BLOCK):
        time = time_seconds + first / 48_000
        yield Block(data[first : first + BLOCK].tobytes(), first, time)


def _framed(framer: Framer, blocks: Iterator[Block]) -> list[Frame]:
    """Return all frames."""
    return [frame for block in blocks for frame in framer.add(block)]


def test_a_channel_is_chosen_and_resampled() -> None:
    """Of two channels, one is heard, at 16 kHz; frames follow each other."""
    framer = Framer(STEREO, 1)
    frames = _framed(framer, _blocks([np.zeros(BLOCK * 6), _sine(BLOCK * 6)]))
    samples = np.concatenate([frame.samples for frame in frames])
    wanted = _sine(len(samples), rate_hz=16_000)
    assert len(frames) == 5
    assert np.abs(samples[200:] - wanted[200:]).max() < 100
    for before, after in itertools.pairwise(frames):
        assert after.position_samples == before.end_samples
        assert after.time_seconds - before.time_seconds == pytest.approx(0.08)
    assert frames[0].time_seconds == pytest.approx(100.0)


def test_channels_are_mixed() -> None:
    """Without a choice, the channels are averaged."""
    blocks = _blocks([_sine(BLOCK * 3), -_sine(BLOCK * 3)])
    frames = _framed(Framer(STEREO, None), blocks)
    assert len(frames) == 2
    assert not any(frame.samples.any() for frame in frames)


def test_lost_blocks_leave_a_gap() -> None:
    """The position of the frame after lost blocks shows how much is missing."""
    framer = Framer(STEREO, None)
    blocks = list(_blocks([_sine(BLOCK * 10)] * 2))
    frames = _framed(framer, iter(blocks[:4] + blocks[6:]))
    positions = [frame.position_samples for frame in frames]
    assert positions == sorted(positions)
    assert 6 * FRAME_SAMPLES in positions
    gaps = [
        after.position_samples - before.end_samples
        for before, after in itertools.pairwise(frames)
    ]
    assert sum(gap > 0 for gap in gaps) == 1


def test_a_device_that_is_back_goes_on_later() -> None:
    """Time without the device counts as lost sound."""
    first = _framed(Framer(STEREO, None), _blocks([_sine(BLOCK * 4)] * 2))
    place = Place.after(first[-1])
    again = Framer(STEREO, None, place)
    blocks = _blocks([_sine(BLOCK * 3)] * 2, place.time_seconds + 2.0)
    frames = _framed(again, blocks)
    assert frames[0].position_samples == pytest.approx(
        place.position_samples + 32_000, abs=2
    )
