"""Sounds that a satellite makes by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples

_ERROR_NOTES_HZ: Final = (660.0, 440.0)
_NOTE_SECONDS: Final = 0.16
_LEVEL: Final = 6000.0


def error_tone() -> Samples:
    """Return two falling notes: something did not work."""
    count = int(_NOTE_SECONDS * SAMPLE_RATE_HZ)
    time_seconds = np.arange(count) / SAMPLE_RATE_HZ
    # Without the fades, each note would start and end with a click.
    envelope = np.sin(np.pi * np.arange(count) / count) ** 0.5
    notes = [
        _LEVEL * envelope * np.sin(2 * np.pi * hz * time_seconds)
        for hz in _ERROR_NOTES_HZ
    ]
    return np.asarray(np.concatenate(notes), dtype=np.int16)
