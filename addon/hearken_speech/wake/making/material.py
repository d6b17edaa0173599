"""What a head is learned from, and what it is judged on.

A head is some networks that agree. Each of them does not hear a part of the speakers,
of the owner's recordings and of the negatives, and is judged on that part. So a head
is judged, and its threshold found, without learning more networks than it has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from . import judge
from .learning import Examples, Network, Said, learn
from .network import Shape
from .whitening import Whitening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .embedding import Embeddings
    from .judge import Calibration
    from .network import Layers, Numbers

HEAD_STEPS: Final = 16
"""The head looks at 1.3 s of embeddings, as openWakeWord does."""
FOLDS: Final = 3
"""So many networks agree on a score."""
SHAPE: Final = Shape(steps=HEAD_STEPS, blurred=1.0, decay=0.5, batches=1_500)


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard(Said):
    """The embeddings of a scene, and who may not learn from it."""

    fold: int
    """Which of the networks does not hear it; none, for another number."""
    is_owner: bool = False
    """Whether the owner said it."""


@dataclass(frozen=True, slots=True)
class Negative:
    """The embeddings of a clip without the word."""

    embeddings: Embeddings
    fold: int
    """Which of the networks does not hear it."""
    is_owner: bool = False
    """Whether the house was woken by it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Networks, and their logits of what they did not learn from."""

    with_owner: bool
    """Whether they learned from what the owner said."""
    members: list[Layers] = field(default_factory=list)
    thresholds: list[float] = field(default_factory=list)
    voices: list[Numbers] = field(default_factory=list)
    voices_plain: list[bool] = field(default_factory=list)
    owner: list[Numbers] = field(default_factory=list)
    owner_plain: list[bool] = field(default_factory=list)
    negatives: list[Numbers] = field(default_factory=list)

    @property
    def calibration(self) -> Calibration:
        """Return what makes 0 the threshold; one for all networks.

        With one for each, that which tells the word from others worst would decide.
        """
        words = [*self.voices, *(self.owner if self.with_owner else [])]
        return judge.calibration_at(float(np.mean(self.thresholds)), words)

    def calibrated(self, clips: Sequence[Numbers]) -> list[Numbers]:
        """Return logits that are 0 at the threshold."""
        return list(map(self.calibration.applied, clips))


class Material:
    """Everything that a word is learned from."""

    def __init__(
        self,
        heard: Iterable[Heard],
        negatives: Sequence[Negative],
        seed: int,
        shape: Shape = SHAPE,
    ) -> None:
        """Set the scenes and the negatives, and how a network learns."""
        self._heard = list(heard)
        self._negatives = negatives
        self._seed = seed
        self._shape = shape
        self._whitening = Whitening(
            [one.embeddings for one in negatives if not one.is_owner]
        )

    def judge(
        self, *, with_owner: bool, on_network: Callable[[], None] = lambda: None
    ) -> Judged:
        """Learn with what the owner said, or without, and judge.

        What is judged is the same, so that the two can be compared.
        """
        judged = Judged(with_owner)
        for fold in range(FOLDS):
            network = self._learned(fold, with_owner=with_owner)
            unheard = [one for one in self._heard if one.fold == fold]
            unseen = [one for one in self._negatives if one.fold == fold]
            words = [network.logits(one.embeddings) for one in unheard]
            others = [network.logits(one.embeddings) for one in unseen]
            for one, logits in zip(unheard, words, strict=True):
                (judged.owner if one.is_owner else judged.voices).append(logits)
                plain = judged.owner_plain if one.is_owner else judged.voices_plain
                plain.append(one.is_plain)
            judged.negatives.extend(others)
            judged.members.extend(network.members)
            judged.thresholds.append(
                judge.threshold_between(
                    _known(unheard, words, with_owner=with_owner),
                    _known(unseen, others, with_owner=with_owner),
                )
            )
            on_network()
        return judged

    def finished(self, judged: Judged) -> Network:
        """Return the networks that were judged, as one head.

        Its threshold is a score of 0.5.
        """
        return Network(self._whitening, judged.members).calibrated(judged.calibration)

    def _learned(self, fold: int, *, with_owner: bool) -> Network:
        """Return a network that did not hear a fold."""
        examples = Examples(
            [
                one
                for one in self._heard
                if one.fold != fold and (with_owner or not one.is_owner)
            ],
            [
                one.embeddings
                for one in self._negatives
                if one.fold != fold and (with_owner or not one.is_owner)
            ],
        )
        # The same numbers with the owner and without: only what it learns from makes
        # a difference.
        return learn(examples, self._whitening, self._shape, 1, self._seed + fold)


def _known(
    clips: Sequence[Heard | Negative], logits: Sequence[Numbers], *, with_owner: bool
) -> list[Numbers]:
    """Return the logits of clips, without those of the owner unless they count."""
    return [
        found
        for one, found in zip(clips, logits, strict=True)
        if with_owner or not one.is_owner
    ]
