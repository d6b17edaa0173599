"""Learn a head that tells the windows of a word from all others.

It is a logistic regression over a window of embeddings. There are a hundred negative
windows for each positive one, so it starts with a sample and adds those that it takes
for the word, a few times over.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hearken_speech.wake.embedding import EMBEDDING_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from .embedding import Embeddings

type Windows = NDArray[np.float32]
"""Windows of embeddings, flat: [windows, steps x 96]."""
type Numbers = NDArray[Any]

_ROUNDS: Final = 4
_ITERATIONS: Final = 120
_SAMPLED_WINDOWS: Final = 9_000
_HARDEST_WINDOWS: Final = 2_500
_HARDEST_OF_A_CLIP: Final = 4
_PENALTY: Final = 0.2
_SHRINKAGE: Final = 0.05
_FIRST_RATE: Final = 0.03
_LAST_RATE: Final = 0.002
_MOMENTUM: Final = 0.9
_SCALE_MEMORY: Final = 0.99
_LARGEST_LOGIT: Final = 30.0


@dataclass(frozen=True, slots=True)
class LinearHead:
    """Weights and bias over a window of embeddings; the score is a logit."""

    weights: Numbers
    """[steps, 96]"""
    bias: float

    @property
    def steps(self) -> int:
        """Return the number of embeddings in a window."""
        return len(self.weights)

    def logits(self, embeddings: Embeddings) -> Numbers:
        """Return the logit of each window that ends within the clip."""
        return _slide(embeddings.astype(np.float32), self.weights, self.bias)

    def calibrated(self, threshold: float, slope: float) -> LinearHead:
        """Return a head whose logit is 0 at this threshold, with another slope."""
        return LinearHead(self.weights * slope, (self.bias - threshold) * slope)


def windows(embeddings: Embeddings, ends: Sequence[int] | range, steps: int) -> Windows:
    """Return the windows that end with these rows."""
    rows = np.asarray(ends, np.int64).reshape(-1, 1) + np.arange(1 - steps, 1)
    flat = (len(rows), steps * EMBEDDING_SIZE)
    return embeddings[rows].reshape(flat).astype(np.float32)


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

    def undo(self, head: LinearHead) -> LinearHead:
        """Return a head over plain embeddings that equals one over whitened ones."""
        weights = head.weights @ self.matrix.T
        bias = head.bias - float((weights @ self.mean).sum())
        return LinearHead(weights.astype(np.float32), bias)


@dataclass(frozen=True, slots=True)
class Examples:
    """What to learn from; everything is whitened."""

    positives: Windows
    negatives: Windows
    """Windows that are negative for certain, as those of half a word."""
    clips: Sequence[Embeddings]
    """Clips without the word."""
    steps: int


class _Gathered:
    """Windows to learn from, in one array: nothing else is nearly as large."""

    def __init__(self, capacity: int, steps: int) -> None:
        """Make room for so many windows."""
        self._windows = np.empty((capacity, steps * EMBEDDING_SIZE), np.float32)
        self._count = 0

    def add(self, found: Iterable[Windows]) -> None:
        """Add windows."""
        for one in found:
            self._windows[self._count : self._count + len(one)] = one
            self._count += len(one)

    @property
    def windows(self) -> Windows:
        """Return the windows that were added."""
        return self._windows[: self._count]


def learn(
    examples: Examples,
    rng: np.random.Generator,
    on_round: Callable[[], None] = lambda: None,
) -> LinearHead:
    """Return a head over whitened embeddings."""
    steps, clips = examples.steps, examples.clips
    positives, negatives = len(examples.positives), len(examples.negatives)
    sampled = _sampled(clips, steps, rng)
    found = _Gathered(
        positives
        + negatives
        + sum(map(len, sampled))
        + (_ROUNDS - 1) * _HARDEST_WINDOWS,
        steps,
    )
    found.add((examples.positives, examples.negatives))
    found.add(map(windows, clips, sampled, repeat(steps)))
    head = LinearHead(np.zeros((steps, EMBEDDING_SIZE), np.float32), 0.0)
    for number in range(_ROUNDS):
        if number:
            found.add(_hardest(clips, head))
        head = _descend(head, found.windows, positives)
        on_round()
    return head


def _descend(head: LinearHead, inputs: Windows, positives: int) -> LinearHead:
    """Return the head improved on windows, with Adam on all of them at once.

    The first windows are positive.
    """
    truth = np.zeros(len(inputs), np.float32)
    truth[:positives] = 1
    # Both sides weigh the same.
    share = np.full(len(inputs), 0.5 / max(1, len(inputs) - positives), np.float32)
    share[:positives] = 0.5 / max(1, positives)
    weights = np.append(head.weights.ravel(), head.bias).astype(np.float32)
    mean: Numbers = np.zeros_like(weights)
    scale: Numbers = np.zeros_like(weights)
    for number in range(1, _ITERATIONS + 1):
        logits = inputs @ weights[:-1] + weights[-1]
        errors = (_sigmoid(logits) - truth) * share
        slope = np.append(inputs.T @ errors + _PENALTY * weights[:-1], errors.sum())
        mean = _MOMENTUM * mean + (1 - _MOMENTUM) * slope
        scale = _SCALE_MEMORY * scale + (1 - _SCALE_MEMORY) * slope**2
        rate = _FIRST_RATE * (1 - number / _ITERATIONS) + _LAST_RATE
        step = mean / (1 - _MOMENTUM**number)
        step = step / (np.sqrt(scale / (1 - _SCALE_MEMORY**number)) + 1e-8)
        weights -= (rate * step).astype(np.float32)
    shape = head.weights.shape
    return LinearHead(weights[:-1].reshape(shape), float(weights[-1]))


def _sampled(
    clips: Sequence[Embeddings], steps: int, rng: np.random.Generator
) -> list[list[int]]:
    """Return the ends of random windows of each clip."""
    total = sum(max(0, len(clip) - steps + 1) for clip in clips)
    share = min(1.0, _SAMPLED_WINDOWS / max(1, total))
    found: list[list[int]] = []
    for clip in clips:
        ends = np.arange(steps - 1, len(clip))
        found.append(ends[rng.random(len(ends)) < share].tolist())
    return found


def _hardest(clips: Sequence[Embeddings], head: LinearHead) -> Iterator[Windows]:
    """Yield the windows that the head takes for the word most."""
    found: list[tuple[float, int, int]] = []
    for number, clip in enumerate(clips):
        logits = _slide(clip, head.weights, head.bias)
        found += (
            (float(logits[at]), number, int(at))
            for at in np.argsort(logits)[-_HARDEST_OF_A_CLIP:]
        )
    found.sort(reverse=True)
    for _, number, at in found[:_HARDEST_WINDOWS]:
        yield windows(clips[number], [at + head.steps - 1], head.steps)


def _slide(embeddings: Embeddings, weights: Numbers, bias: float) -> Numbers:
    """Return the logit of each window."""
    steps = len(weights)
    count = len(embeddings) - steps + 1
    if count <= 0:
        return np.zeros(0, np.float32)
    products = embeddings @ weights.T
    total = np.full(count, bias, np.float32)
    for step in range(steps):
        total += products[step : step + count, step]
    return total


def _sigmoid(logits: Numbers) -> Numbers:
    """Return probabilities."""
    limited = np.clip(logits, -_LARGEST_LOGIT, _LARGEST_LOGIT)
    return np.asarray(1 / (1 + np.exp(-limited)))
