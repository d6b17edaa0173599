"""Telephones, old radios and coders: sound with a narrow band."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.wake.making.sound import FULL_SCALE

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples

_NARROW_SHARE: Final = 0.3
_UPPER_HZ: Final = (3_000.0, 6_000.0)
_LOWER_HZ: Final = (60.0, 350.0)
_STEEP_HZ: Final = 200.0
_COARSE_SHARE: Final = 0.4
_COARSE_STEPS: Final = (40.0, 250.0)


def heard_through(rng: np.random.Generator, samples: Samples) -> Samples:
    """Return sound that came through a narrow channel, or as it is."""
    if rng.random() >= _NARROW_SHARE:
        return samples
    size = 1 << (len(samples) - 1).bit_length()
    spectrum = np.fft.rfft(samples.astype(np.float32), size)
    frequencies = np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ)
    upper, lower = rng.uniform(*_UPPER_HZ), rng.uniform(*_LOWER_HZ)
    gain = np.clip((upper - frequencies) / _STEEP_HZ + 1, 0, 1)
    gain *= np.clip((frequencies - lower) / _STEEP_HZ + 1, 0, 1)
    heard = np.fft.irfft(spectrum * gain, size)[: len(samples)]
    if rng.random() < _COARSE_SHARE:
        # Eight bits or fewer, as old recordings have.
        step = max(1.0, float(np.abs(heard).max()) / rng.uniform(*_COARSE_STEPS))
        heard = np.rint(heard / step) * step
    return np.clip(heard, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
