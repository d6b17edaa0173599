"""Test the network and how it learns."""

from dataclasses import replace

import numpy as np

from hearken_speech.wake.making.fit import windows
from tests.training.wake import toys
from training.wake import learning
from training.wake.network import Layers


def test_sliding_gives_what_windows_give() -> None:
    """Both ways to score a clip are the same."""
    rng = np.random.default_rng(1)
    layers = Layers.random(toys.SHAPE, rng)
    rows = toys.clip(rng, 20)
    flat = windows(rows, range(5, 20), toys.SHAPE.steps)
    np.testing.assert_allclose(layers.slide(rows), layers.logits(flat), atol=1e-4)
    assert len(layers.slide(rows[:5])) == 0


def test_words_are_told_from_others_that_were_not_learned() -> None:
    """A head finds new words where they end, and nothing elsewhere."""
    learned = learning.learn(toys.examples(2), toys.SHAPE, members=2, seed=7)
    rng = np.random.default_rng(3)
    for _ in range(10):
        heard = learned.logits(toys.said(rng).embeddings)
        assert heard.max() > 0
        assert abs(int(heard.argmax()) + toys.SHAPE.steps - 1 - 27) <= 3
        assert learned.logits(toys.clip(rng, 60)).max() < heard.max()


def test_same_seed_gives_the_same_head() -> None:
    """Another run learns the same; another seed does not."""
    rows = toys.clip(np.random.default_rng(4), 30)
    first, again, other = (
        learning.learn(toys.examples(2), toys.SHAPE, 1, seed).logits(rows)
        for seed in (7, 7, 8)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_hard_windows_are_looked_for_and_given_to_the_network() -> None:
    """What is taken for the word comes back in later batches."""
    shape = replace(toys.SHAPE, batches=300)
    examples = toys.examples(2)
    hard = toys.said(np.random.default_rng(9)).embeddings * np.float32(0.7)
    told = learning.Examples(examples.said, [*examples.others, *[hard] * 3])
    without = learning.learn(examples, shape, 1, 5).logits(hard).max()
    assert learning.learn(told, shape, 1, 5).logits(hard).max() < without
