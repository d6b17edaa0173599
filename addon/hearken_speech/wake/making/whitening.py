"""Makes the numbers of embeddings independent and equally large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.wake.embedding import EMBEDDING_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .embedding import Embeddings

_SHRINKAGE: Final = 0.05


class Whitening:
    """Makes the numbers of embeddings independent and equally large."""

    def __init__(self, clips: Sequence[Embeddings]) -> None:
        """Measure the embeddings of clips."""
        count = sum(len(clip) for clip in clips)
        self.mean = sum(clip.sum(0, np.float64) for clip in clips) / count
        products = np.zeros((EMBEDDING_SIZE, EMBEDDING_SIZE))
        for clip in clips:
            centered = clip - self.mean
            products += centered.T @ centered
        powers, vectors = np.linalg.eigh(products / count)
        powers = powers + _SHRINKAGE * powers.mean()
        self.matrix = vectors / np.sqrt(powers)

    def __call__(self, embeddings: Embeddings) -> Embeddings:
        """Return whitened embeddings."""
        return np.asarray((embeddings - self.mean) @ self.matrix, np.float32)
