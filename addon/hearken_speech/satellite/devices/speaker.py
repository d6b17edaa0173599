"""Where a satellite's answers go."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from hearken_speech.audio import wav
from hearken_speech.errors import HearkenError
from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from pathlib import Path

    from hearken_speech.audio.format import Samples

_TONE_HZ: Final = (660.0, 440.0)
_TONE_SECONDS: Final = 0.16
_TONE_LEVEL: Final = 6000.0


class SpeakerError(HearkenError):
    """The sound could not be played."""


class Speaker(Protocol):
    """Plays sound at 16 kHz, mono."""

    async def play(self, samples: Samples) -> None:
        """Return when it has been heard; raise SpeakerError if it cannot be."""


class NoSpeaker:
    """Plays nothing."""

    async def play(self, samples: Samples) -> None:
        """Return at once."""


class FileSpeaker:
    """Keeps the last thing that was said as a WAV file."""

    def __init__(self, path: Path) -> None:
        """Write to this file."""
        self._path = path

    async def play(self, samples: Samples) -> None:
        """Replace the file, in one step."""
        try:
            await asyncio.to_thread(self._write, samples)
        except OSError as err:
            msg = f"{self._path} cannot be written: {err.strerror or err}"
            raise SpeakerError(msg) from err

    def _write(self, samples: Samples) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_name(f".{self._path.name}.new")
        temporary.write_bytes(wav.encode(samples))
        temporary.replace(self._path)


def error_tone() -> Samples:
    """Return the two falling notes that say: that did not work."""
    count = int(_TONE_SECONDS * SAMPLE_RATE_HZ)
    time_seconds = np.arange(count) / SAMPLE_RATE_HZ
    # Faded in and out, or each note would begin with a click.
    envelope = np.sin(np.pi * np.arange(count) / count) ** 0.5
    notes = [
        _TONE_LEVEL * envelope * np.sin(2 * np.pi * hz * time_seconds)
        for hz in _TONE_HZ
    ]
    return np.asarray(np.concatenate(notes), dtype=np.int16)
