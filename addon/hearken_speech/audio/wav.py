"""Read and write WAV files."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING

import numpy as np

from hearken_speech.audio.format import AudioFormat, Converter, Samples, to_bytes
from hearken_speech.errors import AudioError
from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path) -> Samples:
    """Read a WAV file of any supported format as 16 kHz mono samples."""
    try:
        with wave.open(str(path), "rb") as file:
            source = AudioFormat(
                file.getframerate(), file.getsampwidth(), file.getnchannels()
            )
            data = file.readframes(file.getnframes())
    except OSError as err:
        msg = f"{path} cannot be read: {err.strerror or err}"
        raise AudioError(msg) from err
    except (wave.Error, EOFError) as err:
        msg = f"{path} is not a usable WAV file ({err or 'it ends too early'})"
        raise AudioError(msg) from err
    converter = Converter(source)
    return np.concatenate((converter.convert(data), converter.flush()))


def encode(samples: Samples, rate_hz: int = SAMPLE_RATE_HZ) -> bytes:
    """Return a complete WAV file, mono, 16 bit."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(to_bytes(samples))
    return buffer.getvalue()
