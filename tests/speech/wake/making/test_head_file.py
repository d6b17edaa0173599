"""Test that a head is stored as a file that everything loads."""

from pathlib import Path

import numpy as np
import onnx

from hearken_speech.wake.heads import load_head
from hearken_speech.wake.making.fit import LinearHead, Whitening, windows
from hearken_speech.wake.making.head_file import head_bytes


def test_file_scores_as_the_head_does(tmp_path: Path) -> None:
    """The file is valid ONNX, takes a batch, and gives the same scores."""
    rng = np.random.default_rng(1)
    head = LinearHead(rng.standard_normal((12, 96)).astype(np.float32) / 30, 0.25)
    path = tmp_path / "word.onnx"
    path.write_bytes(head_bytes(head))
    onnx.checker.check_model(onnx.load(str(path)))
    clip = rng.standard_normal((20, 96)).astype(np.float32)
    batch = windows(clip, range(11, 20), 12).reshape(-1, 12, 96)
    expected = 1 / (1 + np.exp(-head.logits(clip)))
    np.testing.assert_allclose(load_head(path).score(batch), expected, atol=1e-5)


def test_whitening_can_be_undone() -> None:
    """A head over whitened embeddings becomes one over plain ones."""
    rng = np.random.default_rng(2)
    clips = [rng.standard_normal((50, 96)) * rng.uniform(1, 9, 96) + 5]
    whitening = Whitening(clips)
    head = LinearHead(rng.standard_normal((3, 96)).astype(np.float32), -1.0)
    np.testing.assert_allclose(
        whitening.undo(head).logits(clips[0]),
        head.logits(whitening(clips[0])),
        rtol=1e-3,
        atol=1e-3,
    )
