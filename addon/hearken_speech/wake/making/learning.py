"""Learns a head: which windows are the word, which are not, and the hardest again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.wake.features import STEP_SAMPLES

from . import network
from .network import windows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .embedding import Embeddings
    from .judge import Calibration
    from .network import Batch, Layers, Numbers, Shape
    from .scenes import Place
    from .whitening import Whitening

_STEPS_AFTER_WORD: Final = (1, 2, 3, 4, 5)
_TOO_EARLY: Final = 0.55
"""Windows that end before this share of the word are no word."""
_EARLY_STEP: Final = 3
_WORDS: Final = 96
_EARLY: Final = 48
_HARD: Final = 128
_ANY: Final = 128
_SEARCHED_EVERY: Final = 250
_HARDEST: Final = 5_000
_HARDEST_OF_A_CLIP: Final = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """The embeddings of a scene with the word in it."""

    embeddings: Embeddings
    place: Place
    is_plain: bool
    """Whether there is no noise and no room."""


@dataclass(frozen=True, slots=True)
class Examples:
    """What a word is learned from."""

    said: Sequence[Said]
    others: Sequence[Embeddings]
    """Clips without the word."""


@dataclass(frozen=True, slots=True)
class Network:
    """Networks over whitened embeddings, as one head over plain ones."""

    whitening: Whitening
    members: Sequence[Layers]

    def logits(self, rows: Embeddings) -> Numbers:
        """Return the logit of each window that ends within a clip."""
        return network.mean_logits(self.members, self.whitening(rows))

    def calibrated(self, calibration: Calibration) -> Network:
        """Return a head whose logit is 0 at a threshold, with another slope."""
        members = [one.calibrated(calibration) for one in self.members]
        return Network(self.whitening, members)


def learn(
    examples: Examples, whitening: Whitening, shape: Shape, members: int, seed: int
) -> Network:
    """Return a head that learned from examples."""
    sampler = _Sampler(examples, whitening, shape.steps)
    learned = []
    for number in range(members):
        rng = np.random.default_rng([seed, number])
        learned.append(network.learn(shape, rng, sampler.batches(rng)))
    return Network(whitening, learned)


class _Sampler:
    """Draws batches of windows."""

    def __init__(self, examples: Examples, whitening: Whitening, steps: int) -> None:
        """Whiten everything and find the windows."""
        self._steps = steps
        others = [one for one in examples.others if len(one) >= steps]
        self._clips = [whitening(one).astype(np.float16) for one in others]
        self._rows = np.concatenate(self._clips)
        lengths = np.array([len(one) for one in self._clips])
        self._firsts = np.cumsum(lengths) - lengths
        self._ends = np.concatenate(
            [
                np.arange(first + steps - 1, first + length)
                for first, length in zip(self._firsts, lengths, strict=True)
            ]
        )
        said = [whitening(one.embeddings).astype(np.float16) for one in examples.said]
        self._said = np.concatenate(said)
        self._word_ends, self._early_ends = _ends(examples.said, steps)

    def batches(self, rng: np.random.Generator) -> _Batches:
        """Return what draws batches for one network."""
        return _Batches(self, rng)

    def hardest(self, layers: Layers) -> Numbers:
        """Return the ends of the windows that a network takes for the word most."""
        logits, ends = [], []
        for first, clip in zip(self._firsts, self._clips, strict=True):
            found = layers.slide(clip)
            worst = np.argsort(found)[-_HARDEST_OF_A_CLIP:]
            logits.append(found[worst])
            ends.append(first + worst + self._steps - 1)
        order = np.argsort(np.concatenate(logits))[-_HARDEST:]
        return np.asarray(np.concatenate(ends)[order])

    def draw(self, rng: np.random.Generator, hard: Numbers | None) -> Batch:
        """Return a batch; without hard ones, any take their place."""
        chosen = (
            (self._said, self._word_ends, _WORDS),
            (self._said, self._early_ends, _EARLY),
            (self._rows, self._ends if hard is None else hard, _HARD),
            (self._rows, self._ends, _ANY),
        )
        taken = [
            windows(rows, rng.choice(ends, count), self._steps)
            for rows, ends, count in chosen
        ]
        truth = np.zeros(sum(map(len, taken)), np.float32)
        truth[:_WORDS] = 1
        share = np.full(len(truth), 0.5 / (len(truth) - _WORDS), np.float32)
        share[:_WORDS] = 0.5 / _WORDS
        return np.concatenate(taken), truth, share


class _Batches:
    """Draws batches, and looks for hard windows now and then."""

    def __init__(self, sampler: _Sampler, rng: np.random.Generator) -> None:
        """Start without hard windows."""
        self._sampler = sampler
        self._rng = rng
        self._hard: Numbers | None = None

    def __call__(self, number: int, layers: Layers) -> Batch:
        """Return a batch."""
        if number and number % _SEARCHED_EVERY == 0:
            self._hard = self._sampler.hardest(layers)
        return self._sampler.draw(self._rng, self._hard)


def _ends(said: Sequence[Said], steps: int) -> tuple[Numbers, Numbers]:
    """Return where windows of the word end, and those that end before it is said."""
    words: list[int] = []
    early: list[int] = []
    first = 0
    for one in said:
        place, count = one.place, len(one.embeddings)
        last = place.end_samples // STEP_SAMPLES
        words += [
            first + last + step for step in _STEPS_AFTER_WORD if last + step < count
        ]
        length = place.end_samples - place.begin_samples
        heard = int(place.begin_samples + _TOO_EARLY * length) // STEP_SAMPLES
        early += range(first + steps - 1, first + min(heard, count), _EARLY_STEP)
        first += count
    return np.array(words), np.array(early)
