"""Embeddings of whole clips, many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hearken_speech.wake.embedding import EMBEDDING_SIZE
from hearken_speech.wake.features import STEP_SAMPLES, FeatureBank

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from hearken_speech.audio.format import Samples

type Embeddings = NDArray[Any]
"""Embeddings [steps, 96] of a clip; row n is that of the step which ends at
(n + 1) x 1280 samples."""

_BATCH: Final = 32


class ClipEmbedder:
    """Computes the embeddings of clips."""

    def __init__(self) -> None:
        """Load the networks."""
        self._bank = FeatureBank()
        self._slots = [self._bank.open() for _ in range(_BATCH)]

    def embed(
        self,
        clips: Sequence[Samples],
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> list[Embeddings]:
        """Return the embeddings of each clip, in 16 bit; the rest of a step is cut.

        Report how many clips are done.
        """
        found: list[Embeddings] = [np.zeros((0, EMBEDDING_SIZE), np.float16)] * len(
            clips
        )
        # Clips of similar length share a batch.
        order = sorted(range(len(clips)), key=lambda index: len(clips[index]))
        for first in range(0, len(order), _BATCH):
            batch = order[first : first + _BATCH]
            embedded = self._batch([clips[index] for index in batch])
            for index, embeddings in zip(batch, embedded, strict=True):
                found[index] = embeddings
            on_progress(first + len(batch))
        return found

    def _batch(self, clips: Sequence[Samples]) -> list[Embeddings]:
        """Return the embeddings of a few clips."""
        steps = [len(clip) // STEP_SAMPLES for clip in clips]
        padded = np.zeros((len(clips), max(steps) * STEP_SAMPLES), np.float32)
        for row, clip in zip(padded, clips, strict=True):
            used = min(len(clip), len(row))
            row[:used] = clip[:used]
        slots = self._slots[: len(clips)]
        for slot in slots:
            self._bank.reset(slot)
        embeddings = np.stack(
            [
                self._bank.step(
                    slots, padded[:, at * STEP_SAMPLES : (at + 1) * STEP_SAMPLES]
                )[:, -1].astype(np.float16)
                for at in range(max(steps))
            ],
            axis=1,
        )
        return [row[:count] for row, count in zip(embeddings, steps, strict=True)]
