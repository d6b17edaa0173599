"""Queue of the audio of one stream."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from hearken_speech.protocol import SAMPLE_RATE_HZ

from .features import STEP_SAMPLES

MAX_WAITING_SAMPLES: Final = 3 * SAMPLE_RATE_HZ
"""Older audio is dropped: a detection 3 s late is of no use."""


class AudioQueue:
    """Bounded queue of samples; returns steps of 80 ms and drops the oldest."""

    def __init__(self) -> None:
        """Start empty."""
        self._items: deque[np.ndarray | None] = deque()  # None: the audio ends here
        self._ends = 0
        self._dropped_before_next = 0
        self.waiting_samples = 0
        self.put_samples = 0
        """Number of samples ever added."""
        self.dropped_samples = 0
        """Number of samples ever dropped."""

    @property
    def ready(self) -> bool:
        """Return whether a step, or an end, is available."""
        return self.waiting_samples >= STEP_SAMPLES or self._ends > 0

    def put(self, samples: np.ndarray) -> None:
        """Add samples; drop the oldest if there are too many."""
        if not len(samples):
            return
        self.put_samples += len(samples)
        surplus = len(samples) - MAX_WAITING_SAMPLES
        if surplus > 0:
            # Larger than the whole queue: cut before copying.
            self._drop(self.waiting_samples)
            self._count_dropped(surplus)
            samples = samples[surplus:]
        self._items.append(samples.copy())
        self.waiting_samples += len(samples)
        self._drop(self.waiting_samples - MAX_WAITING_SAMPLES)

    def put_end(self) -> None:
        """Mark the end of the audio; two ends in a row count as one."""
        if not self._items or self._items[-1] is not None:
            self._items.append(None)
            self._ends += 1

    def pop_step(self) -> tuple[np.ndarray | None, int, bool]:
        """Return a step, the samples dropped before it, and whether it is the last.

        The last step is padded with silence, or None if nothing is left.
        """
        parts: list[np.ndarray] = []
        missing = STEP_SAMPLES
        ended = False
        while missing and self._items:
            item = self._items.popleft()
            if item is None:
                self._ends -= 1
                ended = True
                break
            parts.append(item[:missing])
            if len(item) > missing:
                self._items.appendleft(item[missing:])
            missing -= len(parts[-1])
        self.waiting_samples -= STEP_SAMPLES - missing
        if not ended and self._items and self._items[0] is None:
            self._items.popleft()
            self._ends -= 1
            ended = True
        dropped, self._dropped_before_next = self._dropped_before_next, 0
        if not parts:
            return None, dropped, ended
        if missing:
            parts.append(np.zeros(missing, np.int16))
        return np.concatenate(parts), dropped, ended

    def _drop(self, samples: int) -> None:
        """Drop the oldest samples, but no ends."""
        ends = 0
        while samples > 0:
            item = self._items.popleft()
            if item is None:
                ends += 1
                continue
            count = min(samples, len(item))
            if count < len(item):
                self._items.appendleft(item[count:])
            samples -= count
            self.waiting_samples -= count
            self._count_dropped(count)
        self._items.extendleft([None] * ends)

    def _count_dropped(self, samples: int) -> None:
        """Count dropped samples."""
        self.dropped_samples += samples
        self._dropped_before_next += samples
