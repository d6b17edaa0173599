"""Features exactly as the speech server computes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.audio.whisper_mel import IncrementalMel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.speak import Sound

MEL_BANDS: Final = 80
QUIETEST_LOG: Final = -10.0
DYNAMIC_RANGE: Final = 8.0

type LogMel = NDArray[np.float16]
"""Frames by bands, log10 of the power, before the window's normalisation."""


def log_mel(sound: Sound) -> LogMel:
    """Return the features of a sound without those of the padding after it."""
    mel = IncrementalMel(MEL_BANDS)
    mel.add(sound)
    frames = np.concatenate([*mel.snapshot()._frames, *mel._tail_frames()])  # noqa: SLF001 - before normalisation, which augmentation has to precede
    return np.asarray(frames, np.float16)


def normalised(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return log-mel windows (…, frames, bands) as the model takes them."""
    highest = frames.max(axis=(-2, -1), keepdims=True)
    return np.asarray((np.maximum(frames, highest - DYNAMIC_RANGE) + 4.0) / 4.0)
