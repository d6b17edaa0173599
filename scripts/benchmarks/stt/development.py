"""Sounds for setting thresholds: other texts and seeds than the benchmark's.

Most voices are different as well; two of flite's are used in both.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.stt.corpus import (
    commands,
    said,
    say_all,
    short_answers,
    with_silence,
)
from benchmarks.stt.sounds import Cast, echoing, kinds, levelled
from training import noises

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hearken_speech.audio.format import Samples

VOICES: Final = (
    *("flite:slt", "flite:awb", "flite:kal", "espeak:en-us+f2", "espeak:en-us+m7"),
    *("espeak:en+m3", "espeak:en-gb-x-rp+f3"),
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
    """Return sounds that are not commands, with their kind."""
    made = {
        **kinds(Cast(TEXTS, VOICES)),
        "a crowd after silence": _crowd,
        "noises of the training": _noise,
    }
    for kind, make in made.items():
        for number in range(each):
            yield kind, make(_FIRST_SEED + number)


def _crowd(seed: int) -> Samples:
    """Return four to eight people talking when a satellite starts to listen."""
    rng = np.random.default_rng(seed)
    mix = np.zeros(int(rng.uniform(2.0, 6.0) * 16_000))
    for _ in range(4 + seed % 5):
        text, voice = rng.choice(TEXTS), rng.choice(VOICES)
        speech = said(str(text), str(voice)).astype(np.float64)
        speech *= rng.uniform(0.6, 1.0) / np.abs(speech).max()
        mix += np.roll(np.resize(speech, mix.size), int(rng.integers(0, mix.size)))
    mix *= 10 ** rng.uniform(3.0, 4.2) / np.abs(mix).max()
    return with_silence(mix.astype(np.int16), 0.25, 0.3)


def _noise(seed: int) -> Samples:
    """Return the sounds without speech that training uses."""
    rng = np.random.default_rng(seed)
    kind = noises.KINDS[seed % len(noises.KINDS)]
    sound = np.clip(kind(rng, rng.uniform(1.0, 6.0)), -1, 1) * 32_767
    return with_silence(sound.astype(np.int16), 0.25, 0.3)


def spoken_commands(count: int) -> Iterator[tuple[str, str, Samples]]:
    """Return commands in several conditions: text, condition, sound."""
    return _said_in_conditions(commands(count, seed=_COMMAND_SEED))


def spoken_answers() -> Iterator[tuple[str, str, Samples]]:
    """Return short answers in the same conditions as commands."""
    return _said_in_conditions(short_answers())


def _said_in_conditions(texts: Sequence[str]) -> Iterator[tuple[str, str, Samples]]:
    """Return every text spoken by one voice, in several conditions."""
    choose = random.Random(_COMMAND_SEED)  # noqa: S311 - test data
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
