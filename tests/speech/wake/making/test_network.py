"""Test the network and how it learns."""

import tracemalloc
from dataclasses import replace

import numpy as np

from hearken_speech.wake.embedding import EMBEDDING_SIZE
from hearken_speech.wake.making.judge import Calibration
from hearken_speech.wake.making.learning import Examples
from hearken_speech.wake.making.network import Layers, windows
from tests.speech.wake.making import toys


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
    learned = toys.learned(toys.examples(2), members=2, seed=7)
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
        toys.learned(toys.examples(2), 1, seed).logits(rows) for seed in (7, 7, 8)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_hard_windows_are_looked_for_and_given_to_the_network() -> None:
    """What is taken for the word comes back in later batches."""
    shape = replace(toys.SHAPE, batches=300)
    examples = toys.examples(2)
    hard = toys.said(np.random.default_rng(9)).embeddings * np.float32(0.7)
    told = Examples(examples.said, [*examples.others, *[hard] * 3])
    without = toys.learned(examples, 1, 5, shape).logits(hard).max()
    assert toys.learned(told, 1, 5, shape).logits(hard).max() < without


def test_calibrated_head_has_its_threshold_at_zero() -> None:
    """Every network in it, and so their mean."""
    head = toys.learned(toys.examples(2), 2, 7)
    rows = toys.clip(np.random.default_rng(4), 30)
    calibration = Calibration(threshold=0.7, slope=1.5)
    np.testing.assert_allclose(
        head.calibrated(calibration).logits(rows),
        calibration.applied(head.logits(rows)),
        atol=1e-5,
    )


def test_windows_are_in_memory_once() -> None:
    """Of all that a word is learned from, only those of one batch are."""
    told = toys.examples(2)
    many = Examples(told.said, list(told.others) * 40)
    rows = sum(map(len, many.others)) * EMBEDDING_SIZE
    tracemalloc.start()
    try:
        toys.learned(many, 1, 5)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Twice in 16 bit while they are joined, and the noise.
    assert peak < 2.5 * 2 * rows + 3 * 4 * (1 << 21)
