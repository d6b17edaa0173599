"""Scenes: a word, or other speech, as a microphone somewhere in a house hears it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.protocol import SAMPLE_RATE_HZ

from . import sound as sounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hearken_speech.audio.format import Samples

    from .sound import Sound

LEAD_SAMPLES: Final = round(1.3 * SAMPLE_RATE_HZ)
TAIL_SAMPLES: Final = round(0.6 * SAMPLE_RATE_HZ)

_STRETCH: Final = (0.88, 1.14)
_ROOM_SHARE: Final = 0.5
_EQUALIZED_SHARE: Final = 0.7
_NOISE_SHARE: Final = 0.7
_NOISE_BELOW_DB: Final = (0.0, 22.0)
_BEFORE_SHARE: Final = 0.45
_AFTER_SHARE: Final = 0.35
_PEAK_DB: Final = (-34.0, -1.0)
_FLOOR_DB: Final = (-96.0, -60.0)
_SHIFT_SAMPLES: Final = 1_280
_NOISES: Final = ("hiss", "hiss", "clatter", "clatter", "music", "babble", "babble")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the word is in a scene."""

    begin_samples: int
    end_samples: int


@dataclass(frozen=True, slots=True)
class Scene:
    """Samples with the word in them."""

    samples: Samples
    place: Place


class Stage:
    """Sets words into scenes with noises, rooms and other people."""

    def __init__(self, rng: np.random.Generator, others: Sequence[Sound]) -> None:
        """Set the random generator, and what other people say."""
        self._rng = rng
        self._others = others

    def scene(self, word: Sound, *, plain: bool = False) -> Scene:
        """Return a scene with the word; a plain one has no noise and no room."""
        rng = self._rng
        word = sounds.with_peak(word, 1.0)
        if not plain:
            word = sounds.stretched(word, rng.uniform(*_STRETCH))
        lead = LEAD_SAMPLES + int(rng.integers(0, _SHIFT_SAMPLES))
        heard = np.zeros(lead + len(word) + TAIL_SAMPLES, np.float32)
        heard[lead : lead + len(word)] = word
        if not plain:
            self._add_others(heard, lead, lead + len(word))
            heard = self._colored(heard)
            heard = self._noisy(heard, sounds.level(word))
        return Scene(self._recorded(heard), Place(lead, lead + len(word)))

    def other(self, speech: Sound) -> Samples:
        """Return speech without the word in such a scene."""
        heard = sounds.with_peak(speech, 1.0)
        if self._rng.random() < _NOISE_SHARE:
            heard = sounds.stretched(heard, self._rng.uniform(*_STRETCH))
        heard = self._colored(heard)
        return self._recorded(self._noisy(heard, sounds.level(heard)))

    def noise(self, samples: int) -> Samples:
        """Return noise alone."""
        return self._recorded(self._some_noise(samples))

    def _add_others(self, heard: Sound, begin: int, end: int) -> None:
        """Let someone speak before or after the word, as in a sentence."""
        rng = self._rng
        if not self._others:
            return
        if rng.random() < _BEFORE_SHARE:
            pause = round(rng.uniform(0.05, 0.6) * SAMPLE_RATE_HZ)
            speech = self._other_speech(begin - pause)
            heard[: len(speech)] += speech
        if rng.random() < _AFTER_SHARE:
            pause = round(rng.uniform(0.02, 0.4) * SAMPLE_RATE_HZ)
            first = min(len(heard), end + pause)
            heard[first:] += self._other_speech(len(heard) - first)

    def _colored(self, heard: Sound) -> Sound:
        """Change the sound as a room and a microphone do."""
        if self._rng.random() < _EQUALIZED_SHARE:
            heard = sounds.equalized(self._rng, heard)
        if self._rng.random() < _ROOM_SHARE:
            heard = sounds.in_room(self._rng, heard)
        return heard

    def _noisy(self, heard: Sound, speech_level: float) -> Sound:
        """Add noise below the level of the speech."""
        rng = self._rng
        if rng.random() >= _NOISE_SHARE:
            return heard
        noise = self._some_noise(len(heard))
        below = 10 ** (-rng.uniform(*_NOISE_BELOW_DB) / 20)
        return heard + noise * (below * speech_level / sounds.level(noise))

    def _some_noise(self, samples: int) -> Sound:
        """Return noise of a random kind."""
        rng = self._rng
        kind = str(rng.choice(_NOISES))
        if kind == "hiss":
            return sounds.hiss(rng, samples, rng.uniform(0.0, 2.0))
        if kind == "clatter":
            return sounds.clatter(rng, samples)
        if kind == "music" or not self._others:
            return sounds.music(rng, samples)
        return sum(
            (self._other_speech(samples) for _ in range(int(rng.integers(1, 5)))),
            np.zeros(samples, np.float32),
        )

    def _other_speech(self, samples: int) -> Sound:
        """Return so many samples of what someone else says."""
        speech = self._others[int(self._rng.integers(0, len(self._others)))]
        first = int(self._rng.integers(0, max(1, len(speech) - samples)))
        return sounds.with_peak(np.resize(speech[first:], max(0, samples)), 0.8)

    def _recorded(self, heard: Sound) -> Samples:
        """Return the samples that a microphone records at some distance."""
        rng = self._rng
        heard = sounds.with_peak(heard, 10 ** (rng.uniform(*_PEAK_DB) / 20))
        floor = 10 ** (rng.uniform(*_FLOOR_DB) / 20)
        heard = heard + floor * rng.standard_normal(len(heard), np.float32)
        rounded = np.clip(np.rint(heard * sounds.FULL_SCALE), -32_768, 32_767)
        return np.asarray(rounded, np.int16)
