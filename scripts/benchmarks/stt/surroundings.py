"""What a room makes of a voice, and of the voices of others."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.signal import fftconvolve

from benchmarks.stt.sounds import echoing, levelled
from hearken_speech.protocol import SAMPLE_RATE_HZ
from training import noises

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from hearken_speech.audio.format import Samples

    type Make = Callable[[np.random.Generator, Samples, list[Samples]], Samples]

MOST_VOICES: Final = 8
_SECONDS: Final = 4.0
_BABBLE_VOICES: Final = 5
_BEFORE_SECONDS: Final = 0.4
_AFTER_SECONDS: Final = 0.7
_HISS: Final = 3.0
"""Noise of a quiet microphone, of 32,768."""
_QUIETER: Final = 0.05
_NOISE_DB: Final = 10.0
_ACROSS_NOISE_DB: Final = 15.0
_ACROSS_ECHO_SECONDS: Final = 0.5
_LOUDEST: Final = 32_767


def framed(sound: Samples) -> Samples:
    """Return a sound with the quiet of a room around it."""
    rng = np.random.default_rng(sound.size)
    quiet = [
        rng.normal(0, _HISS, round(seconds * SAMPLE_RATE_HZ))
        for seconds in (_BEFORE_SECONDS, _AFTER_SECONDS)
    ]
    return _samples(np.concatenate([quiet[0], sound.astype(np.float64), quiet[1]]))


def lasting(sound: Samples) -> Samples:
    """Return a short recording of a noise for as long as other sounds."""
    there_and_back = np.concatenate([sound, sound[::-1]])
    return np.resize(there_and_back, round(_SECONDS * SAMPLE_RATE_HZ))


def conditions(sound: Samples, name: str) -> Iterator[tuple[str, Samples]]:
    """Yield a voice as it is, quietly, in noise, in a room and across a room."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    yield "clear", sound
    yield "26 dB quieter", _samples(sound * _QUIETER)
    kind = noises.ACTIVE_KINDS[int(rng.integers(len(noises.ACTIVE_KINDS)))]
    noise = kind(rng, sound.size / SAMPLE_RATE_HZ + 0.1)[: sound.size]
    wanted = level(sound) * 10 ** (-_NOISE_DB / 20)
    yield "noise 10 dB below", _samples(sound + noise * (wanted / rms(noise)))
    yield "in a room", levelled(echoing(sound, rng), rms(sound))
    yield "across a room", _across(rng, sound)


def echo_across(rng: np.random.Generator) -> np.ndarray:
    """Return what comes from the other end of a room after a sound, and the sound."""
    count = round(_ACROSS_ECHO_SECONDS * SAMPLE_RATE_HZ)
    echo: np.ndarray = rng.normal(0, 1, count)
    echo *= np.exp(-6.9 * np.arange(count) / count)
    echo /= np.sqrt(np.sum(echo**2))
    echo[0] = 1.0
    return echo


def _across(rng: np.random.Generator, sound: Samples) -> Samples:
    """Return a voice from the other end of a room: quiet, with echo and hiss."""
    heard = fftconvolve(sound.astype(np.float64), echo_across(rng))[: sound.size]
    heard *= level(sound) / 10 / rms(heard)
    hiss = level(heard) * 10 ** (-_ACROSS_NOISE_DB / 20)
    return _samples(heard + rng.normal(0, hiss, heard.size))


def babble(rng: np.random.Generator, _: Samples, speech: list[Samples]) -> Samples:
    """Return five people talking at the same time."""
    return levelled(
        _talking(rng, speech, _BABBLE_VOICES, _SECONDS), 10 ** rng.uniform(2, 3.3)
    )


def crowd(rng: np.random.Generator, _: Samples, speech: list[Samples]) -> Samples:
    """Return three to eight people talking when a satellite starts to listen."""
    voices = int(rng.integers(3, MOST_VOICES + 1))
    mix = _talking(rng, speech, voices, rng.uniform(2.0, 6.0))
    return framed(_samples(mix / np.abs(mix).max() * 10 ** rng.uniform(3.0, 4.2)))


def far(rng: np.random.Generator, voice: Samples, _: list[Samples]) -> Samples:
    """Return somebody in the next room: all echo, no louder than the noise."""
    echo = rng.normal(0, 1, 8_000) * np.exp(-np.arange(8_000) / 2_000)
    sound = voice[: round(_SECONDS * SAMPLE_RATE_HZ)].astype(np.float64)
    loudness = 10 ** rng.uniform(1.2, 2.0)
    quiet = levelled(fftconvolve(sound, echo)[: sound.size], loudness)
    return _samples(quiet + rng.normal(0, loudness, quiet.size))


def snatch(rng: np.random.Generator, _: Samples, speech: list[Samples]) -> Samples:
    """Return a moment of five voices, with quiet around it."""
    seconds = rng.uniform(0.25, 0.8)
    mix = _talking(rng, speech, _BABBLE_VOICES, seconds)
    fade = np.minimum(1.0, 20 * (0.5 - np.abs(np.linspace(-0.5, 0.5, mix.size))))
    return framed(levelled(mix * fade, 10 ** rng.uniform(2, 3.3)))


KINDS: Final[Mapping[str, Make]] = {
    "babble of five": babble,
    "a crowd": crowd,
    "far speech": far,
    "a snatch of babble": snatch,
}
"""What comes of people who do not speak to the house."""


def _talking(
    rng: np.random.Generator, speech: list[Samples], voices: int, seconds: float
) -> np.ndarray:
    """Return so many people talking, each from a random place."""
    mix = np.zeros(round(seconds * SAMPLE_RATE_HZ))
    for _ in range(voices):
        one = speech[int(rng.integers(len(speech)))].astype(np.float64)
        one = np.resize(np.roll(one, int(rng.integers(one.size))), mix.size)
        mix += one / level(one) * rng.uniform(0.6, 1.0)
    return mix


def level(sound: np.ndarray) -> float:
    """Return the level of the louder moments."""
    frames = sound[: sound.size // 512 * 512].astype(np.float64).reshape(-1, 512)
    levels = np.sqrt(np.square(frames).mean(axis=1))
    return rms(levels[levels > levels.max(initial=0.0) * 0.1])


def rms(sound: np.ndarray) -> float:
    """Return the root mean square, never 0."""
    return float(np.sqrt(np.mean(np.square(sound.astype(np.float64))))) or 1.0


def _samples(sound: np.ndarray) -> Samples:
    """Return a sound as 16-bit samples."""
    return np.clip(np.round(sound), -_LOUDEST - 1, _LOUDEST).astype(np.int16)
