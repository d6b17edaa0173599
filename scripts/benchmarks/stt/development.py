"""Sounds for setting the guard: other texts, voices and seeds than the benchmarks'.

Recordings of people are used where the machine has them: their words and sentences are
spoken to the house, and the same people make babble, far voices and snatches.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.common import weights
from benchmarks.people import recordings
from benchmarks.stt import surroundings
from benchmarks.stt.corpus import commands, say_all, short_answers
from benchmarks.stt.sounds import Cast, kinds
from training import noises
from training.speak import Line, say
from training.voices import KOKORO_DEVELOPMENT, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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
_PEAK: Final = 9_000


@dataclass(frozen=True)
class Clip:
    """A sound, and what is said to the house in it."""

    kind: str
    group: str
    """Who speaks, or the number of the sound."""
    samples: Samples
    said: str = ""
    """Empty if nobody speaks to the house."""
    language: str = "en"


@dataclass(frozen=True)
class Development:
    """The sounds, as far as a model knows languages and words."""

    each: int
    """Number of sounds of every kind."""
    multilingual: bool = False
    household_only: bool = False
    """Whether the model only knows household commands."""

    def clips(self) -> Iterator[Clip]:
        """Yield all sounds."""
        yield from self.spoken()
        yield from self.unspoken()

    def spoken(self) -> Iterator[Clip]:
        """Yield commands and short answers under several conditions."""
        texts = commands(self.each, seed=_COMMAND_SEED)
        answers = _every(short_answers(), self.each)
        yield from _conditions("made command", _made(texts))
        yield from _conditions("made answer", _made(answers))
        if weights.find("kokoro"):
            yield from _conditions("neural command", _neural(texts[::2]))
            yield from _conditions("neural answer", _neural(answers[::2]))
        yield from _conditions("word of people", self._words)
        if not self.household_only:
            yield from _conditions("order of people", self._orders)
        if self.multilingual:
            yield from _conditions("German of people", self._german)

    def unspoken(self) -> Iterator[Clip]:
        """Yield sounds in which nobody speaks to the house."""
        for kind, make in kinds(Cast(TEXTS, VOICES)).items():
            for seed in range(_FIRST_SEED, _FIRST_SEED + self.each):
                yield Clip(kind, str(seed), make(seed))
        for seed in range(_FIRST_SEED, _FIRST_SEED + self.each):
            yield Clip("noises of the training", str(seed), _noise(seed))
        for number, one in enumerate(self._some(recordings.SOUNDS)):
            yield Clip("recorded, no speech", str(number), surroundings.lasting(one))
        crowds = {"made": self._made_speech, "German": self._german}
        crowds["orders"] = self._orders
        for name, speech in crowds.items():
            if len(speech) > surroundings.MOST_VOICES:
                yield from self._crowd(name, [one.samples for one in speech])

    def _crowd(self, name: str, speech: list[Samples]) -> Iterator[Clip]:
        """Yield what comes of people who do not speak to the house."""
        for kind, make in surroundings.KINDS.items():
            for number in range(self.each):
                rng = np.random.default_rng([_FIRST_SEED, number, len(kind)])
                first = speech[int(rng.integers(len(speech)))]
                sound = make(rng, first, speech)
                yield Clip(f"{kind}, {name}", f"{name}{number}", sound)

    @cached_property
    def _words(self) -> list[Clip]:
        """Return single words of people."""
        return [
            Clip("", name, surroundings.framed(one.samples), " ".join(one.wanted))
            for name, one in self._labelled(recordings.SHORT)
        ]

    @cached_property
    def _orders(self) -> list[Clip]:
        """Return orders of people."""
        return [
            Clip("", name, one.samples, " ".join(one.wanted))
            for name, one in self._labelled(recordings.ORDERS)
        ]

    @cached_property
    def _german(self) -> list[Clip]:
        """Return German sentences of one person."""
        return [
            Clip("", name, one.samples, " ".join(one.wanted), "de")
            for name, one in self._labelled(recordings.GERMAN)
        ]

    @cached_property
    def _made_speech(self) -> list[Clip]:
        """Return sentences by synthetic voices that are no commands."""
        pairs = [(text, voice) for text in TEXTS for voice in VOICES]
        sounds = say_all(pairs)
        return [Clip("", "", sound) for sound in sounds]

    def _labelled(self, kind: str) -> list[tuple[str, recordings.Recording]]:
        """Return recordings with the names of their speakers, where they are known."""
        if not recordings.are_there():
            return []
        # One person says several words: "yes-18f8afd5", "no-18f8afd5".
        return [
            (one.name.rpartition("/")[2].rpartition("-")[2], one)
            for one in _every(list(recordings.load(kind)), self.each)
        ]

    def _some(self, kind: str) -> list[Samples]:
        """Return sounds of recordings without labels."""
        return [one.samples for _, one in self._labelled(kind)]


def _every[T](items: Sequence[T], count: int) -> Sequence[T]:
    """Return at most so many items, evenly spread."""
    return items[:: max(1, -(-len(items) // count))]


def _made(texts: Sequence[str]) -> Iterator[Clip]:
    """Yield texts, each spoken by one of the voices of programs."""
    choose = random.Random(_COMMAND_SEED)  # noqa: S311 - test data
    pairs = [(text, choose.choice(VOICES)) for text in texts]
    for (text, voice), sound in zip(pairs, say_all(pairs), strict=True):
        yield Clip("", voice + text, surroundings.framed(sound), text)


def _neural(texts: Sequence[str]) -> Iterator[Clip]:
    """Yield texts, each spoken by one of the neural voices kept for development."""
    for number, text in enumerate(texts):
        voice = KOKORO_DEVELOPMENT[number % len(KOKORO_DEVELOPMENT)]
        (sound,) = say([Line(text, parse(voice))])
        samples = (sound * (_PEAK / np.abs(sound).max(initial=1e-6))).astype(np.int16)
        yield Clip("", voice + text, surroundings.framed(samples), text)


def _conditions(kind: str, said: Iterable[Clip]) -> Iterator[Clip]:
    """Yield speech under all conditions."""
    for clip in said:
        for condition, sound in surroundings.conditions(clip.samples, clip.group):
            yield replace(clip, kind=f"{kind}, {condition}", samples=sound)


def _noise(seed: int) -> Samples:
    """Return the sounds without speech that training uses."""
    rng = np.random.default_rng(seed)
    kind = noises.KINDS[seed % len(noises.KINDS)]
    sound = np.clip(kind(rng, rng.uniform(1.0, 6.0)), -1, 1) * 32_767
    return surroundings.framed(sound.astype(np.int16))
