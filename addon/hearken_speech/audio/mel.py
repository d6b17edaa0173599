"""Mel spectrogram as openWakeWord computes it, for many streams at once.

The window and the filter bank are read from openWakeWord's own model. That model
accepts batches, but clips them at 80 dB below the loudest frame of any stream; here
every stream has its own maximum.
"""

from __future__ import annotations

from typing import Final

import numpy as np

WINDOW_SAMPLES: Final = 512
HOP_SAMPLES: Final = 160
DYNAMIC_RANGE_DB: Final = 80.0
SMALLEST_POWER: Final = 1e-10


class MelSpectrogram:
    """Log mel frames of raw samples, scaled as openWakeWord's networks expect them."""

    def __init__(self, window: np.ndarray, filters: np.ndarray) -> None:
        """Set the window [512] and the filter bank [257, bands]."""
        self._window = np.ascontiguousarray(window, np.float32)
        self._filters = np.ascontiguousarray(filters, np.float32)

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Return [streams, frames, bands] for raw samples [streams, samples]."""
        windows = np.lib.stride_tricks.sliding_window_view(
            samples, WINDOW_SAMPLES, axis=1
        )[:, ::HOP_SAMPLES]
        spectrum = np.fft.rfft(windows * self._window)
        power = spectrum.real**2 + spectrum.imag**2
        level_db = 10.0 * np.log10(np.maximum(power @ self._filters, SMALLEST_POWER))
        loudest_db = level_db.max(axis=(1, 2), keepdims=True)
        np.maximum(level_db, loudest_db - DYNAMIC_RANGE_DB, out=level_db)
        return np.asarray(level_db / 10.0 + 2.0, np.float32)
