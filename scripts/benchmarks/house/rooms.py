"""What a microphone in a room hears of a command, from its start to long after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.signal import fftconvolve

from benchmarks.stt.surroundings import echo_across, level, rms
from hearken_speech.protocol import SAMPLE_RATE_HZ
from house import sound
from training import noises

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from hearken_speech.audio.format import Samples

    type Wave = NDArray[np.float64]

LEAD_SECONDS: Final = 0.4
TAIL_SECONDS: Final = 20.0
"""A microphone goes on until the end was found, which takes long on a busy machine."""
_NOISE_DB: Final = 10.0
"""How far the noise is below the louder moments of the voice."""
_HISS_DB: Final = 15.0
_FAR_DB: Final = 20.0
_QUIETER_DB: Final = 26.0
_LOUDEST: Final = 32_767


@dataclass(frozen=True, slots=True)
class Scene:
    """A command, and what the microphone hears besides."""

    samples: Samples
    end: int
    """The sample after the last word."""

    @property
    def speech(self) -> Samples:
        """Return the command alone, from its first to its last word."""
        return self.samples[round(LEAD_SECONDS * SAMPLE_RATE_HZ) : self.end]


def quiet(speech: Wave, total: int, rng: np.random.Generator) -> Wave:
    """Return a voice in silence."""
    del rng
    return _at(speech, total)


def soft(speech: Wave, total: int, rng: np.random.Generator) -> Wave:
    """Return a soft voice in silence."""
    del rng
    return _at(speech * _factor(_QUIETER_DB), total)


def noise(speech: Wave, total: int, rng: np.random.Generator) -> Wave:
    """Return a voice beside a fan, a motor, music, dishes or a street."""
    kind = noises.ACTIVE_KINDS[int(rng.integers(len(noises.ACTIVE_KINDS)))]
    around = kind(rng, total / SAMPLE_RATE_HZ + 0.1)[:total].astype(np.float64)
    loudness = level(speech) * _factor(_NOISE_DB)
    return _at(speech, total) + around * (loudness / rms(around))


def far(speech: Wave, total: int, rng: np.random.Generator) -> Wave:
    """Return a voice from the other end of a room: low, with echo and hiss."""
    echo = echo_across(rng)
    loudness = level(speech) * _factor(_FAR_DB)
    heard: Wave = fftconvolve(_at(speech, total), echo)[:total]
    heard *= loudness / level(heard)
    return heard + rng.normal(0, loudness * _factor(_HISS_DB), total)


ROOMS: Final[Mapping[str, Callable[[Wave, int, np.random.Generator], Wave]]] = {
    "quiet": quiet,
    "soft": soft,
    "noise": noise,
    "far": far,
}


def scene(samples: Samples, room: str, seed: int) -> Scene:
    """Return a command as the microphone in this room hears it."""
    speech = sound.trim(samples).astype(np.float64)
    end = round(LEAD_SECONDS * SAMPLE_RATE_HZ) + speech.size
    total = end + round(TAIL_SECONDS * SAMPLE_RATE_HZ)
    heard = ROOMS[room](speech, total, np.random.default_rng(seed))
    return Scene(np.clip(np.round(heard), -_LOUDEST, _LOUDEST).astype(np.int16), end)


def _at(speech: Wave, total: int) -> Wave:
    """Return a voice that begins after the lead, in silence."""
    wave = np.zeros(total)
    start = round(LEAD_SECONDS * SAMPLE_RATE_HZ)
    wave[start : start + speech.size] = speech
    return wave


def _factor(decibels: float) -> float:
    """Return what makes a sound quieter by this much."""
    return float(10 ** (-decibels / 20))
