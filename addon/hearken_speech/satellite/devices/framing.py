"""Frames made of the blocks that a sound device delivers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hearken_speech.audio.format import AudioFormat, Converter
from hearken_speech.protocol import SAMPLE_RATE_HZ

from .clock import StreamClock
from .microphone import FRAME_SAMPLES, Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hearken_speech.audio.format import Samples


@dataclass(frozen=True, slots=True)
class Block:
    """What a device recorded in one step."""

    data: bytes
    position_frames: int
    """Position of its first frame since the device was opened."""
    time_seconds: float
    """When its first frame was recorded, as the driver reports it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the clock of a microphone."""

    position_samples: int = 0
    time_seconds: float = 0.0

    @staticmethod
    def after(frame: Frame) -> Place:
        """Return the place where a frame ends."""
        length = len(frame.samples) / SAMPLE_RATE_HZ
        return Place(frame.end_samples, frame.time_seconds + length)


class Framer:
    """Converts the blocks of one opening of a device to frames.

    ``column`` is the channel that is used, from 0 on; None mixes them all.
    """

    def __init__(
        self, layout: AudioFormat, column: int | None, after: Place | None = None
    ) -> None:
        """Convert from this format; go on after this place, if there is one."""
        self._layout = layout
        self._column = column
        self._after = after
        self._base_samples: int | None = None
        self._next_frames = 0
        self._clock = StreamClock(SAMPLE_RATE_HZ)
        self._position_samples = 0
        self._pending: Samples = np.zeros(0, np.int16)
        self._converter = self._fresh_converter()

    def add(self, block: Block) -> Iterator[Frame]:
        """Yield the frames that a block completes."""
        if self._base_samples is None:
            self._base_samples = self._begin(block)
            self._restart(self._base_samples)
        position = self._base_samples + self._samples(block.position_frames)
        if block.position_frames != self._next_frames:
            self._restart(position)
        frame_bytes = 2 * self._layout.channels
        self._next_frames = block.position_frames + len(block.data) // frame_bytes
        self._clock.note(position, block.time_seconds)
        converted = self._converter.convert(self._picked(block.data))
        self._pending = np.concatenate((self._pending, converted))
        while len(self._pending) >= FRAME_SAMPLES:
            samples = self._pending[:FRAME_SAMPLES]
            self._pending = self._pending[FRAME_SAMPLES:]
            begin = self._position_samples
            self._position_samples += FRAME_SAMPLES
            yield Frame(samples, begin, self._clock.time_seconds(begin))

    def _begin(self, block: Block) -> int:
        """Return the position of the device's first sample."""
        if self._after is None:
            return 0
        lost_seconds = max(0.0, block.time_seconds - self._after.time_seconds)
        return self._after.position_samples + round(lost_seconds * SAMPLE_RATE_HZ)

    def _restart(self, position_samples: int) -> None:
        """Go on from a position, without what was left over."""
        self._position_samples = position_samples
        self._pending = np.zeros(0, np.int16)
        self._converter = self._fresh_converter()

    def _fresh_converter(self) -> Converter:
        channels = self._layout.channels if self._column is None else 1
        return Converter(AudioFormat(self._layout.rate_hz, 2, channels))

    def _picked(self, data: bytes) -> bytes:
        """Return the bytes of the channel that is used."""
        if self._column is None or self._layout.channels == 1:
            return data
        frames = np.frombuffer(data, "<i2").reshape(-1, self._layout.channels)
        return frames[:, self._column].tobytes()

    def _samples(self, frames: int) -> int:
        return round(frames * SAMPLE_RATE_HZ / self._layout.rate_hz)
