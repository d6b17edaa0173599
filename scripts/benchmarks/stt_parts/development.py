"""Sounds to set thresholds by: other texts, voices and numbers than the benchmark's."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.stt_parts.corpus import commands, say_all, with_silence
from benchmarks.stt_parts.sounds import Cast, echoing, kinds, levelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hearken_speech.audio.format import Samples

VOICES: Final = (
    *("flite:slt", "flite:awb", "flite:kal", "espeak:en-us+f2", "espeak:en-us+m7"),
    *("espeak:en-gb+m3", "espeak:en-gb-x-rp+f3"),
)
TEXTS: Final = (
    "there is a new bakery at the corner of our street",
    "my brother plays the trumpet in a brass band",
    "the minister answered questions about the budget",
    "last summer we went camping by the lake",
    "nobody knows why the bridge was closed so early",
    "the recipe says two cups of flour and a pinch of salt",
    "her cousin studies medicine in another city",
    "after the break the second team scored three times",
    "the museum shows paintings from four centuries",
    "it might snow in the mountains over the weekend",
    "the old man told us a story about the war",
    "prices of flats near the station have doubled",
)
_FIRST_SEED: Final = 10_000
_COMMAND_SEED: Final = 1_234
_NOISY_DB: Final = (15, 6)
_QUIETER: Final = 0.05


def no_commands(each: int) -> Iterator[tuple[str, Samples]]:
    """Return sounds that are no commands, with their kind."""
    for kind, make in kinds(Cast(TEXTS, VOICES)).items():
        for number in range(each):
            yield kind, make(_FIRST_SEED + number)


def spoken_commands(count: int) -> Iterator[tuple[str, str, Samples]]:
    """Return commands in several conditions: the text, the condition, the sound."""
    choose = random.Random(_COMMAND_SEED)  # noqa: S311 - test data
    texts = commands(count, seed=_COMMAND_SEED)
    pairs = [(text, choose.choice(VOICES)) for text in texts]
    for number, (text, clip) in enumerate(zip(texts, say_all(pairs), strict=True)):
        noise = np.random.default_rng(number)
        sound = with_silence(clip, 0.4, 0.7)
        yield text, "clear", sound
        yield text, "quiet", (sound * _QUIETER).astype(np.int16)
        level = float(np.sqrt(np.mean(clip.astype(np.float64) ** 2)))
        for db in _NOISY_DB:
            hiss = noise.normal(0, level * 10 ** (-db / 20), sound.size)
            loud = np.clip(sound + hiss, -32_768, 32_767)
            yield text, f"noise {db} dB below", loud.astype(np.int16)
        yield text, "in a room", levelled(echoing(sound, noise), level)
