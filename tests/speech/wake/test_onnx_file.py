"""Test reading and changing ONNX files."""

import numpy as np
import onnx
import pytest

from hearken_speech.wake import packages
from hearken_speech.wake.errors import WakeModelError
from hearken_speech.wake.onnx_file import OnnxFile


@pytest.mark.parametrize(
    "name",
    ["embedding_model", "melspectrogram", "hey_jarvis_v0.1", "timer_v0.1"],
)
def test_file_survives_reading_and_writing(name: str) -> None:
    """The ONNX toolkit reads the same model from an unchanged file."""
    data = packages.openwakeword_model(f"{name}.onnx").read_bytes()
    before = onnx.load_from_string(data)
    del before.graph.value_info[:]
    after = onnx.load_from_string(OnnxFile(data).to_bytes())
    assert after == before


def test_weights_are_those_of_the_toolkit() -> None:
    """The weights equal those read by the toolkit."""
    data = packages.openwakeword_model("alexa_v0.1.onnx").read_bytes()
    by_toolkit = {
        tensor.name: onnx.numpy_helper.to_array(tensor)
        for tensor in onnx.load_from_string(data).graph.initializer
    }
    file = OnnxFile(data)
    for name, expected in by_toolkit.items():
        np.testing.assert_array_equal(file.weights(name), expected)
    with pytest.raises(WakeModelError, match="no usable weights called nothing"):
        file.weights("nothing")


def test_broken_files_are_refused() -> None:
    """Truncated and foreign files raise only our error."""
    data = packages.openwakeword_model("hey_rhasspy_v0.1.onnx").read_bytes()
    random = np.random.default_rng(0)
    broken = [b"", b"\x00", b"hello world", data[:-1], data[:1000], b"\xff" * 100]
    broken += [random.bytes(200) for _ in range(200)]
    for item in broken:
        with pytest.raises(WakeModelError):
            OnnxFile(item)
