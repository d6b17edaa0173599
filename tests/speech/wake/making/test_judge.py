"""Test where the threshold lies, and what is said of it."""

import numpy as np

from hearken_speech.wake.making.judge import (
    calibration_at,
    events,
    expect,
    threshold_between,
    threshold_for,
)


def test_threshold_lies_above_the_negatives() -> None:
    """An average word is far above it."""
    rng = np.random.default_rng(3)
    words = [np.full(5, level) for level in (7.0, 8.0, 9.0)]
    negatives = [rng.standard_normal(1_000) - 3 for _ in range(20)]
    found = calibration_at(threshold_between(words, negatives), words)
    assert max(clip.max() for clip in negatives) - 0.5 < found.threshold < 5.0
    assert (8.0 - found.threshold) * found.slope > 1.5


def test_events_are_those_of_the_detector() -> None:
    """A peak of one step is none unless it is sure; a word counts once."""
    assert events(np.array([-5.0, 1.0, -5.0])) == 0
    assert events(np.array([-5.0, 3.5, -5.0])) == 1
    assert events(np.array([-5.0, 1.0, -0.5, -5.0])) == 1
    assert events(np.full(20, 2.0)) == 1


def test_expectation_is_honest_about_what_was_not_seen() -> None:
    """No false accept in an hour does not mean that there are none a day."""
    word, silence = np.full(4, 2.0), np.full(4, -9.0)
    hour = np.full(45_000, -9.0)
    found = expect([word, word, silence], [True, False, False], [hour])
    assert (found.missed_percent, found.missed_noisy_percent) == (0, 50)
    assert (found.false_accepts, round(found.hours, 2)) == (0, 1.0)
    assert 70 < found.most_false_accepts_a_day < 75


def test_threshold_is_exceeded_as_often_as_wanted() -> None:
    """An hour with twenty peaks, each a bit higher: two of them exceed it."""
    hour = np.full(45_000, -9.0)
    for number in range(20):
        hour[2_000 * (number + 1) :][:2] = number / 10
    assert threshold_for([hour], 10.0) < threshold_for([hour], 2.0)
    assert 1.4 < threshold_for([hour], 2.0) < 2.2
