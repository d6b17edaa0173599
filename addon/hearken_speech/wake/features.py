"""Compute from samples the embeddings that wake words are scored on."""

from __future__ import annotations

from typing import Final

import numpy as np

from hearken_speech.audio.mel import MelSpectrogram
from hearken_speech.audio.noise import white_noise

from . import packages
from .embedding import EMBEDDING_SIZE, WARM_UP_STEPS, StreamingEmbedding
from .onnx_file import OnnxFile

STEP_SAMPLES: Final = 1280
"""Samples of one step: 80 ms."""
MAX_HISTORY_STEPS: Final = 64
"""Longest history that a wake word may use: 5 s."""

_USUAL_HISTORY_STEPS: Final = 16
_OVERLAP_SAMPLES: Final = 480
_FIRST_CAPACITY: Final = 4
_NOISE_AMPLITUDE: Final = 1000


class FeatureBank:
    """Features of all streams; each stream has a slot."""

    def __init__(self) -> None:
        """Load the networks and compute the features of background noise."""
        spectrogram = OnnxFile(
            packages.openwakeword_model("melspectrogram.onnx").read_bytes()
        )
        self._mel = MelSpectrogram(
            # The first row of the transform has frequency zero, so it is the window.
            spectrogram.weights("0.stft.conv_real.weight")[0, 0],
            spectrogram.weights("1.melW"),
        )
        self._embedding = StreamingEmbedding()
        state_size = self._embedding.state_size
        self._overlap = np.zeros((1, _OVERLAP_SAMPLES), np.float32)
        self._state = np.zeros((1, state_size), np.float32)
        self._history = np.zeros((1, MAX_HISTORY_STEPS, EMBEDDING_SIZE), np.float32)
        self._free = [0]
        self._first = self._listen_to_noise()
        self._free = []
        self._history = self._history[:, -_USUAL_HISTORY_STEPS:]
        self._grow(_FIRST_CAPACITY)

    @property
    def history_steps(self) -> int:
        """Return how many embeddings are kept of each stream."""
        return int(self._history.shape[1])

    def ensure_history(self, steps: int) -> None:
        """Keep at least this many embeddings of each stream from now on."""
        missing = min(steps, MAX_HISTORY_STEPS) - self.history_steps
        if missing <= 0:
            return
        noise = self._first[2][-missing:]
        older = np.broadcast_to(noise, (len(self._history), *noise.shape))
        self._history = np.concatenate([older, self._history], axis=1)

    def open(self) -> int:
        """Allocate a slot for a new stream."""
        if not self._free:
            self._grow(len(self._state) * 2)
        slot = self._free.pop()
        self.reset(slot)
        return slot

    def close(self, slot: int) -> None:
        """Free a slot."""
        self._free.append(slot)

    def reset(self, slot: int) -> None:
        """Reset a slot to background noise."""
        overlap, state, history = self._first
        self._overlap[slot] = overlap
        self._state[slot] = state
        self._history[slot] = history[-self.history_steps :]

    def step(self, slots: list[int], samples: np.ndarray) -> np.ndarray:
        """Process 80 ms [slots, 1280]; return the embeddings [slots, steps, 96]."""
        heard = np.concatenate([self._overlap[slots], samples], axis=1)
        self._overlap[slots] = heard[:, -_OVERLAP_SAMPLES:]
        embedding, state = self._embedding.step(self._mel(heard), self._state[slots])
        self._state[slots] = state
        history = np.concatenate(
            [self._history[slots, 1:], embedding[:, np.newaxis]], axis=1
        )
        self._history[slots] = history
        return np.asarray(history)

    def _grow(self, capacity: int) -> None:
        """Make room for more streams."""
        old = len(self._state)
        self._overlap = _lengthen(self._overlap, capacity)
        self._state = _lengthen(self._state, capacity)
        self._history = _lengthen(self._history, capacity)
        self._free += range(capacity - 1, old - 1, -1)
        if old == 1:
            self._free.append(0)

    def _listen_to_noise(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the features of soft white noise, with which openWakeWord starts."""
        steps = MAX_HISTORY_STEPS + WARM_UP_STEPS
        noise = np.rint(white_noise(steps * STEP_SAMPLES) * _NOISE_AMPLITUDE)
        for samples in noise.reshape(steps, 1, STEP_SAMPLES):
            self.step([0], samples)
        return self._overlap[0].copy(), self._state[0].copy(), self._history[0].copy()


def _lengthen(array: np.ndarray, length: int) -> np.ndarray:
    """Return a longer copy of the array."""
    longer = np.zeros((length, *array.shape[1:]), array.dtype)
    longer[: len(array)] = array
    return longer
