"""Test the streaming form of the embedding network."""

import numpy as np
import onnx
import onnxruntime
import pytest

from hearken_speech.wake import packages
from hearken_speech.wake.embedding import (
    EMBEDDING_SIZE,
    FRAMES_PER_STEP,
    MEL_BANDS,
    WARM_UP_STEPS,
    StreamingEmbedding,
    convert_embedding,
)
from hearken_speech.wake.errors import WakeModelError

STREAMS = 3
STEPS = 30
WINDOW_FRAMES = 76


def _data() -> bytes:
    """Return the original network."""
    return packages.openwakeword_model("embedding_model.onnx").read_bytes()


def test_converted_network_is_valid() -> None:
    """The ONNX checker accepts the converted network."""
    converted, state_size = convert_embedding(_data())
    model = onnx.load_from_string(converted)
    onnx.checker.check_model(model, full_check=True)
    assert state_size * 4 < 40_000, "the state of a stream in bytes"


def test_steps_give_what_windows_give() -> None:
    """After the warm-up, the embeddings equal those of whole windows."""
    mel = np.random.default_rng(3).standard_normal(
        (STREAMS, STEPS * FRAMES_PER_STEP, MEL_BANDS), np.float32
    )
    window = onnxruntime.InferenceSession(_data())
    embedding = StreamingEmbedding()
    state = np.zeros((STREAMS, embedding.state_size), np.float32)
    for step in range(STEPS):
        end = (step + 1) * FRAMES_PER_STEP
        got, state = embedding.step(mel[:, end - FRAMES_PER_STEP : end], state)
        assert got.shape == (STREAMS, EMBEDDING_SIZE)
        if step >= WARM_UP_STEPS:
            frames = mel[:, end - WINDOW_FRAMES : end, :, None]
            (expected,) = window.run(None, {"input_1": frames})
            np.testing.assert_allclose(got, expected.reshape(got.shape), atol=1e-4)


def test_another_network_is_refused() -> None:
    """A different model is refused instead of being converted."""
    head = packages.openwakeword_model("alexa_v0.1.onnx").read_bytes()
    with pytest.raises(WakeModelError, match="unknown operation: "):
        convert_embedding(head)
