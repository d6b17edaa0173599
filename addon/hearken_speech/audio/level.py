"""Change the level of audio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
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
