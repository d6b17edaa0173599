"""The bank of negatives: embeddings of speech and noise without a wake word.

``negatives.npz`` is made by ``training/negatives.py``; its origin is in
``negatives.md``. An embedding is stored in a byte for each number, a clip with what is
said in it, so that a clip that says the word to learn can be left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from .phrase import says

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .embedding import Embeddings
    from .phrase import Phrase

BANK: Final = Path(__file__).with_name("negatives.npz")
STEP_SECONDS: Final = 0.08
_STEPS: Final = 127


@dataclass(frozen=True, slots=True)
class NegativeClip:
    """The embeddings of a clip, and where it comes from."""

    embeddings: Embeddings
    source: str
    text: str = ""

    @property
    def is_real(self) -> bool:
        """Return whether people or things made the sounds, not a program."""
        return not self.source.startswith("voice:")


def save(path: Path, clips: Sequence[NegativeClip]) -> None:
    """Write a bank."""
    rows = np.concatenate([clip.embeddings for clip in clips]).astype(np.float32)
    scale = np.percentile(np.abs(rows), 99.95, axis=0) / _STEPS
    codes = np.clip(np.rint(rows / scale), -_STEPS, _STEPS).astype(np.int8)
    about = [{"source": clip.source, "text": clip.text} for clip in clips]
    np.savez_compressed(
        path,
        codes=codes,
        scale=scale.astype(np.float32),
        lengths=np.array([len(clip.embeddings) for clip in clips], np.int32),
        about=np.frombuffer(json.dumps(about).encode(), np.uint8),
    )


def load(path: Path = BANK) -> list[NegativeClip]:
    """Read a bank."""
    with np.load(path) as stored:
        about = json.loads(stored["about"].tobytes())
        ends = np.cumsum(stored["lengths"])
        rows = stored["codes"] * stored["scale"]
        parts = np.split(rows.astype(np.float16), ends[:-1])
    return [
        NegativeClip(part, one["source"], one["text"])
        for part, one in zip(parts, about, strict=True)
    ]


def without(clips: Sequence[NegativeClip], phrase: Phrase) -> list[NegativeClip]:
    """Return the clips in which the phrase is not said."""
    return [clip for clip in clips if not says(clip.text, phrase)]


def hours(clips: Sequence[NegativeClip]) -> float:
    """Return the length of clips in hours."""
    return sum(len(clip.embeddings) for clip in clips) * STEP_SECONDS / 3600
