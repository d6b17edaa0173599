"""Voices of flite and espeak-ng, as 16 kHz samples."""

import io
import shutil
import subprocess
import wave
from functools import lru_cache
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from hearken_speech.audio.format import AudioFormat, Converter

type Samples = NDArray[np.int16]

SAMPLE_RATE_HZ: Final = 16_000
KNOWN_VOICES: Final = ("flite:slt", "flite:awb", "flite:kal16", "espeak-ng:en-us")
HELD_OUT_VOICES: Final = (
    "flite:rms",
    "espeak-ng:en-us+f4",
    "espeak-ng:en-gb-scotland+m6",
)
"""Voices that the embedded model was not trained on."""


def available(program: str) -> bool:
    """Return whether a speech synthesizer is installed."""
    return shutil.which(program) is not None


@lru_cache(maxsize=4_096)
def say(text: str, voice: str = "flite:slt") -> Samples:
    """Return a sentence spoken by a voice such as ``flite:slt``."""
    program, name = voice.split(":", 1)
    if not available(program):
        pytest.skip(f"{program} is not installed")
    if program == "flite":
        command = ["flite", "-voice", name, "-t", text, "-o", "/dev/stdout"]
    else:
        command = ["espeak-ng", "-v", name, "--stdout", text]
    spoken = subprocess.run(command, capture_output=True, check=True, timeout=30)
    samples = read_wav(spoken.stdout)
    samples.flags.writeable = False
    return samples


def read_wav(data: bytes) -> Samples:
    """Return the sound of a WAV file at 16 kHz; ignore a wrong length field."""
    with wave.open(io.BytesIO(data)) as file:
        rate, width, channels = (
            file.getframerate(),
            file.getsampwidth(),
            file.getnchannels(),
        )
    converter = Converter(AudioFormat(rate, width, channels))
    body = data[data.index(b"data") + 8 :]
    return np.concatenate([converter.convert(body), converter.flush()])


def silence(seconds: float) -> Samples:
    """Return digital silence."""
    return np.zeros(int(seconds * SAMPLE_RATE_HZ), np.int16)


def noise(seconds: float, level: float = 200.0, seed: int = 0) -> Samples:
    """Return white noise at a level."""
    random = np.random.default_rng(seed)
    return random.normal(0, level, int(seconds * SAMPLE_RATE_HZ)).astype(np.int16)


def join(*parts: Samples) -> Samples:
    """Return sounds joined one after the other."""
    return np.concatenate(parts)
