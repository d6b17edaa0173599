"""What judges wake words: people who say them, and hours in which nobody does."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.common.recordings import RECORDINGS, read
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.wake.making import sound
from hearken_speech.wake.making.scenes import Stage
from hearken_speech.wake.making.texts import sentences
from hearken_speech.wake.making.voice import Voices

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hearken_speech.audio.format import Samples

WORDS: Final = {
    "alexa": ("wake/easy/alexa-*", "wake/quiet/alexa-*", "wake/fragile/alexa-*"),
    "snowboy": ("wake/few_shot/*/*",),
    "jarvis": ("wake/easy/jarvis-*", "wake/negative/jarvis-*"),
    "computer": ("wake/negative/computer-*",),
}
"""What is typed, and the recordings of people who say it."""
PRE_TRAINED: Final = {"alexa": "alexa", "jarvis": "hey_jarvis"}
NOISE_BELOW_DB: Final = 10.0
_AROUND_SAMPLES: Final = round(1.4 * SAMPLE_RATE_HZ)
_SEED: Final = 4_711
_LANGUAGES: Final = ("en", "de", "zh", "fr", "es")
_SENTENCES: Final = 100


def said(patterns: tuple[str, ...]) -> list[Samples]:
    """Return recordings of a word in a quiet room."""
    paths: list[Path] = sorted(
        path for pattern in patterns for path in RECORDINGS.glob(pattern)
    )
    return [_in_quiet(read(path), number) for number, path in enumerate(paths)]


def in_noise(clips: list[Samples]) -> list[Samples]:
    """Return recordings with household noise 10 dB below the word."""
    noises = [read(path) for path in sorted(RECORDINGS.glob("people/sounds/*"))]
    noisy = []
    for number, clip in enumerate(clips):
        rng = np.random.default_rng(number)
        speech = (clip / sound.FULL_SCALE).astype(np.float32)
        noise = sound.clatter(rng, len(clip))
        if number % 2 and noises:
            taken = noises[number % len(noises)] / sound.FULL_SCALE
            noise = np.resize(taken, len(clip)).astype(np.float32)
        below = 10 ** (-NOISE_BELOW_DB / 20) * sound.level(speech)
        mixed = (speech + noise * (below / sound.level(noise))) * sound.FULL_SCALE
        noisy.append(np.clip(mixed, -32_768, 32_767).astype(np.int16))
    return noisy


def others(hours: float) -> Iterator[tuple[str, list[Samples]]]:
    """Yield sounds without any of the words: a source and its clips, a part at a time.

    They come from synthetic voices and from noise: the recordings of people are in the
    bank that every word is learned from.
    """
    left = hours
    choose, voices = random.Random(_SEED), Voices()  # noqa: S311 - no secret
    number = 0
    while left > 0:
        language = _LANGUAGES[number % len(_LANGUAGES)]
        drawn = list(voices.draw(language, _SENTENCES, _SEED + number))
        spoken = [
            voices.say(text, voice)
            for text, voice in zip(
                sentences(language, _SENTENCES, choose), drawn, strict=False
            )
        ]
        heard = [one for one in spoken if len(one)]
        stage = Stage(np.random.default_rng(_SEED + number), heard)
        clips = [stage.other(one) for one in heard]
        clips += [stage.noise(30 * SAMPLE_RATE_HZ) for _ in range(8)]
        left -= sum(map(len, clips)) / SAMPLE_RATE_HZ / 3600
        number += 1
        yield "voices and noise", clips


def _in_quiet(samples: Samples, seed: int) -> Samples:
    """Return a recording with the soft noise of a room around it."""
    padded = np.pad(samples, _AROUND_SAMPLES)
    noise = np.random.default_rng(seed).integers(-3, 4, len(padded), np.int16)
    return np.asarray(padded + noise, np.int16)
