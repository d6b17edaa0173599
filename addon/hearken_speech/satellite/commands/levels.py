"""Levels of what a microphone hears."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.audio.level import percentile

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples

SILENT_DBFS: Final = -100.0
_FULL_SCALE: Final = 32768.0
_CLIPPED: Final = 32_700
_FLOOR_FRAMES: Final = 125
"""Frames of 80 ms in which the quietest tells the noise of the room: 10 s."""


@dataclass(frozen=True, slots=True)
class Level:
    """Levels of one frame, in dB below full scale."""

    rms_dbfs: float
    peak_dbfs: float
    clipped: int
    """Samples at the limit of what can be recorded."""


def dbfs(value: float) -> float:
    """Return an amplitude of 16-bit samples in dB below full scale."""
    if value <= 0:
        return SILENT_DBFS
    return max(SILENT_DBFS, 20 * float(np.log10(value / _FULL_SCALE)))


def level_of(samples: Samples) -> Level:
    """Return the levels of samples."""
    if not len(samples):
        return Level(SILENT_DBFS, SILENT_DBFS, 0)
    values = np.abs(samples.astype(np.float64))
    return Level(
        rms_dbfs=dbfs(float(np.sqrt(np.mean(values**2)))),
        peak_dbfs=dbfs(float(values.max())),
        clipped=int((values >= _CLIPPED).sum()),
    )


class NoiseFloor:
    """The level of the room while nobody speaks."""

    def __init__(self) -> None:
        """Start without any sound."""
        self._levels: deque[float] = deque(maxlen=_FLOOR_FRAMES)

    def add(self, rms_dbfs: float) -> float:
        """Add the level of a frame; return the noise floor of the last 10 s."""
        self._levels.append(rms_dbfs)
        return percentile(np.asarray(self._levels), 10)
