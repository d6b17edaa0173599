"""What a head is learned from, and what it is judged on.

Two heads that judge each learn from one half of what the whole head learns from, and
are judged on the other: a speaker, a recording of the owner, or a negative clip is
never judged by a head that heard it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.wake.features import STEP_SAMPLES

from . import judge
from .fit import Examples, LinearHead, Whitening, learn, windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .embedding import Embeddings
    from .fit import Numbers
    from .judge import Calibration
    from .scenes import Place

HEAD_STEPS: Final = 16
"""The head looks at 1.3 s of embeddings, as openWakeWord does."""
FOLDS: Final = 2

_STEPS_AFTER_WORD: Final = (1, 2, 3, 4)
_TOO_EARLY: Final = 0.55
"""Windows that end before this share of the word are no word."""
_EARLY_STEP: Final = 4


@dataclass(frozen=True, slots=True)
class Heard:
    """The embeddings of a scene."""

    place: Place
    embeddings: Embeddings
    fold: int
    """Which of the heads that judge does not hear it; neither, for another number."""
    is_plain: bool
    is_owner: bool = False
    """Whether the owner said it."""


@dataclass(frozen=True, slots=True)
class Negative:
    """The embeddings of a clip without the word."""

    embeddings: Embeddings
    fold: int
    """Which of the heads that judge does not hear it."""
    is_owner: bool = False
    """Whether the house was woken by it."""


@dataclass(frozen=True, slots=True)
class _Example:
    """A scene as something to learn from."""

    rows: Embeddings
    heard: Heard


@dataclass(frozen=True, slots=True)
class Judged:
    """Logits of what the heads that judge did not learn from."""

    with_owner: bool
    """Whether they learned from what the owner said."""
    voices: list[Numbers] = field(default_factory=list)
    voices_plain: list[bool] = field(default_factory=list)
    owner: list[Numbers] = field(default_factory=list)
    owner_plain: list[bool] = field(default_factory=list)
    negatives: list[Numbers] = field(default_factory=list)
    calibrations: list[Calibration] = field(default_factory=list)

    @property
    def threshold(self) -> float:
        """Return the threshold of the whole head."""
        return float(np.mean([one.threshold for one in self.calibrations]))

    @property
    def slope(self) -> float:
        """Return the slope of the whole head."""
        return float(np.mean([one.slope for one in self.calibrations]))

    def calibrated(self, clips: Sequence[Numbers]) -> list[Numbers]:
        """Return logits that are 0 at the threshold."""
        return [(clip - self.threshold) * self.slope for clip in clips]


class Material:
    """Everything that a word is learned from, whitened."""

    def __init__(
        self, heard: Iterable[Heard], negatives: Sequence[Negative], seed: int
    ) -> None:
        """Whiten the scenes and the negatives."""
        self._seed = seed
        self._whitening = Whitening(
            [one.embeddings for one in negatives if not one.is_owner]
        )
        self._examples = [
            _Example(self._whitening(one.embeddings), one) for one in heard
        ]
        self._negatives = negatives
        self._clips = [self._whitening(one.embeddings) for one in negatives]

    def judge(
        self, *, with_owner: bool, on_head: Callable[[], None] = lambda: None
    ) -> Judged:
        """Judge heads that learned with what the owner said, or without.

        What they are judged on is the same, so that the two can be compared.
        """
        judged = Judged(with_owner)
        for fold in range(FOLDS):
            head = self._head(fold, with_owner=with_owner)
            unheard = [one for one in self._examples if one.heard.fold == fold]
            for one in unheard:
                logits, is_owner = head.logits(one.rows), one.heard.is_owner
                (judged.owner if is_owner else judged.voices).append(logits)
                plain = judged.owner_plain if is_owner else judged.voices_plain
                plain.append(one.heard.is_plain)
            unseen = [
                (negative.is_owner, head.logits(clip))
                for negative, clip in zip(self._negatives, self._clips, strict=True)
                if negative.fold == fold
            ]
            judged.negatives.extend(logits for _, logits in unseen)
            judged.calibrations.append(
                judge.calibrate(
                    [
                        head.logits(one.rows)
                        for one in unheard
                        if with_owner or not one.heard.is_owner
                    ],
                    [logits for owner, logits in unseen if with_owner or not owner],
                )
            )
            on_head()
        return judged

    def finished(self, judged: Judged) -> LinearHead:
        """Return the head that learned from everything, over plain embeddings.

        Its threshold, which the heads that judged found, is a score of 0.5.
        """
        head = self._head(None, with_owner=judged.with_owner)
        plain = self._whitening.undo(head)
        return plain.calibrated(judged.threshold, judged.slope)

    def _head(self, fold: int | None, *, with_owner: bool) -> LinearHead:
        """Return a head that did not hear a fold."""
        words = [
            one
            for one in self._examples
            if one.heard.fold != fold and (with_owner or not one.heard.is_owner)
        ]
        clips = [
            clip
            for negative, clip in zip(self._negatives, self._clips, strict=True)
            if negative.fold != fold and (with_owner or not negative.is_owner)
        ]
        examples = Examples(
            np.concatenate([_word_windows(one.heard, one.rows) for one in words]),
            np.concatenate([_early_windows(one.heard, one.rows) for one in words]),
            clips,
            HEAD_STEPS,
        )
        # The same numbers for each: only what it learns from makes a difference.
        return learn(examples, np.random.default_rng(self._seed))


def _word_windows(heard: Heard, rows: Embeddings) -> Numbers:
    """Return the windows that end just after the word."""
    last = heard.place.end_samples // STEP_SAMPLES
    ends = [last + step for step in _STEPS_AFTER_WORD]
    return windows(rows, [end for end in ends if end < len(rows)], HEAD_STEPS)


def _early_windows(heard: Heard, rows: Embeddings) -> Numbers:
    """Return windows that end while the word is being said."""
    place = heard.place
    length = place.end_samples - place.begin_samples
    last = int(place.begin_samples + _TOO_EARLY * length) // STEP_SAMPLES
    ends = range(HEAD_STEPS - 1, min(last, len(rows)), _EARLY_STEP)
    return windows(rows, ends, HEAD_STEPS)
