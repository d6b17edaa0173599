"""A simulated room in which a satellite hears a person over its own sound.

An impulse response of 250 ms, 60 ms away, behind a speaker that distorts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Callable

    from hearken_speech.audio.format import Samples

RATIOS_DB: Final = (-10.0, -5.0, 0.0)
"""Of speech to echo: the loud samples of the voice to all of the echo."""
SOFT: Final = "clips softly"
SPEAKERS: Final[dict[str, Callable[[np.ndarray], np.ndarray]]] = {
    SOFT: lambda sound: np.tanh(sound / 12_000.0) * 12_000.0,
    "clips hard": lambda sound: np.clip(sound, -9_000.0, 9_000.0),
    "one-sided": lambda sound: (
        sound + 0.15 * sound * np.abs(sound / 12_000.0) ** 0.5 - 1e-5 * sound**2
    ),
    "distorts nothing": lambda sound: sound.astype(float),
}
_DELAY_SAMPLES: Final = SAMPLE_RATE_HZ * 60 // 1000
_TAIL_SAMPLES: Final = SAMPLE_RATE_HZ // 4
_VOICE_LEVEL: Final = 1500.0
_HISS_LEVEL: Final = 10


def loud(voice: np.ndarray) -> np.ndarray:
    """Return a voice at the level of all voices: some recordings are quiet."""
    active = np.abs(voice) > 0.05 * np.abs(voice).max()
    level = float(np.sqrt(np.mean(voice[active] ** 2)))
    return voice * (_VOICE_LEVEL / level)


def heard(
    played: Samples, voice: np.ndarray, ratio_db: float, speaker: str = SOFT
) -> Samples:
    """Return what the microphone hears of a voice over what is played."""
    echo = _echo(SPEAKERS[speaker](played.astype(float)))
    wanted = _VOICE_LEVEL / 10 ** (ratio_db / 20)
    echo *= wanted / max(1.0, float(np.sqrt(np.mean(echo**2))))
    hiss = np.random.default_rng(3).normal(0, _HISS_LEVEL, len(echo))
    mixed = np.clip(echo + hiss + voice, -32_768, 32_767)
    return np.asarray(mixed, np.int16)


def _echo(played: np.ndarray) -> np.ndarray:
    """Return the sound of the speaker at the microphone."""
    decay = np.exp(-6.9 * np.arange(_TAIL_SAMPLES) / _TAIL_SAMPLES)
    response = np.random.default_rng(5).normal(0, 0.3, _TAIL_SAMPLES) * decay
    response[0] = 1.0
    size = 1 << int(np.ceil(np.log2(len(played) + _TAIL_SAMPLES)))
    spectrum = np.fft.rfft(played, size) * np.fft.rfft(response, size)
    echo = np.fft.irfft(spectrum, size)[: len(played)]
    return np.concatenate((np.zeros(_DELAY_SAMPLES), echo))[: len(played)]
