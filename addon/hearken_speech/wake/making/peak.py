"""How much a head takes a recording for its word, and each window of a clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hearken_speech.wake.heads import load_head

from .embedding import ClipEmbedder
from .scenes import LEAD_SAMPLES, TAIL_SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from hearken_speech.audio.format import Samples
    from hearken_speech.wake.heads import Head

    from .embedding import Embeddings


def peak_score(path: Path, word: Samples) -> float:
    """Return the highest score of a head for a recording of nothing but a word."""
    head = load_head(path)
    heard = np.pad(word, (LEAD_SAMPLES, TAIL_SAMPLES))
    (rows,) = ClipEmbedder().embed([heard])
    return float(window_scores(head, rows).max(initial=0.0))


def window_scores(head: Head, rows: Embeddings) -> NDArray[np.float32]:
    """Return the score of each window that ends within a clip."""
    if len(rows) < head.steps:
        return np.zeros(0, np.float32)
    batch = np.lib.stride_tricks.sliding_window_view(
        rows.astype(np.float32), head.steps, axis=0
    )
    scores = head.score(np.ascontiguousarray(batch.transpose(0, 2, 1)))
    return np.asarray(scores, np.float32).ravel()
