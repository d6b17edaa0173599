"""Test white noise."""

import numpy as np

from hearken_speech.audio.noise import white_noise


def test_noise_is_even_and_without_a_pattern() -> None:
    """The noise fills its range, without offset or correlation."""
    noise = white_noise(100_000)
    assert noise.dtype == np.float32
    assert -1 <= noise.min() < -0.999
    assert 0.999 < noise.max() <= 1
    assert abs(noise.mean()) < 0.01
    assert abs(noise.std() - 1 / np.sqrt(3)) < 0.01
    power = np.abs(np.fft.rfft(noise)[1:]) ** 2
    assert power.max() < 20 * power.mean()
    np.testing.assert_array_equal(white_noise(10), noise[:10])
