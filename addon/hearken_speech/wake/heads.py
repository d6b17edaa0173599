"""The small networks that each detect one wake word."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Protocol, override

import numpy as np

from hearken_speech.audio.noise import white_noise

from .embedding import EMBEDDING_SIZE
from .errors import WakeModelError
from .features import MAX_HISTORY_STEPS
from .onnx_file import OnnxFile
from .onnx_session import OnnxSession
from .tflite import TfliteModel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ONNX_SUFFIX: Final = ".onnx"
TFLITE_SUFFIX: Final = ".tflite"
SUFFIXES: Final = frozenset({ONNX_SUFFIX, TFLITE_SUFFIX})
MAX_FILE_BYTES: Final = 20_000_000

_INPUT_AXES: Final = 3
_TRIAL_STREAMS: Final = 3
_SAME: Final = 1e-5


class Head(Protocol):
    """Scores a sequence of embeddings for one wake word."""

    steps: int
    """Number of embeddings that it takes."""

    def score(self, embeddings: np.ndarray) -> np.ndarray:
        """Return the scores [streams] of [streams, steps, 96]."""


class _OnnxHead(Head):
    """A classifier in ONNX format."""

    def __init__(self, data: bytes) -> None:
        """Load the classifier, with a free batch axis if it supports one."""
        self._session = _load_session(data)
        if len(self._session.inputs) != 1 or len(self._session.outputs) != 1:
            msg = "it does not have exactly one input and one output"
            raise WakeModelError(msg)
        ((self._input, kind, shape),) = self._session.inputs
        if kind != "tensor(float)":
            msg = "its input or output is not of type float"
            raise WakeModelError(msg)
        self.steps = _steps(shape)
        self._is_batched = self._bears_a_batch()

    @override
    def score(self, embeddings: np.ndarray) -> np.ndarray:
        """Return the scores [streams] of [streams, steps, 96]."""
        if self._is_batched:
            return self._run(embeddings)
        return np.concatenate([self._run(e[None]) for e in embeddings])

    def _run(self, embeddings: np.ndarray) -> np.ndarray:
        """Score all streams in one call."""
        contiguous = np.ascontiguousarray(embeddings, np.float32)
        output = self._session.run({self._input: contiguous})[0]
        return _scores(output, len(embeddings))

    def _bears_a_batch(self) -> bool:
        """Return whether streams in one batch score the same as each alone."""
        shape = (_TRIAL_STREAMS, self.steps, EMBEDDING_SIZE)
        trial = white_noise(math.prod(shape)).reshape(shape)
        alone = np.concatenate([self._run(e[None]) for e in trial])
        try:
            together = self._run(trial)
        except WakeModelError:
            return False
        return np.allclose(together, alone, atol=_SAME)


def _load_session(data: bytes) -> OnnxSession:
    """Load a network with a free batch axis, or unchanged if that fails."""
    try:
        file = OnnxFile(data)
        file.compute_both_branches()
        file.free_first_axis()
        return OnnxSession(file.to_bytes())
    except WakeModelError:
        return OnnxSession(data)


class _TfliteHead(Head):
    """A classifier in TensorFlow Lite format."""

    def __init__(self, data: bytes) -> None:
        """Load the classifier."""
        self._model = TfliteModel(data)
        self.steps = _steps(self._model.input_shape)

    @override
    def score(self, embeddings: np.ndarray) -> np.ndarray:
        """Return the scores [streams] of [streams, steps, 96]."""
        return np.concatenate([_scores(self._model.run(e), 1) for e in embeddings])


def load_head(path: Path) -> Head:
    """Load the classifier in a file; raise WakeModelError if it cannot be used."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            msg = f"the file is larger than {MAX_FILE_BYTES // 1_000_000} MB"
            raise WakeModelError(msg)
        data = path.read_bytes()
    except OSError as err:
        msg = f"the file cannot be read: {err.strerror}"
        raise WakeModelError(msg) from err
    if not data:
        msg = "the file is empty"
        raise WakeModelError(msg)
    if path.suffix.lower() == TFLITE_SUFFIX:
        return _TfliteHead(data)
    return _OnnxHead(data)


def _steps(shape: Sequence[int | str | None]) -> int:
    """Return the number of embeddings the input takes."""
    if len(shape) != _INPUT_AXES or shape[2] != EMBEDDING_SIZE:
        msg = (
            "it is not an openWakeWord model: its input is "
            f"{list(shape)}, not [1, steps, {EMBEDDING_SIZE}]"
        )
        raise WakeModelError(msg)
    steps = shape[1]
    if not isinstance(steps, int) or not 1 <= steps <= MAX_HISTORY_STEPS:
        msg = f"it looks at {steps} steps; 1 to {MAX_HISTORY_STEPS} are possible"
        raise WakeModelError(msg)
    return steps


def _scores(output: np.ndarray, streams: int) -> np.ndarray:
    """Return one score per stream."""
    if output.size != streams:
        msg = f"it gives {output.size // streams} values; a wake word gives one"
        raise WakeModelError(msg)
    return output.reshape(streams)
