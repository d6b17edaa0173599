"""A small network over a window of embeddings, and how it learns.

All members of it look at the same window; each has two hidden layers of its own. The
logit is their mean, which depends less on chance than that of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hearken_speech.wake.embedding import EMBEDDING_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from .embedding import Embeddings
    from .judge import Calibration

type Numbers = NDArray[Any]
type Windows = NDArray[np.float32]
"""Windows of embeddings, flat: [windows, steps x 96]."""

_FIRST_RATE: Final = 2e-3
_MOMENTUM: Final = 0.9
_SCALE_MEMORY: Final = 0.99
_TINY: Final = 1e-8
_LARGEST_LOGIT: Final = 30.0
_BLUR_NUMBERS: Final = 1 << 21


def windows(
    rows: Embeddings, ends: Sequence[int] | range | Numbers, steps: int
) -> Windows:
    """Return the windows that end with these rows."""
    places = np.asarray(ends, np.int64).reshape(-1, 1) + np.arange(1 - steps, 1)
    return rows[places].reshape(len(places), -1).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a network, and how it learns."""

    steps: int = 12
    """Embeddings in a window."""
    hidden: int = 32
    second: int = 16
    dropped: float = 0.4
    """Share of the first hidden layer that is left out while learning."""
    blurred: float = 1.5
    """Noise on whitened embeddings while learning."""
    decay: float = 2.0
    """How much weights shrink for each step of 1."""
    batches: int = 900


@dataclass(slots=True)
class Layers:
    """The weights of one network."""

    weights: list[Numbers]
    biases: list[Numbers]

    @staticmethod
    def random(shape: Shape, rng: np.random.Generator) -> Layers:
        """Return weights from which learning starts."""
        sizes = (shape.steps * EMBEDDING_SIZE, shape.hidden, shape.second, 1)
        weights = [
            rng.standard_normal(size, np.float32) * np.float32(np.sqrt(2 / size[0]))
            for size in pairwise(sizes)
        ]
        return Layers(weights, [np.zeros(size, np.float32) for size in sizes[1:]])

    def calibrated(self, calibration: Calibration) -> Layers:
        """Return a network whose logit is 0 at a threshold, with another slope."""
        slope, last = np.float32(calibration.slope), self.biases[-1]
        shifted = (last - np.float32(calibration.threshold)) * slope
        return Layers(
            [*self.weights[:-1], self.weights[-1] * slope], [*self.biases[:-1], shifted]
        )

    def logits(self, windows: Numbers) -> Numbers:
        """Return the logits of flat windows."""
        hidden = np.maximum(windows @ self.weights[0] + self.biases[0], 0)
        return self._rest(hidden)

    def slide(self, rows: Embeddings) -> Numbers:
        """Return the logit of each window that ends within a clip."""
        first = self.weights[0].reshape(-1, EMBEDDING_SIZE, len(self.biases[0]))
        steps = len(first)
        count = len(rows) - steps + 1
        if count <= 0:
            return np.zeros(0, np.float32)
        plain = rows.astype(np.float32)
        hidden = np.tile(self.biases[0], (count, 1))
        for step in range(steps):
            hidden += plain[step : step + count] @ first[step]
        return self._rest(np.maximum(hidden, 0))

    def _rest(self, hidden: Numbers) -> Numbers:
        """Return the logits from the first hidden layer."""
        second = np.maximum(hidden @ self.weights[1] + self.biases[1], 0)
        return np.asarray((second @ self.weights[2] + self.biases[2])[:, 0])


type Batch = tuple[Numbers, Numbers, Numbers]
"""Flat windows, whether they are the word, and how much they weigh."""


def learn(
    shape: Shape, rng: np.random.Generator, batch_at: Callable[[int, Layers], Batch]
) -> Layers:
    """Return a network that learned from batches.

    ``batch_at`` gets the number of the batch, and what has been learned so far.
    """
    layers = Layers.random(shape, rng)
    descents = [_Descent(one) for one in (*layers.weights, *layers.biases)]
    blur = _Blur(shape.blurred, rng)
    for number in range(1, shape.batches + 1):
        seen, truth, share = batch_at(number - 1, layers)
        batch = (blur.added(seen), truth, share)
        slopes = _slopes(shape, layers, batch, rng)
        rate = _FIRST_RATE * 0.5 * (1 + np.cos(np.pi * number / shape.batches))
        for descent, slope in zip(descents, slopes, strict=True):
            descent.step(number, slope, rate, shape.decay)
    return layers


class _Blur:
    """Noise on windows: drawing all of it anew would take most of the time."""

    def __init__(self, size: float, rng: np.random.Generator) -> None:
        """Draw numbers, of which other ones are taken each time."""
        self._rng = rng
        self._numbers = rng.standard_normal(_BLUR_NUMBERS, np.float32)
        self._numbers *= np.float32(size)

    def added(self, windows: Windows) -> Windows:
        """Return windows with noise."""
        first = int(self._rng.integers(len(self._numbers) - windows.size))
        taken = self._numbers[first : first + windows.size]
        return windows + taken.reshape(windows.shape)


class _Descent:
    """Improves some numbers in place, with Adam and with decaying weights."""

    def __init__(self, numbers: Numbers) -> None:
        """Set the numbers."""
        self._numbers = numbers
        self._mean: Numbers = np.zeros_like(numbers)
        self._scale: Numbers = np.zeros_like(numbers)

    def step(self, number: int, slope: Numbers, rate: float, decay: float) -> None:
        """Do one step against a slope."""
        self._mean += (1 - _MOMENTUM) * (slope - self._mean)
        self._scale += (1 - _SCALE_MEMORY) * (slope**2 - self._scale)
        mean = self._mean / (1 - _MOMENTUM**number)
        scale = np.sqrt(self._scale / (1 - _SCALE_MEMORY**number)) + _TINY
        if self._numbers.ndim > 1:
            self._numbers *= np.float32(1 - rate * decay)
        self._numbers -= (rate * (mean / scale)).astype(np.float32)


def mean_logits(members: Sequence[Layers], rows: Embeddings) -> Numbers:
    """Return the mean logit of several networks for each window of a clip."""
    return np.asarray(np.mean([one.slide(rows) for one in members], axis=0))


def _slopes(
    shape: Shape, layers: Layers, batch: Batch, rng: np.random.Generator
) -> list[Numbers]:
    """Return how the loss of a batch changes with each of the weights and biases."""
    seen, truth, share = batch
    first, second, third = layers.weights
    kept = rng.random((len(seen), shape.hidden), np.float32) >= shape.dropped
    mask = kept / np.float32(1 - shape.dropped)
    hidden = np.maximum(seen @ first + layers.biases[0], 0) * mask
    deeper = np.maximum(hidden @ second + layers.biases[1], 0)
    logits = (deeper @ third + layers.biases[2])[:, 0]
    limited = np.clip(logits, -_LARGEST_LOGIT, _LARGEST_LOGIT)
    errors = ((1 / (1 + np.exp(-limited)) - truth) * share)[:, None]
    back_deeper = (errors @ third.T) * (deeper > 0)
    back_hidden = (back_deeper @ second.T) * (hidden > 0) * mask
    return [
        seen.T @ back_hidden,
        hidden.T @ back_deeper,
        deeper.T @ errors,
        back_hidden.sum(0),
        back_deeper.sum(0),
        errors.sum(0),
    ]
