"""Silero's voice activity detection, one stream at a time.

The network is faster-whisper's. Its own function takes whole recordings and starts
each from silence; here the state goes on, so that speech is found while it is spoken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from faster_whisper.vad import get_vad_model

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAME_SAMPLES: Final = 512
"""Samples that get one probability: 32 ms."""

_CONTEXT_SAMPLES: Final = 64
_STATE_SHAPE: Final = (1, 1, 128)


class SileroModel:
    """The network, shared by all streams."""

    def __init__(self) -> None:
        """Load the network, which takes one thread."""
        self._session = get_vad_model().session

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
