"""Test TensorFlow Lite models."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from hearken_speech.wake import packages
from hearken_speech.wake.errors import WakeModelError
from hearken_speech.wake.tflite import TfliteModel


def test_scores_are_those_of_the_same_model_in_onnx() -> None:
    """Both formats of a model in the package give the same scores."""
    path = packages.openwakeword_model("alexa_v0.1.tflite")
    lite = TfliteModel(path.read_bytes())
    assert lite.input_shape == [1, 16, 96]
    assert lite.output_shape == [1, 1]
    session = onnxruntime.InferenceSession(str(path.with_suffix(".onnx")))
    random = np.random.default_rng(0)
    for scale in (1, 10, 30):
        x = (random.standard_normal((1, 16, 96)) * scale).astype(np.float32)
        (expected,) = session.run(None, {session.get_inputs()[0].name: x})
        assert lite.run(x)[0, 0] == pytest.approx(expected[0, 0], abs=1e-4)


@pytest.mark.parametrize(
    "change",
    [
        lambda _data: b"",
        lambda _data: b"TFL3" * 1000,
        lambda data: data[: len(data) // 2],
        lambda data: data[:100],
    ],
)
def test_broken_files_are_refused(change: object) -> None:
    """An invalid file raises an error."""
    assert callable(change)
    data = packages.pyopen_wakeword_model("okay_nabu.tflite").read_bytes()
    with pytest.raises(WakeModelError):
        TfliteModel(change(data))


def test_model_outlives_its_file(tmp_path: Path) -> None:
    """A model can be used after its file has been deleted."""
    source = packages.pyopen_wakeword_model("okay_nabu.tflite")
    copy = tmp_path / "word.tflite"
    copy.write_bytes(source.read_bytes())
    model = TfliteModel(copy.read_bytes())
    x = np.ones((1, 16, 96), np.float32)
    before = model.run(x)
    copy.unlink()
    np.testing.assert_array_equal(model.run(x), before)
