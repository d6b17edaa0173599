"""Sounds that are not commands, different for every seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.stt.corpus import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from hearken_speech.audio.format import Samples

SECONDS: Final = 4.0
_SAMPLES: Final = int(SECONDS * 16_000)
_ROOM_SECONDS: Final = 0.4
_ROOM_SHARE: Final = 0.5


@dataclass(frozen=True)
class Cast:
    """The voices and texts in the background."""

    texts: tuple[str, ...]
    voices: tuple[str, ...]


def kinds(cast: Cast) -> dict[str, Callable[[int], Samples]]:
    """Return the generators of sounds, by kind."""
    return {
        "silence": _silence,
        "noise: white, pink, brown": _noise,
        "hum and tones": _tones,
        "music-like": _music,
        "babble of five voices": lambda seed: _babble(cast, seed),
        "far speech, no command": lambda seed: _far(cast, seed),
        "knocks and coughs": _knocks,
        "a snatch of babble": lambda seed: _snatch(cast, seed),
    }


def _random(seed: int) -> np.random.Generator:
    """Return a deterministic random generator."""
    return np.random.default_rng(seed)


def _silence(seed: int) -> Samples:
    """Return digital silence, or microphone hiss."""
    return _random(seed).normal(0, seed % 5 * 4, _SAMPLES).astype(np.int16)


def _noise(seed: int) -> Samples:
    """Return noise of a colour and level."""
    random = _random(seed)
    spectrum = np.fft.rfft(random.normal(0, 1, _SAMPLES))
    frequency = np.maximum(1.0, np.arange(spectrum.size))
    coloured = np.fft.irfft(spectrum / frequency ** (seed % 3 / 2), _SAMPLES)
    return levelled(coloured, 10 ** random.uniform(1.5, 3.7))


def _tones(seed: int) -> Samples:
    """Return mains hum, beeps and alarms."""
    random, time = _random(seed), np.arange(_SAMPLES) / 16_000
    base = random.choice([50, 60, 440, 1_000, 2_500])
    tone = sum(np.sin(2 * np.pi * base * n * time) / n for n in range(1, 5))
    if seed % 2:
        tone = tone * (np.sin(2 * np.pi * random.uniform(1, 5) * time) > 0)
    return levelled(np.asarray(tone), 10 ** random.uniform(2, 3.7))


def _music(seed: int) -> Samples:
    """Return chords with a beat."""
    random, time = _random(seed), np.arange(_SAMPLES) / 16_000
    mix = np.zeros(_SAMPLES)
    beat = 16_000 * 60 // int(random.integers(70, 160))
    for start in range(0, _SAMPLES, beat):
        span = min(beat * 2, _SAMPLES - start)
        fade = np.exp(-3 * np.arange(span) / beat)
        root = 110 * 2 ** (random.integers(0, 24) / 12)
        for step in (0, 4, 7, 12):
            note = root * 2 ** (step / 12)
            for n in range(1, 6):
                wave = np.sin(2 * np.pi * note * n * time[:span])
                mix[start : start + span] += wave * fade / n
        drum = random.normal(0, 2, min(1_200, span)) * np.exp(
            -np.arange(min(1_200, span)) / 250
        )
        mix[start : start + drum.size] += drum
    return levelled(mix, 10 ** random.uniform(2.5, 3.8))


def _babble(cast: Cast, seed: int) -> Samples:
    """Return five people talking at the same time."""
    random = _random(seed)
    mix = np.zeros(_SAMPLES)
    for _ in range(5):
        text, voice = random.choice(cast.texts), random.choice(cast.voices)
        speech = np.tile(said(str(text), str(voice)).astype(np.float64), 3)
        start = int(random.integers(0, speech.size - _SAMPLES))
        mix += speech[start : start + _SAMPLES]
    return levelled(mix, 10 ** random.uniform(2, 3.3))


def _far(cast: Cast, seed: int) -> Samples:
    """Return somebody in the next room: quiet, with echo and noise."""
    random = _random(seed)
    text, voice = random.choice(cast.texts), random.choice(cast.voices)
    speech = said(str(text), str(voice)).astype(np.float64)[:_SAMPLES]
    echo = random.normal(0, 1, 8_000) * np.exp(-np.arange(8_000) / 2_000)
    wet = np.convolve(speech, echo)[: speech.size]
    level = 10 ** random.uniform(1.2, 2.0)
    quiet = levelled(wet, level).astype(np.float64)
    return (quiet + random.normal(0, level, quiet.size)).astype(np.int16)


def _knocks(seed: int) -> Samples:
    """Return something falling, or somebody clearing their throat."""
    random = _random(seed)
    mix = np.zeros(_SAMPLES)
    coughs = seed % 2
    low, high = (300, 3_500) if coughs else (60, 600)
    start = int(random.integers(4_000, 8_000))
    for _ in range(int(random.integers(1, 4))):
        span = int(random.uniform(0.15, 0.35) * 16_000)
        fade = np.exp(-random.uniform(4, 12) * np.arange(span) / span)
        mix[start : start + span] += _band(random.normal(0, 1, span), low, high) * fade
        start += span + int(random.uniform(0.0, 0.2) * 16_000)
    peak = 10 ** random.uniform(3.0, 4.3)
    return np.asarray(mix * (peak / np.abs(mix).max()), np.int16)


def _snatch(cast: Cast, seed: int) -> Samples:
    """Return a short burst of many voices, surrounded by silence."""
    random = _random(seed)
    span = int(random.uniform(0.25, 0.8) * 16_000)
    first = int(random.integers(0, _SAMPLES - span))
    heard = _babble(cast, seed)[first : first + span].astype(np.float64)
    heard *= np.minimum(1.0, 20 * (0.5 - np.abs(np.linspace(-0.5, 0.5, span))))
    hiss = random.normal(0, 3, 8_000 + span + 12_000)
    hiss[8_000 : 8_000 + span] += heard
    return hiss.astype(np.int16)


def _band(wave: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return the part of a sound between two frequencies, in hertz."""
    spectrum = np.fft.rfft(wave)
    frequency = np.fft.rfftfreq(wave.size, 1 / 16_000)
    spectrum[(frequency < low) | (frequency > high)] = 0
    return np.asarray(np.fft.irfft(spectrum, wave.size))


def echoing(sound: Samples, random: np.random.Generator) -> np.ndarray:
    """Return a sound as heard in a furnished room, near the speaker."""
    samples = int(_ROOM_SECONDS * 16_000)
    echo = random.normal(0, 1, samples) * np.exp(-6.9 * np.arange(samples) / samples)
    echo *= _ROOM_SHARE / np.sqrt(np.sum(echo**2))
    echo[0] = 1.0
    return np.convolve(sound.astype(np.float64), echo)[: sound.size]


def levelled(wave: np.ndarray, level: float) -> Samples:
    """Return a sound scaled to a root mean square level."""
    power = float(np.sqrt(np.mean(wave**2))) or 1.0
    return np.clip(wave / power * level, -32_768, 32_767).astype(np.int16)
