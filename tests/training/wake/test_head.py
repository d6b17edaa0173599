"""Test where thresholds lie, and what is said of a head."""

import numpy as np
import pytest

from hearken_speech.wake.making.judge import Calibration
from tests.speech.wake.making import toys
from training.wake.head import calibrate, judged


def test_threshold_is_just_above_what_wakes_too_often() -> None:
    """More false accepts an hour are a lower threshold; words get a high logit."""
    rng = np.random.default_rng(6)
    quiet = [rng.exponential(1.0, 2_000) for _ in range(100)]
    words = [np.array([0.0, 12.0, 12.0])] * 5
    rare, frequent = (calibrate(words, quiet, rate) for rate in (0.2, 20.0))
    assert frequent.threshold < rare.threshold < 12
    assert (12 - frequent.threshold) * frequent.slope == pytest.approx(4.0)


def test_misses_and_false_accepts_are_counted() -> None:
    """A report has the words that were missed, and each source of hours."""
    network = toys.learned(toys.examples(2), members=2, seed=7)
    head = network.calibrated(Calibration(threshold=0.7, slope=1.5))
    rng = np.random.default_rng(8)
    words = [toys.said(rng) for _ in range(6)]
    silence = [np.zeros((100, 96), np.float32)]
    report = judged(
        head, words, [("silence", silence), ("words", [words[0].embeddings])]
    )
    assert (report["words_quiet"], report["words_noise"]) == (6, 0)
    assert report["missed_quiet"] <= 1
    assert report["false_accepts"] == {"silence": 0, "words": 1}
