"""What a word is learned from: scenes with it, and clips without it, as embeddings."""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.wake.making import sound as sounds
from hearken_speech.wake.making.embedding import ClipEmbedder
from hearken_speech.wake.making.learning import Said
from hearken_speech.wake.making.scenes import Stage
from training import files
from training.wake.channels import heard_through

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from hearken_speech.audio.format import Samples
    from hearken_speech.wake.making.embedding import Embeddings
    from hearken_speech.wake.making.sound import Sound

_AT_ONCE: Final = 64
_EDGE_SAMPLES: Final = SAMPLE_RATE_HZ // 2


class Listener:
    """Sets sounds into scenes, and computes what a head gets of them."""

    def __init__(self, seed: int, others: Sequence[Sound]) -> None:
        """Set what is random, and what other people say meanwhile."""
        self._rng = np.random.default_rng(seed)
        self._stage = Stage(self._rng, others)
        self._embedder = ClipEmbedder()

    def words(self, spoken: Iterable[tuple[Sound, int]]) -> list[Said]:
        """Return scenes of utterances, so many of each; the first is plain."""
        planned = (
            (said, number == 0) for said, count in spoken for number in range(count)
        )
        found: list[Said] = []
        for group in batched(planned, _AT_ONCE, strict=False):
            scenes = [self._stage.scene(said, plain=plain) for said, plain in group]
            heard = self._embedder.embed(
                [
                    scene.samples if plain else heard_through(self._rng, scene.samples)
                    for scene, (_, plain) in zip(scenes, group, strict=True)
                ]
            )
            found += [
                Said(embeddings=one, place=scene.place, is_plain=plain)
                for one, scene, (_, plain) in zip(heard, scenes, group, strict=True)
            ]
        return found

    def others(self, clips: Iterable[Sound], *, staged: float) -> list[Embeddings]:
        """Return sounds without the word, a share of them in scenes."""
        found: list[Embeddings] = []
        for group in batched(clips, _AT_ONCE, strict=False):
            found += self._embedder.embed([self._other(one, staged) for one in group])
        return found

    def noises(self, count: int, seconds: float) -> list[Embeddings]:
        """Return noise alone."""
        samples = round(seconds * SAMPLE_RATE_HZ)
        return self._embedder.embed([self._stage.noise(samples) for _ in range(count)])

    def _other(self, clip: Sound, staged: float) -> Samples:
        """Return a sound as it is, or in a scene."""
        padded = np.pad(clip, _EDGE_SAMPLES)
        if self._rng.random() < staged:
            return heard_through(self._rng, self._stage.other(padded))
        hiss = self._rng.integers(-3, 4, len(padded))
        return np.clip(padded * sounds.FULL_SCALE + hiss, -32_768, 32_767).astype(
            np.int16
        )


def save(path: Path, clips: Sequence[Embeddings]) -> None:
    """Write the embeddings of clips."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lengths = np.array([len(one) for one in clips], np.int32)
    rows = np.concatenate(clips)
    files.write(path, lambda part: np.savez(part, rows=rows, lengths=lengths))


def load(path: Path) -> list[Embeddings]:
    """Read the embeddings of clips."""
    with np.load(path) as stored:
        return np.split(stored["rows"], np.cumsum(stored["lengths"])[:-1])
