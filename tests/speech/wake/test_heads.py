"""Test the classifiers."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from hearken_speech.wake import packages
from hearken_speech.wake.errors import WakeModelError
from hearken_speech.wake.heads import load_head
from tests.speech.wake import models
from tests.speech.wake.reference import WORDS


@pytest.mark.parametrize("word", WORDS)
def test_many_streams_are_scored_as_each_alone(word: str) -> None:
    """Scores are the same in a batch, or in a loop where batches are impossible."""
    path = packages.openwakeword_model(f"{word}_v0.1.onnx")
    session = onnxruntime.InferenceSession(str(path))
    x = np.random.default_rng(2).standard_normal((200, 16, 96), np.float32) * 20
    alone = [session.run(None, {session.get_inputs()[0].name: row[None]}) for row in x]
    head = load_head(path)
    assert head.steps == 16
    if word == "hey_jarvis":
        # It runs a second network if the first one is positive: both cases are tested.
        assert 10 < (np.ravel(alone) > 0.5).sum() < 190
    np.testing.assert_allclose(head.score(x), np.ravel(alone), atol=1e-6)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.write_bytes(b""), "the file is empty"),
        (lambda path: path.write_bytes(b"x" * 100), "cannot load it"),
        (lambda path: path.write_bytes(bytes(20_000_001)), "larger than 20 MB"),
        (lambda _path: None, "cannot be read"),
        (lambda path: models.save(path, [], [1, 16]), "cannot load it|its input is"),
        (
            lambda path: path.write_bytes(
                packages.openwakeword_model("timer_v0.1.onnx").read_bytes()
            ),
            "it gives 7 values; a wake word gives one",
        ),
        (
            lambda path: path.write_bytes(
                packages.openwakeword_model("embedding_model.onnx").read_bytes()
            ),
            "not an openWakeWord model",
        ),
        (
            lambda path: path.write_bytes(
                packages.openwakeword_model("silero_vad.onnx").read_bytes()
            ),
            "exactly one input",
        ),
    ],
)
def test_unusable_files_say_why(tmp_path: Path, make: object, reason: str) -> None:
    """An invalid file is refused with a reason."""
    assert callable(make)
    path = tmp_path / "word.onnx"
    make(path)
    with pytest.raises(WakeModelError, match=reason):
        load_head(path)
