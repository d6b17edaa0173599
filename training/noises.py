"""Sounds without speech, and the effects of rooms and microphones on speech."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt

from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.speak import Sound

_LOUDEST: Final = 0.98


def coloured(rng: np.random.Generator, seconds: float) -> Sound:
    """Return steady noise with a flat or falling spectrum, like fans and streets."""
    count = round(seconds * SAMPLE_RATE_HZ)
    spectrum = np.fft.rfft(rng.normal(size=count))
    frequencies = np.maximum(np.fft.rfftfreq(count, 1 / SAMPLE_RATE_HZ), 40.0)
    shaped = spectrum * frequencies ** -rng.uniform(0.0, 1.2)
    return _scaled(np.fft.irfft(shaped, count), 0.1)


def swelling(rng: np.random.Generator, seconds: float) -> Sound:
    """Return noise that rises and falls, like wind and cars."""
    sound = coloured(rng, seconds)
    points = rng.uniform(0.05, 1.0, max(2, round(seconds * rng.uniform(0.5, 3.0))))
    places = np.linspace(0, points.size - 1, sound.size)
    return _scaled(sound * np.interp(places, np.arange(points.size), points), 0.1)


def hum(rng: np.random.Generator, seconds: float) -> Sound:
    """Return mains hum or a motor, with harmonics."""
    t = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    base = rng.choice([50.0, 60.0, rng.uniform(80, 400)])
    total = np.zeros_like(t)
    for harmonic in range(1, rng.integers(3, 20)):
        level = rng.uniform(0.2, 1.0) / harmonic ** rng.uniform(0.3, 1.2)
        total += level * np.sin(2 * np.pi * base * harmonic * t + rng.uniform(0, 6.3))
    return _scaled(total + 0.05 * rng.normal(size=t.size), 0.1)


def music(rng: np.random.Generator, seconds: float) -> Sound:
    """Return chords and a beat, like music through a wall or in the room."""
    count = round(seconds * SAMPLE_RATE_HZ)
    total = np.zeros(count)
    beat = rng.uniform(0.2, 0.6)
    root = 55 * 2 ** rng.uniform(0, 2.5)
    scale = np.array([0, 2, 4, 5, 7, 9, 11, 12, 14, 16])
    start = 0.0
    while start < seconds:
        length = beat * rng.choice([1, 1, 2, 4])
        first = round(start * SAMPLE_RATE_HZ)
        t = np.arange(min(count - first, round(length * SAMPLE_RATE_HZ)))
        t = t / SAMPLE_RATE_HZ
        for note in rng.choice(scale, rng.integers(1, 4), replace=False):
            pitch = root * 2 ** (note / 12) * rng.choice([1, 2, 4])
            tone = sum(
                np.sin(2 * np.pi * pitch * k * t) / k ** rng.uniform(0.8, 2)
                for k in range(1, 8)
            )
            decay = np.exp(-t * rng.uniform(0.5, 8)) * np.minimum(1, t * 100)
            total[first : first + t.size] += tone * decay
        if rng.random() < 0.6:
            drum = rng.normal(size=t.size) * np.exp(-t * rng.uniform(15, 60))
            total[first : first + t.size] += rng.uniform(0.2, 1.5) * drum
        start += beat
    return _scaled(total, 0.1)


def knocks(rng: np.random.Generator, seconds: float) -> Sound:
    """Return dishes, steps and doors: short sounds with quiet between them."""
    count = round(seconds * SAMPLE_RATE_HZ)
    total = 0.002 * rng.normal(size=count)
    for _ in range(rng.integers(1, 2 + round(seconds * 3))):
        first = rng.integers(0, count)
        t = np.arange(min(count - first, SAMPLE_RATE_HZ // 2)) / SAMPLE_RATE_HZ
        ring = np.sin(2 * np.pi * rng.uniform(100, 5000) * t)
        knock = (ring + rng.normal(size=t.size)) * np.exp(-t * rng.uniform(8, 120))
        total[first : first + t.size] += rng.uniform(0.1, 1.0) * knock
    return _scaled(total, 0.06)


def quiet(rng: np.random.Generator, seconds: float) -> Sound:
    """Return a quiet room, or digital silence."""
    count = round(seconds * SAMPLE_RATE_HZ)
    level = rng.choice([0.0, 1e-5, 1e-4, 5e-4])
    return np.asarray(level * rng.normal(size=count), np.float32)


KINDS: Final[tuple[Callable[[np.random.Generator, float], Sound], ...]] = (
    coloured,
    swelling,
    hum,
    music,
    knocks,
    quiet,
)
ACTIVE_KINDS: Final = KINDS[:-1]
"""Those that can disturb speech."""
TRAINING_KINDS: Final = (*ACTIVE_KINDS, swelling, music)
"""What is most like speech comes twice."""


def room(rng: np.random.Generator, sound: Sound) -> Sound:
    """Return a sound with the echo of a room."""
    decay_seconds = rng.uniform(0.1, 0.6)
    count = round(decay_seconds * SAMPLE_RATE_HZ)
    t = np.arange(count) / SAMPLE_RATE_HZ
    echo = rng.normal(size=count) * np.exp(-6.9 * t / decay_seconds)
    echo *= rng.uniform(0.1, 0.7) / np.sqrt(np.sum(echo**2))
    echo[0] = 1.0
    heard = fftconvolve(sound, echo)[: sound.size + count // 2]
    return np.asarray(heard, np.float32)


def microphone(rng: np.random.Generator, sound: Sound) -> Sound:
    """Return a sound through a poor microphone: a narrow band, or clipped."""
    if rng.random() < 0.5:
        low, high = rng.uniform(80, 350), rng.uniform(2800, 7000)
        sections = butter(2, (low, high), "bandpass", fs=SAMPLE_RATE_HZ, output="sos")
        return np.asarray(sosfilt(sections, sound), np.float32)
    peak = np.abs(sound).max(initial=1e-6) * rng.uniform(0.15, 0.7)
    return np.clip(sound, -peak, peak).astype(np.float32)


def _scaled(sound: np.ndarray, level: float) -> Sound:
    """Return a sound at this level (root mean square), never clipped."""
    power = float(np.sqrt(np.mean(np.square(sound)))) or 1.0
    scaled = sound * (level / power)
    peak = float(np.abs(scaled).max(initial=0.0))
    return np.asarray(scaled * min(1.0, _LOUDEST / max(peak, 1e-9)), np.float32)
