"""Test gain and volume."""

import numpy as np
import pytest

from hearken_speech.audio.level import (
    factor_of_gain,
    factor_of_volume,
    percentile,
    scale,
)

SOUND = np.array([0, 1000, -1000, 20_000, -20_000], dtype=np.int16)


@pytest.mark.parametrize(
    ("gain_db", "expected"),
    [
        (0, [0, 1000, -1000, 20_000, -20_000]),
        (20, [0, 10_000, -10_000, 32_767, -32_768]),
        (-20, [0, 100, -100, 2000, -2000]),
    ],
)
def test_gain(gain_db: float, expected: list[int]) -> None:
    """Twenty decibels are a factor of ten; overflow is clipped."""
    assert scale(SOUND, factor_of_gain(gain_db)).tolist() == expected


def test_volume() -> None:
    """Full volume changes nothing, zero is silence, and half is an eighth."""
    assert scale(SOUND, factor_of_volume(1.0)) is SOUND
    assert not scale(SOUND, factor_of_volume(0.0)).any()
    half = scale(SOUND, factor_of_volume(0.5))
    assert half.tolist() == [0, 125, -125, 2500, -2500]
    assert half.dtype == np.int16


@pytest.mark.parametrize("count", [1, 2, 7, 250])
@pytest.mark.parametrize("percent", [0, 10, 50, 99.9, 100])
def test_percentile_is_that_of_numpy(count: int, percent: float) -> None:
    """Between two values, the percentile is in between."""
    values = np.random.default_rng(count).normal(0, 30, count).astype(np.float32)
    expected = float(np.percentile(values, percent))
    assert percentile(values, percent) == pytest.approx(expected, abs=1e-4)
