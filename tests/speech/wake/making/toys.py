"""Embeddings that are easy to tell apart, in place of real ones."""

from __future__ import annotations

from typing import Final

import numpy as np

from hearken_speech.wake.embedding import EMBEDDING_SIZE
from hearken_speech.wake.features import STEP_SAMPLES
from hearken_speech.wake.making import learning
from hearken_speech.wake.making.learning import Examples, Network, Said
from hearken_speech.wake.making.network import Shape
from hearken_speech.wake.making.scenes import Place
from hearken_speech.wake.making.whitening import Whitening

SHAPE: Final = Shape(steps=6, hidden=8, second=4, batches=120, blurred=0.5, decay=0.02)
_FIRST: Final = 20
_STEPS: Final = 6


def said(rng: np.random.Generator) -> Said:
    """Return a scene in which a few steps differ from all others."""
    rows = clip(rng, 40)
    rows[_FIRST : _FIRST + _STEPS, :8] += 2.0
    place = Place(_FIRST * STEP_SAMPLES, (_FIRST + _STEPS - 1) * STEP_SAMPLES)
    return Said(embeddings=rows, place=place, is_plain=True)


def clip(rng: np.random.Generator, steps: int) -> np.ndarray:
    """Return steps in which nothing is said."""
    return rng.standard_normal((steps, EMBEDDING_SIZE)).astype(np.float32)


def examples(seed: int) -> Examples:
    """Return something to learn from."""
    rng = np.random.default_rng(seed)
    return Examples([said(rng) for _ in range(30)], [clip(rng, 80) for _ in range(30)])


def learned(told: Examples, members: int, seed: int, shape: Shape = SHAPE) -> Network:
    """Return a head that learned from examples."""
    return learning.learn(told, Whitening(told.others), shape, members, seed)
