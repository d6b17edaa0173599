"""Convert audio between usual formats; inside, it is 16 kHz, mono, 16 bit."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from hearken_speech.errors import AudioError
from hearken_speech.protocol import SAMPLE_RATE_HZ

Samples = NDArray[np.int16]

MIN_RATE_HZ: Final = 4_000
MAX_RATE_HZ: Final = 192_000
MAX_CHANNELS: Final = 8
_WIDTHS: Final = (1, 2, 3, 4)
_FULL_SCALE: Final = 32768.0


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """Sample rate, width and channels of an audio stream."""

    rate_hz: int
    width_bytes: int
    channels: int

    def check(self) -> None:
        """Raise AudioError if the format is not supported."""
        if (
            not all(type(value) is int for value in astuple(self))
            or not MIN_RATE_HZ <= self.rate_hz <= MAX_RATE_HZ
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
        self._resampler: soxr.ResampleStream | None = None

    @property
    def is_quick(self) -> bool:
        """Return whether a short chunk takes no time worth mentioning.

        The first one of another rate takes some: its filter is computed then.
        """
        return self._resampler is not None or not self._is_resampled

    @property
    def _is_resampled(self) -> bool:
        return self._source.rate_hz != self._target.rate_hz

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
        if self._resampler is None:
            return self._finished(self._no_frames())
        return self._finished(self._resampled(self._no_frames(), is_last=True))

    @property
    def _kept_channels(self) -> int:
        """Return the number of channels that are resampled."""
        return min(self._source.channels, self._target.channels)

    def _no_frames(self) -> NDArray[np.float32]:
        return np.zeros((0, self._kept_channels), np.float32)

    def _mixed(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return frames with no more channels than the target has."""
        if self._source.channels <= self._target.channels:
            return frames
        mono = frames.mean(axis=1, keepdims=True)
        return np.repeat(mono, self._target.channels, axis=1)

    def _resampled(
        self, frames: NDArray[np.float32], *, is_last: bool = False
    ) -> NDArray[np.float32]:
        """Resample all channels."""
        if not self._is_resampled:
            return frames
        if self._resampler is None:
            self._resampler = soxr.ResampleStream(
                self._source.rate_hz,
                self._target.rate_hz,
                num_channels=self._kept_channels,
                dtype="float32",
            )
        resampled: NDArray[np.float32] = self._resampler.resample_chunk(
            frames, last=is_last
        )
        return resampled

    def _finished(self, frames: NDArray[np.float32]) -> Samples:
        """Round; missing channels repeat the first."""
        samples = _to_int16(frames)
        if self._target.channels == 1:
            return samples[:, 0]
        if samples.shape[1] < self._target.channels:
            return np.repeat(samples[:, :1], self._target.channels, axis=1)
        return samples


def to_bytes(samples: Samples) -> bytes:
    """Return samples as little-endian 16-bit bytes."""
    return samples.astype("<i2", copy=False).tobytes()


def _decode(data: bytes, width_bytes: int) -> NDArray[np.float32]:
    """Return samples of any width, scaled to 16 bits."""
    if width_bytes == 1:  # 8 bit is the only unsigned width in WAV
        narrow = np.frombuffer(data, dtype=np.uint8).astype(np.float32)
        return (narrow - np.float32(128)) * np.float32(256)
    if width_bytes == 2:  # noqa: PLR2004 - bytes
        return np.frombuffer(data, dtype="<i2").astype(np.float32)
    if width_bytes == 3:  # noqa: PLR2004 - bytes
        padded = np.zeros((len(data) // 3, 4), dtype=np.uint8)
        padded[:, 1:] = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3)
        return padded.view("<i4").ravel().astype(np.float32) / np.float32(65536)
    return np.frombuffer(data, dtype="<i4").astype(np.float32) / np.float32(65536)


def _to_int16(samples: NDArray[np.float32]) -> Samples:
    """Round and clip to 16 bits."""
    return np.clip(np.rint(samples), -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)
