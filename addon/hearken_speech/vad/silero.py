"""Silero's voice activity detection, one stream at a time.

The model file comes with faster-whisper. It is located without importing that package,
which would load decoders for many audio formats.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import onnxruntime

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAME_SAMPLES: Final = 512
"""Samples that get one probability: 32 ms."""

_CONTEXT_SAMPLES: Final = 64
_STATE_SHAPE: Final = (1, 1, 128)
_MODEL_PATTERN: Final = "silero_vad*.onnx"


class VoiceActivityError(Exception):
    """Voice activity detection is not available."""


def find_model() -> Path:
    """Return the path of the model file in faster-whisper."""
    spec = importlib.util.find_spec("faster_whisper")
    for folder in spec.submodule_search_locations or [] if spec else []:
        found = sorted(Path(folder, "assets").glob(_MODEL_PATTERN))
        if found:
            return found[-1]
    msg = "faster-whisper's voice activity model is missing; install the server extra"
    raise VoiceActivityError(msg)


class SileroModel:
    """The network, shared by all streams."""

    def __init__(self, path: Path | None = None) -> None:
        """Load the network with one thread."""
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = 1
        options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(
            str(path or find_model()),
            sess_options=options,
            providers=["CPUExecutionProvider"],
        )

    def run(
        self,
        frames: NDArray[np.float32],
        hidden: NDArray[np.float32],
        cell: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Return the probabilities of the frames, and the state after them."""
        probabilities, hidden, cell = self._session.run(
            None, {"input": frames, "h": hidden, "c": cell}
        )
        return probabilities, hidden, cell


class SileroStream:
    """Speech probabilities of one stream, per frame of 32 ms."""

    def __init__(self, model: SileroModel) -> None:
        """Start after silence."""
        self._model = model
        self._hidden = np.zeros(_STATE_SHAPE, np.float32)
        self._cell = np.zeros(_STATE_SHAPE, np.float32)
        self._sound = np.zeros(_CONTEXT_SAMPLES, np.float32)

    def process(self, samples: NDArray[np.int16]) -> list[float]:
        """Process samples and return the probability of every completed frame."""
        sound = np.concatenate(
            [self._sound, samples.astype(np.float32) / np.float32(32_768)]
        )
        count = (sound.size - _CONTEXT_SAMPLES) // FRAME_SAMPLES
        if not count:
            self._sound = sound
            return []
        new = sound[_CONTEXT_SAMPLES : _CONTEXT_SAMPLES + count * FRAME_SAMPLES]
        frames = np.empty((count, _CONTEXT_SAMPLES + FRAME_SAMPLES), np.float32)
        frames[:, _CONTEXT_SAMPLES:] = new.reshape(count, FRAME_SAMPLES)
        frames[0, :_CONTEXT_SAMPLES] = sound[:_CONTEXT_SAMPLES]
        frames[1:, :_CONTEXT_SAMPLES] = frames[:-1, -_CONTEXT_SAMPLES:]
        self._sound = sound[count * FRAME_SAMPLES :]
        probabilities, self._hidden, self._cell = self._model.run(
            frames, self._hidden, self._cell
        )
        return [float(probability) for probability in probabilities.reshape(-1)]
