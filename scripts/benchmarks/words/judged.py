"""What judges wake words: people who say them, and hours in which nobody does."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.common import weights
from benchmarks.common.recordings import RECORDINGS, read
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.wake import packages
from hearken_speech.wake.errors import WakeModelError
from hearken_speech.wake.making import sound
from hearken_speech.wake.making.kokoro import Kokoro
from hearken_speech.wake.making.scenes import Stage
from hearken_speech.wake.making.texts import sentences
from hearken_speech.wake.making.voice import Voices
from training.wake import free_speech
from training.words import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hearken_speech.audio.format import Samples


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is typed, and what it is judged with."""

    people: tuple[str, ...] = ()
    """Recordings of people who say it."""
    pre_trained: str | None = None
    """The word of others that is closest to it."""
    crowd: tuple[str, ...] = ()
    """Folders with many more people who say it, where they are at hand."""

    def recordings(self) -> tuple[list[Samples], list[Samples]]:
        """Return the recordings that teach a word, and those that judge all heads.

        None teaches if there are few.
        """
        recordings = said(self.people)
        if len(recordings) < _FEWEST_TO_TEACH:
            return [], recordings
        teaching = range(0, 2 * TEACHING, 2)
        return (
            [recordings[number] for number in teaching],
            [one for number, one in enumerate(recordings) if number not in teaching],
        )


WORDS: Final = {
    "alexa": Word(
        tuple(
            f"wake/{kind}/alexa-*" for kind in ("easy", "quiet", "fragile", "missed")
        ),
        "alexa",
        ("wake-word-benchmark/audio/alexa",),
    ),
    "snowboy": Word(
        ("wake/few_shot/*/*",), crowd=("wake-word-benchmark/audio/snowboy",)
    ),
    "jarvis": Word(
        ("wake/easy/jarvis-*", "wake/negative/jarvis-*"),
        "hey_jarvis",
        ("wake-word-benchmark/audio/jarvis",),
    ),
    "computer": Word(
        ("wake/negative/computer-*",),
        crowd=(
            "wake-word-benchmark/audio/computer",
            "Precise-Community-Data/computer/en",
        ),
    ),
    "hey jarvis": Word(pre_trained="hey_jarvis"),
    "okay nabu": Word(pre_trained="okay_nabu"),
    "hey hearken": Word(),
}
TEACHING: Final = 5
"""So many recordings improve a word."""
_FEWEST_TO_TEACH: Final = 2 * TEACHING
NOISE_BELOW_DB: Final = 10.0
STRANGE_ACCENTS: Final = ("e", "f", "h", "i", "j", "p", "z")
"""Kokoro's speakers of other languages, with whom no word is made."""
_SPEED: Final = (0.9, 1.2)
_AROUND_SAMPLES: Final = round(1.4 * SAMPLE_RATE_HZ)
_SEED: Final = 4_711
_LANGUAGES: Final = ("en", "de", "zh", "fr", "es")
_SENTENCES: Final = 100


def crowd(word: str) -> list[Samples]:
    """Return what many people say.

    No typed word learns from these recordings; of a recorded one, the few that teach
    it are among them.
    """
    paths = [
        path
        for folder in WORDS[word].crowd
        for path in sorted((free_speech.folder() / folder).glob("*"))
        if path.suffix in free_speech.SUFFIXES
    ]
    return [in_quiet(read(path), number) for number, path in enumerate(paths)]


def said(patterns: tuple[str, ...]) -> list[Samples]:
    """Return recordings of a word in a quiet room."""
    paths: list[Path] = sorted(
        path for pattern in patterns for path in RECORDINGS.glob(pattern)
    )
    return [in_quiet(read(path), number) for number, path in enumerate(paths)]


class Strangers:
    """Voices that make no words: speakers of other languages who read English."""

    def __init__(self) -> None:
        """Load none until one is asked."""
        self._kokoro: Kokoro | None = None

    def say(self, text: str) -> list[Samples]:
        """Return a text from each of them, in a quiet room."""
        if self._kokoro is None:
            self._kokoro = Kokoro(weights.fetch("kokoro"), STRANGE_ACCENTS)
        spoken = []
        for number, speaker in enumerate(self._kokoro.everybody):
            speed = float(np.random.default_rng(number).uniform(*_SPEED))
            heard = sound.trim(self._kokoro.say(text, speaker, speed))
            scaled = sound.with_peak(heard, 0.5) * sound.FULL_SCALE
            spoken.append(in_quiet(scaled.astype(np.int16), number))
        return spoken


def in_noise(clips: list[Samples]) -> list[Samples]:
    """Return recordings with household noise 10 dB below the word."""
    noises = [read(path) for path in sorted(RECORDINGS.glob("people/sounds/*"))]
    noisy = []
    for number, clip in enumerate(clips):
        rng = np.random.default_rng(number)
        speech = sound.as_sound(clip)
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


def our_file(name: str) -> Path | None:
    """Return the file of a word of ours, a new one first; None if there is none."""
    if (new := FOLDER / name).is_file():
        return new
    try:
        return packages.own_model(name)
    except WakeModelError:
        return None


def pre_trained_file(word_id: str) -> Path:
    """Return the file of a word of others."""
    if word_id == "okay_nabu":
        return packages.pyopen_wakeword_model("okay_nabu.tflite")
    return packages.openwakeword_model(f"{word_id}_v0.1.onnx")


def in_quiet(samples: Samples, seed: int) -> Samples:
    """Return a recording with the soft noise of a room around it."""
    padded = np.pad(samples, _AROUND_SAMPLES)
    noise = np.random.default_rng(seed).integers(-3, 4, len(padded), np.int16)
    return np.asarray(padded + noise, np.int16)
