"""Whisper's log-mel features, computed while the audio arrives.

Each frame is computed once, in blocks of half a second, so that little work is left
when an utterance ends. The mel filters are applied as a sparse matrix without BLAS,
because BLAS threads would spin and take CPU time from the recognizer.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor

from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

FFT_SAMPLES: Final = 400
HOP_SAMPLES: Final = 160
HALF_WINDOW_SAMPLES: Final = FFT_SAMPLES // 2
FRAMES_PER_SECOND: Final = SAMPLE_RATE_HZ // HOP_SAMPLES
MAX_FRAMES: Final = 3_000

_QUIETEST_POWER: Final = 1e-10
_QUIETEST_LOG: Final = -10.0
_DYNAMIC_RANGE: Final = 8.0
_BLOCK_SAMPLES: Final = 8_000
"""Samples processed at a time: many small blocks cost more than a few large ones."""
_BLOCK_FRAMES: Final = 256
"""Frames processed at a time, to fit into the CPU cache."""


class MelFilterBank:
    """Computes log-mel energies for a number of bands."""

    def __init__(self, bands: int) -> None:
        """Compute the non-zero part of every filter."""
        filters = FeatureExtractor.get_mel_filters(
            SAMPLE_RATE_HZ, FFT_SAMPLES, n_mels=bands
        )
        places = [np.flatnonzero(row) for row in filters]
        # A band without any frequency stays silent, as with the full matrix.
        places = [p if p.size else np.array([0]) for p in places]
        self.bands = bands
        self._columns = np.concatenate(places)
        self._weights = np.concatenate(
            [row[p] for row, p in zip(filters, places, strict=True)]
        ).astype(np.float32)
        self._starts = np.cumsum([0, *(p.size for p in places[:-1])])
        self._window = np.hanning(FFT_SAMPLES + 1)[:-1].astype(np.float32)

    def log_mel(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return log10 of the mel energies of frames [frames, 400]."""
        spectrum = np.fft.rfft(frames * self._window, axis=-1)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        parts = power[:, self._columns] * self._weights
        energies = np.add.reduceat(parts, self._starts, axis=1)
        return np.asarray(np.log10(np.maximum(energies, _QUIETEST_POWER)))


@lru_cache(maxsize=4)
def filter_bank(bands: int) -> MelFilterBank:
    """Return the cached filter bank for this number of bands."""
    return MelFilterBank(bands)


class IncrementalMel:
    """Log-mel features of a recording that is still growing."""

    def __init__(self, bands: int = 80) -> None:
        """Start without audio."""
        self.bands = bands
        self._bank = filter_bank(bands)
        self._frames: list[NDArray[np.float32]] = []
        # Windows are centered; the audio before the start is mirrored.
        self._pending = np.zeros(0, np.float32)
        self._mirrored = False
        self._waiting: list[NDArray[np.int16] | NDArray[np.float32]] = []
        self._waiting_samples = 0
        self.samples = 0

    def add(self, samples: NDArray[np.int16] | NDArray[np.float32]) -> None:
        """Add the next samples of the recording."""
        self.samples += samples.size
        self._waiting.append(samples)
        self._waiting_samples += samples.size
        if self._waiting_samples >= _BLOCK_SAMPLES:
            self._compute()

    def _compute(self) -> None:
        """Compute the frames of all samples added so far."""
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
        """Compute every frame that lies within the audio; return how many."""
        count = max(0, 1 + (sound.size - FFT_SAMPLES) // HOP_SAMPLES)
        for frames in _log_mel_of(self._bank, sound, count):
            self._frames.append(frames)
        return count

    def snapshot(self) -> IncrementalMel:
        """Return a copy for another thread; this one may go on growing."""
        self._compute()
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
        """Return the features [bands, frames] of a window of the recording.

        The window starts at the first sample, is silent after the last one, and cuts a
        recording that is longer.
        """
        self._compute()
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
        """Return the frames whose windows extend past the end of the audio."""
        if not self.samples:
            return []
        pending = self._pending
        if not self._mirrored:
            missing = max(0, HALF_WINDOW_SAMPLES + 1 - pending.size)
            pending = _with_mirror(np.pad(pending, (0, missing)))
        silence = np.zeros(FFT_SAMPLES + HOP_SAMPLES, np.float32)
        sound = np.concatenate([pending, silence])
        # Frames that start after the last sample are silent and need no computing.
        count = -(-pending.size // HOP_SAMPLES)
        return _log_mel_of(self._bank, sound, count)


def as_float(samples: NDArray[np.int16] | NDArray[np.float32]) -> NDArray[np.float32]:
    """Return samples as floats from -1 to 1."""
    if samples.dtype == np.int16:
        return samples.astype(np.float32) / np.float32(32_768)
    return samples.astype(np.float32, copy=False)


def _with_mirror(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Prepend the mirrored first half window."""
    return np.concatenate([sound[HALF_WINDOW_SAMPLES:0:-1], sound])


def _log_mel_of(
    bank: MelFilterBank, sound: NDArray[np.float32], count: int
) -> list[NDArray[np.float32]]:
    """Return the first frames of the audio, in blocks."""
    if count <= 0:
        return []
    windows = np.lib.stride_tricks.sliding_window_view(sound, FFT_SAMPLES)
    windows = windows[::HOP_SAMPLES][:count]
    return [
        bank.log_mel(windows[start : start + _BLOCK_FRAMES])
        for start in range(0, count, _BLOCK_FRAMES)
    ]
