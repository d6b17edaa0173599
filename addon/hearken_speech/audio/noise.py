"""Reproducible white noise.

numpy's own generators would take 7 MB of memory for good.
"""

from __future__ import annotations

from typing import Final

import numpy as np

_MIX: Final = (0x7FEB352D, 0x846CA68B)


def white_noise(count: int) -> np.ndarray:
    """Return evenly distributed numbers from -1 to 1.

    A counter is hashed. Source of the constants: C. Wellons, "Prospecting for Hash
    Functions", 2018.
    """
    mixed = np.arange(1, count + 1, dtype=np.uint32)
    mixed ^= mixed >> np.uint32(16)
    mixed *= np.uint32(_MIX[0])
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(_MIX[1])
    mixed ^= mixed >> np.uint32(16)
    return (mixed.astype(np.float32) / np.float32(2**31)) - np.float32(1)
