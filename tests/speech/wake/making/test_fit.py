"""Test how a head is learned."""

import tracemalloc

import numpy as np

from hearken_speech.wake.embedding import EMBEDDING_SIZE
from hearken_speech.wake.making.fit import Examples, learn

STEPS = 4


def _examples(rng: np.random.Generator, clips: int = 30, rows: int = 300) -> Examples:
    """Return words that differ from everything else in one direction."""
    words = rng.standard_normal((200, STEPS * EMBEDDING_SIZE)).astype(np.float32)
    halves = rng.standard_normal((100, STEPS * EMBEDDING_SIZE)).astype(np.float32)
    others = [
        rng.standard_normal((rows, EMBEDDING_SIZE)).astype(np.float32)
        for _ in range(clips)
    ]
    words[:, ::EMBEDDING_SIZE] += 3
    return Examples(words, halves, others, STEPS)


def test_head_tells_words_from_others() -> None:
    """What it never saw is told apart, too."""
    rng = np.random.default_rng(3)
    head = learn(_examples(rng), rng)
    unseen = _examples(rng, clips=5)
    words = unseen.positives @ head.weights.ravel() + head.bias
    others = np.concatenate([head.logits(clip) for clip in unseen.clips])
    assert np.mean(words > np.quantile(others, 0.999)) > 0.95


def test_windows_are_in_memory_once() -> None:
    """They are the largest of all that a word is learned from."""
    rng = np.random.default_rng(3)
    # Of so many clips, as many windows as there can be are the hardest.
    examples = _examples(rng, clips=650, rows=30)
    once = (200 + 100 + 9_000 + 3 * 2_500) * STEPS * EMBEDDING_SIZE * 4
    tracemalloc.start()
    try:
        learn(examples, rng)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.5 * once
