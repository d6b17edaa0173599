"""Test that a head is stored as a file that everything loads."""

from pathlib import Path

import numpy as np
import onnx

from hearken_speech.wake.embedding import EMBEDDING_SIZE
from hearken_speech.wake.heads import load_head
from hearken_speech.wake.making import judge
from hearken_speech.wake.making.head_file import head_bytes
from hearken_speech.wake.making.network import windows
from tests.speech.wake.making import toys


def test_file_scores_as_the_head_does(tmp_path: Path) -> None:
    """It is valid ONNX, takes a batch, and has whitening, members and threshold."""
    head = toys.learned(toys.examples(2), members=2, seed=7).calibrated(
        judge.Calibration(threshold=0.7, slope=1.5)
    )
    path = tmp_path / "word.onnx"
    path.write_bytes(head_bytes(head))
    onnx.checker.check_model(onnx.load(str(path)))
    rows = toys.clip(np.random.default_rng(5), 30) * 3 + 1
    steps = toys.SHAPE.steps
    batch = windows(rows, range(steps - 1, 30), steps).reshape(
        -1, steps, EMBEDDING_SIZE
    )
    expected = 1 / (1 + np.exp(-head.logits(rows)))
    np.testing.assert_allclose(load_head(path).score(batch), expected, atol=1e-4)
