"""Whisper's log-mel features, computed while the sound arrives.

A frame is worked out once, half a second of them at a time. What remains at the end
of an utterance is less than that and one maximum, so the decoder can start at once.
The mel filters are applied as the sparse matrix they are: no BLAS, hence no BLAS
threads that spin beside the recogniser.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE_RATE_HZ: Final = 16_000
FFT_SAMPLES: Final = 400
HOP_SAMPLES: Final = 160
HALF_WINDOW_SAMPLES: Final = FFT_SAMPLES // 2
FRAMES_PER_SECOND: Final = SAMPLE_RATE_HZ // HOP_SAMPLES
MAX_FRAMES: Final = 3_000

_QUIETEST_POWER: Final = 1e-10
_QUIETEST_LOG: Final = -10.0
_DYNAMIC_RANGE: Final = 8.0
_LINEAR_STEP_HZ: Final = 200.0 / 3
_LOG_START_HZ: Final = 1_000.0
_LOG_STEP: Final = float(np.log(6.4)) / 27.0
_HIGHEST_HZ: Final = 8_000.0
_BLOCK_SAMPLES: Final = 8_000
"""Sound worked out at a time: many small portions cost more than a few large ones."""
_MANY_FRAMES: Final = 256
"""Frames worked out at a time: what fits into the processor's cache."""


def _mel_of_hz(hz: float) -> float:
    """Return the place of a frequency on Slaney's mel scale."""
    if hz < _LOG_START_HZ:
        return hz / _LINEAR_STEP_HZ
    return _LOG_START_HZ / _LINEAR_STEP_HZ + float(np.log(hz / _LOG_START_HZ)) / (
        _LOG_STEP
    )


def _hz_of_mel(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the frequencies of places on Slaney's mel scale."""
    knee = _LOG_START_HZ / _LINEAR_STEP_HZ
    return np.where(
        mel < knee,
        mel * _LINEAR_STEP_HZ,
        _LOG_START_HZ * np.exp(_LOG_STEP * (mel - knee)),
    )


def mel_filters(bands: int) -> NDArray[np.float64]:
    """Return the mel filters as a matrix of bands by frequencies."""
    edges = _hz_of_mel(np.linspace(0.0, _mel_of_hz(_HIGHEST_HZ), bands + 2))
    frequencies = np.fft.rfftfreq(FFT_SAMPLES, 1.0 / SAMPLE_RATE_HZ)
    width = np.diff(edges)
    rising = (frequencies[None, :] - edges[:-2, None]) / width[:-1, None]
    falling = (edges[2:, None] - frequencies[None, :]) / width[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None])


class MelFilterBank:
    """Power spectrum to log-mel, for one number of bands."""

    def __init__(self, bands: int) -> None:
        """Work out the non-zero part of every filter."""
        filters = mel_filters(bands)
        places = [np.flatnonzero(row) for row in filters]
        # A band without any frequency under it stays silent, as with the matrix.
        places = [p if p.size else np.array([0]) for p in places]
        self.bands = bands
        self._columns = np.concatenate(places)
        self._weights = np.concatenate(
            [row[p] for row, p in zip(filters, places, strict=True)]
        ).astype(np.float32)
        self._starts = np.cumsum([0, *(p.size for p in places[:-1])])
        self._window = np.hanning(FFT_SAMPLES + 1)[:-1].astype(np.float32)

    def log_mel(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return log10 of the mel energies of frames of 400 samples."""
        spectrum = np.fft.rfft(frames * self._window, axis=-1)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        parts = power[:, self._columns] * self._weights
        energies = np.add.reduceat(parts, self._starts, axis=1)
        return np.asarray(np.log10(np.maximum(energies, _QUIETEST_POWER)))


@lru_cache(maxsize=4)
def filter_bank(bands: int) -> MelFilterBank:
    """Return the filter bank for this number of bands; it is made once."""
    return MelFilterBank(bands)


class IncrementalMel:
    """Log-mel features of one recording that is still growing."""

    def __init__(self, bands: int = 80) -> None:
        """Start with no sound."""
        self.bands = bands
        self._bank = filter_bank(bands)
        self._frames: list[NDArray[np.float32]] = []
        # The window is centred, and the sound before the beginning is its mirror.
        self._pending = np.zeros(0, np.float32)
        self._mirrored = False
        self._waiting: list[NDArray[np.int16] | NDArray[np.float32]] = []
        self._waiting_samples = 0
        self.samples = 0

    def feed(self, samples: NDArray[np.int16] | NDArray[np.float32]) -> None:
        """Take the next samples of the recording."""
        self.samples += samples.size
        self._waiting.append(samples)
        self._waiting_samples += samples.size
        if self._waiting_samples >= _BLOCK_SAMPLES:
            self._work()

    def _work(self) -> None:
        """Work out the frames of all sound that waits."""
        if not self._waiting:
            return
        sound = [self._pending, *(as_float(samples) for samples in self._waiting)]
        self._pending = np.concatenate(sound)
        self._waiting.clear()
        self._waiting_samples = 0
        if not self._mirrored:
            if self._pending.size <= HALF_WINDOW_SAMPLES:
                return
            self._pending = _with_mirror(self._pending)
            self._mirrored = True
        done = self._append(self._pending)
        self._pending = self._pending[done * HOP_SAMPLES :]

    def _append(self, sound: NDArray[np.float32]) -> int:
        """Work out every frame that lies within the sound; return how many."""
        count = max(0, 1 + (sound.size - FFT_SAMPLES) // HOP_SAMPLES)
        for frames in _log_mel_of(self._bank, sound, count):
            self._frames.append(frames)
        return count

    def snapshot(self) -> IncrementalMel:
        """Return the features so far, for another thread; this one may grow on."""
        self._work()
        copy = IncrementalMel(self.bands)
        copy._frames = list(self._frames)
        copy._pending = self._pending
        copy._mirrored = self._mirrored
        copy.samples = self.samples
        return copy

    def features(
        self,
        window_samples: int,
        first_sample: int = 0,
        last_sample: int | None = None,
    ) -> NDArray[np.float32]:
        """Return features (bands, frames) of the recording, silence after it.

        What lies before the first sample is left out, what lies after the last one
        is silent, and the recording is cut where it is longer than the window.
        """
        self._work()
        wanted = min(MAX_FRAMES, window_samples // HOP_SAMPLES)
        tail = self._tail_frames()
        known = np.concatenate([*self._frames, *tail]) if self._frames or tail else None
        features = np.full((wanted, self.bands), _QUIETEST_LOG, np.float32)
        if known is not None:
            end = None if last_sample is None else -(-last_sample // HOP_SAMPLES)
            known = known[first_sample // HOP_SAMPLES : end]
            usable = min(wanted, len(known))
            features[:usable] = known[:usable]
        floor = features.max(initial=_QUIETEST_LOG) - _DYNAMIC_RANGE
        np.maximum(features, floor, out=features)
        features += 4.0
        features /= 4.0
        return np.ascontiguousarray(features.T)

    def _tail_frames(self) -> list[NDArray[np.float32]]:
        """Return the frames whose windows reach over the end of the sound."""
        if not self.samples:
            return []
        pending = self._pending
        if not self._mirrored:
            missing = max(0, HALF_WINDOW_SAMPLES + 1 - pending.size)
            pending = _with_mirror(np.pad(pending, (0, missing)))
        silence = np.zeros(FFT_SAMPLES + HOP_SAMPLES, np.float32)
        sound = np.concatenate([pending, silence])
        # Frames that begin behind the last sample are silence and need no work.
        count = -(-pending.size // HOP_SAMPLES)
        return _log_mel_of(self._bank, sound, count)


def as_float(samples: NDArray[np.int16] | NDArray[np.float32]) -> NDArray[np.float32]:
    """Return samples as numbers from -1 to 1."""
    if samples.dtype == np.int16:
        return samples.astype(np.float32) / np.float32(32_768)
    return samples.astype(np.float32, copy=False)


def _with_mirror(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Put the mirror of its first half window before a sound."""
    return np.concatenate([sound[HALF_WINDOW_SAMPLES:0:-1], sound])


def _log_mel_of(
    bank: MelFilterBank, sound: NDArray[np.float32], count: int
) -> list[NDArray[np.float32]]:
    """Return the first frames of a sound, in handy portions."""
    if count <= 0:
        return []
    windows = np.lib.stride_tricks.sliding_window_view(sound, FFT_SAMPLES)
    windows = windows[::HOP_SAMPLES][:count]
    return [
        bank.log_mel(windows[start : start + _MANY_FRAMES])
        for start in range(0, count, _MANY_FRAMES)
    ]
