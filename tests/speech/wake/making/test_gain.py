"""Test what is said of an improvement."""

from __future__ import annotations

import numpy as np
import pytest

from hearken_speech.wake.making.gain import Gain, Results, most_percent

HEARD = np.array([-5.0, 4.0, 4.0, -5.0])
MISSED = np.full(4, -5.0)


@pytest.mark.parametrize(
    ("seen", "count", "percent"),
    [(0, 5, 45.07), (0, 3, 63.16), (1, 5, 65.74), (2, 10, 50.69), (5, 5, 100.0)],
)
def test_bound_is_that_of_clopper_and_pearson(
    seen: int, count: int, percent: float
) -> None:
    """The figures are those of published tables."""
    assert most_percent(seen, count) == pytest.approx(percent, abs=0.01)


def test_results_are_counted_apart() -> None:
    """Recordings, their scenes, and what is no word."""
    results = Results.of(
        [HEARD, MISSED, MISSED, HEARD],
        [True, True, False, False],
        [np.full(45_000, -5.0), HEARD],
    )
    told = Gain(before=results, after=results).as_dict()["after"]
    assert told == {
        "recordings": 2,
        "missed": 1,
        "scenes": 2,
        "missed_scenes": 1,
        "false_accepts": 1,
        "hours": 1.0,
        "most_missed_percent": 97,
        "missed_scenes_percent": 50,
        "most_false_accepts_a_day": 144.0,
    }
