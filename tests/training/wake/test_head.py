"""Test where thresholds lie, and the file of a head."""

from pathlib import Path

import numpy as np
import pytest

from hearken_speech.wake.heads import load_head
from hearken_speech.wake.making import judge
from hearken_speech.wake.making.fit import windows
from tests.training.wake import toys
from training.wake import learning
from training.wake.head import Head, calibrate


@pytest.fixture(name="head", scope="module")
def learned_head() -> Head:
    """Return a head of two networks."""
    network = learning.learn(toys.examples(2), toys.SHAPE, members=2, seed=7)
    return Head(network, judge.Calibration(threshold=0.7, slope=1.5))


def test_file_scores_as_the_head_does(head: Head, tmp_path: Path) -> None:
    """Whitening, members, threshold and slope are all in the file."""
    path = tmp_path / "word.onnx"
    path.write_bytes(head.file())
    rows = toys.clip(np.random.default_rng(5), 30) * 3 + 1
    batch = windows(rows, range(5, 30), 6).reshape(-1, 6, 96)
    expected = 1 / (1 + np.exp(-head.logits(rows)))
    np.testing.assert_allclose(load_head(path).score(batch), expected, atol=1e-4)


def test_threshold_is_just_above_what_wakes_too_often() -> None:
    """More false accepts an hour are a lower threshold; words get a high logit."""
    rng = np.random.default_rng(6)
    quiet = [rng.exponential(1.0, 2_000) for _ in range(100)]
    words = [np.array([0.0, 12.0, 12.0])] * 5
    rare, frequent = (calibrate(words, quiet, rate) for rate in (0.2, 20.0))
    assert frequent.threshold < rare.threshold < 12
    assert (12 - frequent.threshold) * frequent.slope == pytest.approx(4.0)


def test_misses_and_false_accepts_are_counted(head: Head) -> None:
    """A report has the words that were missed, and each source of hours."""
    rng = np.random.default_rng(8)
    words = [toys.said(rng) for _ in range(6)]
    silence = [np.zeros((100, 96), np.float32)]
    report = head.judged(
        words, [("silence", silence), ("words", [words[0].embeddings])]
    )
    assert (report["words_quiet"], report["words_noise"]) == (6, 0)
    assert report["missed_quiet"] <= 1
    assert report["false_accepts"] == {"silence": 0, "words": 1}
