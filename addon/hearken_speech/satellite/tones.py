"""Sounds that a satellite makes by itself."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hearken_speech.audio.format import Samples

WAKE_NOTES_HZ: Final = (1568.0, 2093.0)
"""Notes of the wake sound: pure, so that they can be filtered out of the command."""

_ERROR_NOTES_HZ: Final = (660.0, 440.0)
_RING_NOTES_HZ: Final = (880.0, 1109.0, 880.0, 1109.0)
_NOTE_SECONDS: Final = 0.16
_WAKE_NOTE_SECONDS: Final = 0.07
_PAUSE_SECONDS: Final = 0.12
_LEVEL: Final = 6000.0


class Trouble(StrEnum):
    """Why a satellite cannot answer to its wake word."""

    AWAY = "away"
    """Home Assistant is not connected."""
    UNPAIRED = "unpaired"
    """No Home Assistant has been paired with it yet."""
    NO_SERVER = "no-server"
    """Home Assistant cannot reach a stage of its pipeline."""
    NO_MICROPHONE = "no-microphone"
    """The microphone is gone: nothing can be heard."""


_TROUBLE_NOTES_HZ: Final = {
    Trouble.AWAY: (660.0, 440.0, 440.0),
    Trouble.UNPAIRED: (440.0, 660.0, 440.0, 660.0),
    Trouble.NO_SERVER: (660.0, 550.0, 440.0),
    Trouble.NO_MICROPHONE: (440.0, 440.0),
}


def error_tone() -> Samples:
    """Return two falling notes: something did not work."""
    return _melody(_ERROR_NOTES_HZ, _NOTE_SECONDS)


def wake_sound() -> Samples:
    """Return two short rising notes: the satellite listens."""
    return _melody(WAKE_NOTES_HZ, _WAKE_NOTE_SECONDS, level=_LEVEL / 2)


def ring_tone() -> Samples:
    """Return four quick notes: a timer has finished."""
    return _melody(_RING_NOTES_HZ, _NOTE_SECONDS, level=2 * _LEVEL)


def trouble_tone(trouble: Trouble) -> Samples:
    """Return the notes that tell one trouble from another."""
    return _melody(_TROUBLE_NOTES_HZ[trouble], _NOTE_SECONDS, _PAUSE_SECONDS)


def _melody(
    notes_hz: Sequence[float],
    note_seconds: float,
    pause_seconds: float = 0.0,
    level: float = _LEVEL,
) -> Samples:
    """Return notes of the same length, with pauses between them."""
    count = int(note_seconds * SAMPLE_RATE_HZ)
    time_seconds = np.arange(count) / SAMPLE_RATE_HZ
    # Without the fades, each note would start and end with a click.
    envelope = np.sin(np.pi * np.arange(count) / count) ** 0.5
    pause = np.zeros(int(pause_seconds * SAMPLE_RATE_HZ))
    pieces = []
    for hz in notes_hz:
        pieces += [pause, level * envelope * np.sin(2 * np.pi * hz * time_seconds)]
    return np.asarray(np.concatenate(pieces[1:]), dtype=np.int16)
