"""Recordings of people, which are not part of the repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import av
import numpy as np

from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples

ROOT: Final = Path(__file__).parents[3]
SOURCE: Final = "HEARKEN_TEST_AUDIO"
RECORDINGS: Final = Path(os.environ.get(SOURCE) or ROOT.parent / "shared" / "audio")
"""The folder of all recordings; it may be absent."""
CASES: Final = Path(
    os.environ.get("HEARKEN_TEST_CASES") or ROOT.parent / "shared" / "cases"
)
"""The folder of recordings that once went wrong; it may be absent."""


def read(path: Path) -> Samples:
    """Return a recording of any format as 16 kHz mono; empty if it has no sound."""
    resampler = av.AudioResampler("s16", "mono", SAMPLE_RATE_HZ)
    with av.open(path) as file:
        frames = [
            part for frame in file.decode(audio=0) for part in resampler.resample(frame)
        ]
        frames += resampler.resample(None)
    if not frames:
        return np.zeros(0, np.int16)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])
