"""How much a head takes a recording for its word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hearken_speech.wake.heads import load_head

from .embedding import ClipEmbedder
from .scenes import LEAD_SAMPLES, TAIL_SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

    from hearken_speech.audio.format import Samples


def peak_score(path: Path, word: Samples) -> float:
    """Return the highest score of a head for a recording of nothing but a word."""
    head = load_head(path)
    heard = np.pad(word, (LEAD_SAMPLES, TAIL_SAMPLES))
    (rows,) = ClipEmbedder().embed([heard])
    if len(rows) < head.steps:
        return 0.0
    batch = np.lib.stride_tricks.sliding_window_view(
        rows.astype(np.float32), head.steps, axis=0
    )
    scores = head.score(np.ascontiguousarray(batch.transpose(0, 2, 1)))
    return float(scores.max())
