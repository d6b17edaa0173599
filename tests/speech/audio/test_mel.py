"""Test the mel spectrogram."""

import numpy as np
import onnxruntime

from hearken_speech.audio.mel import MelSpectrogram
from hearken_speech.wake import packages
from hearken_speech.wake.onnx_file import OnnxFile

STEP_WITH_OVERLAP = 1760


def test_each_stream_is_as_openwakeword_computes_it_alone() -> None:
    """Loud, soft and silent streams in one batch do not affect each other."""
    path = packages.openwakeword_model("melspectrogram.onnx")
    file = OnnxFile(path.read_bytes())
    mel = MelSpectrogram(
        file.weights("0.stft.conv_real.weight")[0, 0], file.weights("1.melW")
    )
    loudness = np.array([[20_000], [3_000], [100], [1], [0]])
    random = np.random.default_rng(1).standard_normal((5, STEP_WITH_OVERLAP))
    samples = np.clip(random * loudness, -32768, 32767).astype(np.int16)
    together = mel(samples.astype(np.float32))
    assert together.shape == (5, 8, 32)
    assert together.dtype == np.float32
    reference = onnxruntime.InferenceSession(str(path))
    for row, stream in zip(together, samples, strict=True):
        (alone,) = reference.run(None, {"input": stream[None].astype(np.float32)})
        np.testing.assert_allclose(row, alone[0, 0] / 10 + 2, atol=1e-5)
