"""Spoken sentences and other sounds, cached."""

from functools import cache
from typing import Final

import numpy as np
import pytest

from benchmarks.common.recordings import RECORDINGS
from hearken_speech.audio.format import Samples
from house import sound

needs_recordings: Final = pytest.mark.skipif(
    not RECORDINGS.is_dir(), reason=f"the recordings are not at {RECORDINGS}"
)


@cache
def spoken(text: str, voice: str = "flite:slt") -> Samples:
    """Return a spoken text with a little silence around it."""
    return np.concatenate(
        (sound.silence(0.3), sound.trim(sound.speak(text, voice)), sound.silence(0.5))
    )


@cache
def wake_word(text: str = sound.WAKE_PHRASE) -> Samples:
    """Return a wake word with silence around it."""
    word = sound.trim(sound.speak(text))
    return np.concatenate((sound.silence(1.5), word, sound.silence(1.2)))


def noise(seconds: float, level: float = 300.0) -> Samples:
    """Return steady noise, deterministically."""
    rng = np.random.default_rng(1)
    return rng.normal(0.0, level, round(seconds * 16_000)).astype(np.int16)


def at_rate(samples: Samples, rate_hz: int) -> Samples:
    """Return the sound resampled to a higher rate by Fourier transform."""
    count = round(len(samples) * rate_hz / 16_000)
    spectrum = np.fft.rfft(samples.astype(np.float64))
    higher = np.fft.irfft(spectrum, count) * (count / len(samples))
    return np.clip(np.rint(higher), -32768, 32767).astype(np.int16)


def in_stereo(samples: Samples) -> bytes:
    """Return the bytes of the sound with two channels."""
    return np.repeat(samples.astype("<i2"), 2).tobytes()
