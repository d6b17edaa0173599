"""Recordings of people, and words without silence around them."""

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from benchmarks.common import recordings as people
from hearken_speech.audio.format import Samples
from hearken_speech.protocol import SAMPLE_RATE_HZ

PAUSE = np.zeros(round(1.4 * SAMPLE_RATE_HZ), np.int16)
"""What openWakeWord wants around a recording."""


def recordings(folder: str) -> list[Path]:
    """Return the recordings of a folder, or none if they are not available."""
    found = (people.RECORDINGS / folder).glob("*")
    return sorted(path for path in found if path.suffix in {".wav", ".flac"})


read = cache(people.read)


def between_pauses(path: Path) -> Samples:
    """Return a recording with silence before and after it."""
    return np.concatenate([PAUSE, read(path), PAUSE])


@cache
def spoken(text: str, voice: str = "slt") -> Samples:
    """Return a text spoken by flite, without silence at its ends."""
    program = shutil.which("flite")
    if program is None:
        pytest.skip("flite is not installed")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "spoken.wav")
        subprocess.run(
            [program, "-voice", voice, "-t", text, "-o", str(path)], check=True
        )
        samples = read(path)
    loud = np.flatnonzero(np.abs(samples.astype(int)) > 300)
    return samples[loud[0] : loud[-1] + 1]


def noise(seconds: float, amplitude: float = 20.0, seed: int = 1) -> Samples:
    """Return soft noise, deterministically."""
    count = round(seconds * SAMPLE_RATE_HZ)
    made = np.random.default_rng(seed).standard_normal(count) * amplitude
    return np.clip(made, -32768, 32767).astype(np.int16)
