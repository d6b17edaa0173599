"""Test what networks learn from, and what they are judged on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hearken_speech.wake.making import judge, learning, material
from hearken_speech.wake.making.material import FOLDS, Heard, Material, Negative
from tests.speech.wake.making import toys

if TYPE_CHECKING:
    from hearken_speech.wake.making.learning import Examples, Network
    from hearken_speech.wake.making.network import Shape
    from hearken_speech.wake.making.whitening import Whitening

_SPEAKERS = 5
"""Two of them are in no fold."""
_SCENES = 6


def _heard(rng: np.random.Generator) -> list[Heard]:
    """Return scenes of speakers, and one scene of the owner in each fold."""
    said = [toys.said(rng) for _ in range(_SPEAKERS * _SCENES + FOLDS)]
    return [
        Heard(
            embeddings=one.embeddings,
            place=one.place,
            is_plain=number < _SPEAKERS,
            fold=number % _SPEAKERS if not is_owner else number % FOLDS,
            is_owner=is_owner,
        )
        for number, one in enumerate(said)
        for is_owner in [number >= _SPEAKERS * _SCENES]
    ]


@pytest.fixture(name="told")
def words_and_others() -> Material:
    """Return words and other sounds, the owner's among both."""
    rng = np.random.default_rng(1)
    clips = [toys.clip(rng, 80) for _ in range(10 * FOLDS)]
    negatives = [
        Negative(clip, number % FOLDS, is_owner=number < FOLDS)
        for number, clip in enumerate(clips)
    ]
    return Material(_heard(rng), negatives, 7, toys.SHAPE)


@pytest.mark.parametrize("with_owner", [False, True])
def test_no_network_hears_what_it_is_judged_on(
    told: Material, monkeypatch: pytest.MonkeyPatch, *, with_owner: bool
) -> None:
    """Nor anything of the owner, if it is to be compared without."""
    learned: list[Examples] = []

    def learn(
        examples: Examples, whitening: Whitening, shape: Shape, members: int, seed: int
    ) -> Network:
        """Note what is learned from."""
        learned.append(examples)
        return learning.learn(examples, whitening, shape, members, seed)

    monkeypatch.setattr(material, "learn", learn)
    judged = told.judge(with_owner=with_owner)
    owners = FOLDS - 1 if with_owner else 0
    for examples in learned:
        folds = [one.fold for one in examples.said if isinstance(one, Heard)]
        assert len(set(folds)) == _SPEAKERS - 1
        assert len(folds) == (_SPEAKERS - 1) * _SCENES + owners
        assert len(examples.others) == (FOLDS - 1) * (10 if with_owner else 9)
    # What is judged is the same with the owner and without.
    assert len(judged.voices) == FOLDS * _SCENES
    assert judged.voices_plain.count(True) == FOLDS
    assert len(judged.owner) == FOLDS
    assert len(judged.negatives) == 10 * FOLDS


def test_networks_agree_on_one_head(told: Material) -> None:
    """Zero is its threshold: new words are above, and nothing else."""
    judged = told.judge(with_owner=False)
    head = told.finished(judged)
    assert len(head.members) == FOLDS
    rng = np.random.default_rng(3)
    for _ in range(5):
        assert judge.events(head.logits(toys.said(rng).embeddings)) == 1
        assert judge.events(head.logits(toys.clip(rng, 60))) == 0
