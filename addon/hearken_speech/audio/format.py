"""Convert audio between usual formats; inside, it is 16 kHz, mono, 16 bit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hearken_speech.errors import AudioError
from hearken_speech.protocol import SAMPLE_RATE_HZ

Samples = NDArray[np.int16]

MIN_RATE_HZ: Final = 4_000
MAX_RATE_HZ: Final = 192_000
MAX_CHANNELS: Final = 8
_WIDTHS: Final = (1, 2, 3, 4)
_FULL_SCALE: Final = 32768.0
# Taps on each side of the interpolation filter, in input samples at the lower of
# the two rates: 16 keeps aliases 40 dB down at the edge and 60 dB from 9 kHz on.
_HALF_TAPS: Final = 16
# Share of the band that is kept; the rest is the transition band of the filter.
_CUTOFF: Final = 0.92
# Every usual rate has fewer positions between two samples than this; their filters
# are computed once.
_MAX_CACHED_PHASES: Final = 640
# Output samples computed at a time, to limit the memory of a long chunk.
_BLOCK_SAMPLES: Final = 4096


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """Sample rate, width and channels of an audio stream."""

    rate_hz: int
    width_bytes: int
    channels: int

    def check(self) -> None:
        """Raise AudioError if the format is not supported."""
        if (
            not MIN_RATE_HZ <= self.rate_hz <= MAX_RATE_HZ
            or self.width_bytes not in _WIDTHS
            or not 1 <= self.channels <= MAX_CHANNELS
        ):
            msg = (
                f"audio of {self.rate_hz} Hz, {self.width_bytes} bytes, "
                f"{self.channels} channels cannot be used; "
                "16000 Hz, 2 bytes, 1 channel is best"
            )
            raise AudioError(msg)


NATIVE: Final = AudioFormat(SAMPLE_RATE_HZ, 2, 1)


class Converter:
    """Converts one stream in chunks of any size to 16-bit samples."""

    def __init__(self, source: AudioFormat, target: AudioFormat = NATIVE) -> None:
        """Set both formats; raise AudioError if one of them is not supported."""
        source.check()
        target.check()
        self._source = source
        self._target = target
        self._rest = b""
        self._resamplers = (
            []
            if source.rate_hz == target.rate_hz
            else [
                Resampler(source.rate_hz, target.rate_hz)
                for _ in range(min(source.channels, target.channels))
            ]
        )

    def convert(self, data: bytes) -> Samples:
        """Convert bytes; an incomplete frame waits for the next bytes.

        Returns samples of the shape [frames], or [frames, channels] if the target
        has several channels.
        """
        if self._rest:
            data = self._rest + data
        frame_bytes = self._source.width_bytes * self._source.channels
        whole = len(data) - len(data) % frame_bytes
        self._rest = data[whole:]
        data = data[:whole]
        if self._source == self._target == NATIVE:
            return np.frombuffer(data, dtype="<i2")
        decoded = _decode(data, self._source.width_bytes)
        frames = self._mixed(decoded.reshape(-1, self._source.channels))
        return self._finished(self._resampled(frames))

    def flush(self) -> Samples:
        """Return the last samples at the end of the stream."""
        frames = np.zeros((0, min(self._source.channels, self._target.channels)))
        return self._finished(self._resampled(frames, is_last=True))

    def _mixed(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return frames with no more channels than the target has."""
        if self._source.channels <= self._target.channels:
            return frames
        mono = frames.mean(axis=1, keepdims=True)
        return np.repeat(mono, self._target.channels, axis=1)

    def _resampled(
        self, frames: NDArray[np.float64], *, is_last: bool = False
    ) -> NDArray[np.float64]:
        """Resample each channel."""
        if not self._resamplers:
            return frames
        columns = [
            each.flush() if is_last else each.process(frames[:, index])
            for index, each in enumerate(self._resamplers)
        ]
        return np.stack(columns, axis=1)

    def _finished(self, frames: NDArray[np.float64]) -> Samples:
        """Round; missing channels repeat the first."""
        samples = _to_int16(frames)
        if self._target.channels == 1:
            return samples[:, 0]
        if samples.shape[1] < self._target.channels:
            return np.repeat(samples[:, :1], self._target.channels, axis=1)
        return samples


class Resampler:
    """Resamples a stream with a windowed-sinc filter.

    Source: J. O. Smith, "Digital Audio Resampling", Stanford CCRMA.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        """Set the source and target rate."""
        divisor = math.gcd(from_hz, to_hz)
        self._up = to_hz // divisor
        self._down = from_hz // divisor
        # For a lower rate, the filter must also remove frequencies above its limit.
        scale = min(1.0, to_hz / from_hz)
        self._half = math.ceil(_HALF_TAPS / scale)
        self._cutoff = scale * _CUTOFF
        self._buffer = np.zeros(self._half, dtype=np.float64)
        # Position of the next output sample, in input samples x self._up.
        self._position = self._half * self._up
        self._cached_filters = (
            self._filters(np.arange(self._up))
            if self._up <= _MAX_CACHED_PHASES
            else None
        )

    def process(self, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add samples and return the output that can be computed so far."""
        self._buffer = np.concatenate((self._buffer, samples))
        usable = (len(self._buffer) - self._half) * self._up
        count = max(0, -(-(usable - self._position) // self._down))
        if not count:
            return np.zeros(0)
        positions = self._position + self._down * np.arange(count, dtype=np.int64)
        output = np.concatenate(
            [
                self._interpolate(positions[first : first + _BLOCK_SAMPLES])
                for first in range(0, count, _BLOCK_SAMPLES)
            ]
        )
        self._position += count * self._down
        done = self._position // self._up - self._half
        self._buffer = self._buffer[done:]
        self._position -= done * self._up
        return output

    def flush(self) -> NDArray[np.float64]:
        """Return the rest, as if silence followed."""
        return self.process(np.zeros(self._half))

    def _interpolate(self, positions: NDArray[np.int64]) -> NDArray[np.float64]:
        whole, phases = np.divmod(positions, self._up)
        offsets = np.arange(-self._half + 1, self._half + 1)
        taps = (
            self._filters(phases)
            if self._cached_filters is None
            else self._cached_filters[phases]
        )
        taken = self._buffer[whole[:, None] + offsets[None, :]]
        return np.asarray((taken * taps).sum(axis=1))

    def _filters(self, phases: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the filter for each of these positions between two samples."""
        offsets = np.arange(-self._half + 1, self._half + 1)
        distance = offsets[None, :] - (phases / self._up)[:, None]
        window = np.cos(np.pi * distance / (2 * self._half + 2)) ** 2
        taps = self._cutoff * np.sinc(self._cutoff * distance) * window
        return np.asarray(taps)


def to_bytes(samples: Samples) -> bytes:
    """Return samples as little-endian 16-bit bytes."""
    return samples.astype("<i2", copy=False).tobytes()


def _decode(data: bytes, width_bytes: int) -> NDArray[np.float64]:
    """Return samples of any width, scaled to 16 bits."""
    if width_bytes == 1:  # 8 bit is the only unsigned width in WAV
        return (np.frombuffer(data, dtype=np.uint8).astype(np.float64) - 128.0) * 256.0
    if width_bytes == 2:  # noqa: PLR2004 - bytes
        return np.frombuffer(data, dtype="<i2").astype(np.float64)
    if width_bytes == 3:  # noqa: PLR2004 - bytes
        padded = np.zeros((len(data) // 3, 4), dtype=np.uint8)
        padded[:, 1:] = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3)
        return padded.view("<i4").ravel() / 65536.0
    return np.frombuffer(data, dtype="<i4") / 65536.0


def _to_int16(samples: NDArray[np.float64]) -> Samples:
    """Round and clip to 16 bits."""
    return np.clip(np.rint(samples), -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)
