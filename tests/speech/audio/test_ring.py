"""Test the ring buffer of samples."""

import numpy as np
import pytest

from hearken_speech.audio.ring import SampleRing


@pytest.mark.parametrize("chunk", [1, 3, 7, 10, 64])
def test_ring_keeps_the_newest(chunk: int) -> None:
    """Chunks of any size are stored at their position."""
    ring = SampleRing(10)
    stream = np.arange(64, dtype=np.int16)
    for first in range(0, 64, chunk):
        ring.append(stream[first : first + chunk])
    assert ring.end == 64
    np.testing.assert_array_equal(ring.read(0, 100), stream[54:])
    np.testing.assert_array_equal(ring.read(56, 61), stream[56:61])
    assert len(ring.read(0, 54)) == 0


def test_missing_sound_is_not_papered_over() -> None:
    """Samples before a gap are not returned for positions after it."""
    ring = SampleRing(10)
    ring.append(np.arange(5, dtype=np.int16))
    ring.skip(100)
    ring.append(np.arange(105, 108, dtype=np.int16))
    assert ring.end == 108
    np.testing.assert_array_equal(ring.read(0, 108), [105, 106, 107])
    ring.clear()
    assert ring.end == 0
    assert len(ring.read(0, 10)) == 0
