"""Ring buffer of the last seconds of a stream."""

from __future__ import annotations

import numpy as np


class SampleRing:
    """Holds the newest samples, addressed by their position in the stream."""

    def __init__(self, capacity_samples: int) -> None:
        """Allocate space for this many samples."""
        self._samples = np.zeros(capacity_samples, np.int16)
        self.end = 0
        """Position after the newest sample."""
        self._begin = 0

    def append(self, samples: np.ndarray) -> None:
        """Add samples; drop the oldest."""
        capacity = len(self._samples)
        newest = samples[-capacity:]
        start = (self.end + len(samples) - len(newest)) % capacity
        first = min(len(newest), capacity - start)
        self._samples[start : start + first] = newest[:first]
        self._samples[: len(newest) - first] = newest[first:]
        self.end += len(samples)

    def skip(self, samples: int) -> None:
        """Skip missing samples; what came before them is dropped."""
        self.end += samples
        self._begin = self.end

    def clear(self) -> None:
        """Reset to position zero."""
        self.end = self._begin = 0

    def read(self, begin: int, end: int) -> np.ndarray:
        """Return the samples between two positions, as far as they are available."""
        capacity = len(self._samples)
        begin = max(begin, self.end - capacity, self._begin)
        end = min(end, self.end)
        if begin >= end:
            return np.zeros(0, np.int16)
        start, stop = begin % capacity, (end - 1) % capacity + 1
        if start < stop:
            return self._samples[start:stop].copy()
        return np.concatenate([self._samples[start:], self._samples[:stop]])
