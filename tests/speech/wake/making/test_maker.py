"""Test what a word is learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

import numpy as np

from hearken_speech.wake.making import maker
from hearken_speech.wake.making.bank import NegativeClip
from hearken_speech.wake.making.embedding import ClipEmbedder
from hearken_speech.wake.making.maker import Gathered, OwnSounds
from hearken_speech.wake.making.material import Negative
from hearken_speech.wake.making.scenes import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

    from hearken_speech.audio.format import Samples
    from hearken_speech.wake.making.embedding import Embeddings


class Counting(ClipEmbedder):
    """Counts the clips that are in memory together."""

    def __init__(self) -> None:
        """Load the networks."""
        super().__init__()
        self.groups: list[int] = []

    @override
    def embed(
        self,
        clips: Sequence[Samples],
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> list[Embeddings]:
        """Count, and embed."""
        self.groups.append(len(clips))
        return super().embed(clips, on_progress)


def _material(embedder: ClipEmbedder) -> list[Embeddings]:
    """Return the embeddings of a recording in its scenes."""
    negatives = [Negative(np.eye(96, dtype=np.float16), 0)]
    gathered = Gathered(
        [], negatives, embedder, Stage(np.random.default_rng(1), []), 1, 0
    )
    tone = (9_000 * np.sin(np.arange(8_000) / 9)).astype(np.int16)
    material = gathered.material(OwnSounds([tone]))
    return [one.embeddings for one in material._heard]  # noqa: SLF001 - nothing else shows them


def test_recording_that_is_heard_twice_is_in_one_fold() -> None:
    """The network that is judged on it would know it from the other room."""
    said = [
        ("orders", "small tea"),
        ("orders", ""),
        ("orders", ""),
        ("orders", "small tea"),
        ("voice:en", "small tea"),
    ]
    rows = np.zeros((20, 96), np.float16)
    clips = [NegativeClip(rows, source, text) for source, text in said]
    assert maker.folds_of(clips) == [0, 1, 2, 0, 0]


def test_few_scenes_are_in_memory_as_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are heard in groups, and what is heard is the same."""
    embedder = Counting()
    together = _material(embedder)
    assert max(embedder.groups) == len(together) > 8
    monkeypatch.setattr(maker, "_SCENES_AT_ONCE", 4)
    embedder.groups.clear()
    apart = _material(embedder)
    assert max(embedder.groups) == 4
    for one, other in zip(together, apart, strict=True):
        np.testing.assert_allclose(one, other, atol=0.02)
