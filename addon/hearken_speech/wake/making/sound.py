"""Sounds as floating point samples, and how rooms and microphones change them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hearken_speech.audio.format import AudioFormat, Converter, to_bytes
from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

type Sound = NDArray[np.float32]
"""Samples from -1 to 1 at 16 kHz, mono."""

FULL_SCALE: Final = 32_768.0
_QUIET: Final = 0.008
_TINY: Final = 1e-9
_LEVEL_SAMPLES: Final = 2_048
_EQUALIZER_POINTS: Final = 5
_EQUALIZER_DB: Final = 6.0
_LOWEST_HZ: Final = 60.0


def as_sound(samples: NDArray[Any]) -> Sound:
    """Return the samples of a recording as sound."""
    return (samples / FULL_SCALE).astype(np.float32)


def trim(sound: Sound) -> Sound:
    """Cut silence off both ends."""
    loud = np.flatnonzero(np.abs(sound) > _QUIET * max(_peak(sound), _TINY) * 2)
    return sound[loud[0] : loud[-1] + 1] if loud.size else sound[:0]


def at_16_khz(sound: NDArray[Any], rate_hz: int) -> Sound:
    """Return a sound of another sample rate at 16 kHz."""
    if rate_hz == SAMPLE_RATE_HZ:
        return np.asarray(sound, np.float32)
    converter = Converter(AudioFormat(rate_hz, 2, 1))
    scaled = np.clip(sound * FULL_SCALE, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
    parts = (converter.convert(to_bytes(scaled)), converter.flush())
    return np.asarray(np.concatenate(parts) / FULL_SCALE, np.float32)


def stretched(sound: Sound, factor: float) -> Sound:
    """Play a sound faster or slower: pitch and formants move with the tempo."""
    count = max(1, round(len(sound) / factor))
    places = np.linspace(0, len(sound) - 1, count, dtype=np.float32)
    return np.interp(places, np.arange(len(sound)), sound).astype(np.float32)


def with_peak(sound: Sound, peak: float) -> Sound:
    """Return a sound with this largest sample."""
    return np.asarray(sound * (peak / max(_peak(sound), _TINY)), np.float32)


def level(sound: Sound) -> float:
    """Return the root mean square of the loudest eighth of a second."""
    count = max(1, len(sound) // _LEVEL_SAMPLES)
    frames = sound[: count * _LEVEL_SAMPLES].reshape(count, -1)
    return float(np.sqrt(np.max(np.mean(frames**2, axis=1)) + _TINY**2))


def equalized(rng: np.random.Generator, sound: Sound) -> Sound:
    """Return a sound as a random microphone and loudspeaker would color it."""
    size = 1 << (len(sound) - 1).bit_length()
    spectrum = np.fft.rfft(sound, size)
    octaves = np.log2(np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ).clip(_LOWEST_HZ))
    points = np.linspace(octaves[0], octaves[-1], _EQUALIZER_POINTS)
    gains_db = rng.uniform(-_EQUALIZER_DB, _EQUALIZER_DB, _EQUALIZER_POINTS)
    spectrum *= 10 ** (np.interp(octaves, points, gains_db) / 20)
    return np.fft.irfft(spectrum, size)[: len(sound)].astype(np.float32)


def in_room(rng: np.random.Generator, sound: Sound) -> Sound:
    """Return a sound with the reverberation of a random room."""
    seconds = rng.uniform(0.1, 0.5)
    times = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tail = rng.standard_normal(len(times)) * 10 ** (-3 * times / seconds)
    tail *= rng.uniform(0.2, 1.2) / np.sqrt(np.sum(tail**2))
    # The first reflection arrives after the direct sound.
    tail[: int(rng.integers(16, 160))] = 0
    tail[0] = 1.0
    size = 1 << (len(sound) + len(tail) - 1).bit_length()
    wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(tail, size), size)
    return wet[: len(sound)].astype(np.float32)


def hiss(rng: np.random.Generator, samples: int, slope: float) -> Sound:
    """Return noise whose power falls by this exponent of the frequency."""
    size = 1 << (samples - 1).bit_length()
    spectrum = np.fft.rfft(rng.standard_normal(size))
    frequencies = np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ).clip(_LOWEST_HZ)
    noise = np.fft.irfft(spectrum * frequencies ** (-slope / 2), size)[:samples]
    return with_peak(noise.astype(np.float32), 1.0)


def clatter(rng: np.random.Generator, samples: int) -> Sound:
    """Return noise like that of a kitchen: knocks and clinks over a hum."""
    noise = 0.1 * hiss(rng, samples, rng.uniform(0.5, 2.0))
    for _ in range(int(rng.integers(2, 9))):
        first = int(rng.integers(0, samples))
        times = np.arange(min(samples - first, SAMPLE_RATE_HZ // 3)) / SAMPLE_RATE_HZ
        decay = np.exp(-times / rng.uniform(0.005, 0.06))
        tones = sum(
            rng.uniform(0.2, 1.0)
            * np.sin(2 * np.pi * rng.uniform(150, 7_000) * times + rng.uniform(0, 6))
            for _ in range(5)
        )
        knock = decay * (0.3 * tones + 0.5 * rng.standard_normal(len(times)))
        noise[first : first + len(times)] += rng.uniform(0.2, 1.0) * knock
    return with_peak(noise.astype(np.float32), 1.0)


def music(rng: np.random.Generator, samples: int) -> Sound:
    """Return chords and beats that change, somewhat like music."""
    beat = round(rng.uniform(0.25, 0.6) * SAMPLE_RATE_HZ)
    played = np.zeros(samples, np.float32)
    root_hz = rng.uniform(90, 250)
    for first in range(0, samples, beat):
        times = np.arange(min(samples - first, 2 * beat)) / SAMPLE_RATE_HZ
        for step in rng.choice((0, 2, 4, 5, 7, 9, 12, 16, 19), 3, replace=False):
            tone_hz = root_hz * 2 ** (step / 12)
            for partial in range(1, 6):
                played[first : first + len(times)] += (
                    np.sin(2 * np.pi * tone_hz * partial * times)
                    * np.exp(-times / 0.3)
                    / partial
                ).astype(np.float32)
        drum = rng.standard_normal(len(times)) * np.exp(-times / 0.03)
        played[first : first + len(times)] += drum.astype(np.float32)
    return with_peak(played, 1.0)


def _peak(sound: Sound) -> float:
    """Return the largest sample."""
    return float(np.abs(sound).max(initial=0.0))
