"""Change the level of audio, and compare levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hearken_speech.audio.format import Samples

_LOWEST: Final = -32_768
_HIGHEST: Final = 32_767


def factor_of_gain(gain_db: float) -> float:
    """Return the factor for a gain in decibels."""
    return float(10 ** (gain_db / 20))


def factor_of_volume(volume: float) -> float:
    """Return the factor for a volume from 0 to 1.

    Perceived loudness is not linear: with the cube, half the volume sounds about half
    as loud, as in the mixers of Linux desktops.
    """
    return volume**3


def scale(samples: Samples, factor: float) -> Samples:
    """Return samples times a factor; clip what is too loud."""
    if factor == 1:
        return samples
    scaled = np.rint(samples.astype(np.float32) * factor).clip(_LOWEST, _HIGHEST)
    return np.asarray(scaled, dtype=np.int16)


def percentile(values: NDArray[np.floating], percent: float) -> float:
    """Return the value that so many percent of these are below.

    Numpy's own loads its masked arrays on the first call: 11 MB.
    """
    ordered = np.sort(values)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    low, high = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    return float(low + (high - low) * (place - below))
