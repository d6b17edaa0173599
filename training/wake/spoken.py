"""What was spoken once is kept: synthetic voices take most of the time."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.common.tools import TOOLS
from hearken_speech.wake.making.sound import FULL_SCALE, as_sound
from training import files

if TYPE_CHECKING:
    from pathlib import Path

    from hearken_speech.wake.making.sound import Sound
    from hearken_speech.wake.making.voice import Voice, Voices

FOLDER: Final = TOOLS / "spoken"


class Spoken:
    """Voices whose utterances are kept in a folder."""

    def __init__(self, voices: Voices, folder: Path = FOLDER) -> None:
        """Set the voices and the folder."""
        self._voices = voices
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def say(self, text: str, voice: Voice) -> Sound:
        """Return the spoken text without silence around it; empty if that fails."""
        path = self._folder / f"{_name(text, voice)}.npy"
        if not path.is_file():
            said = self._voices.say(text, voice)
            whole = np.clip(np.rint(said * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1)
            files.write(path, lambda part: np.save(part, whole.astype(np.int16)))
        return as_sound(np.load(path))


def _name(text: str, voice: Voice) -> str:
    """Return the name of the file of an utterance."""
    described = f"{voice.speaker}|{voice.speed}|{voice.pitch}|{text}"
    return hashlib.sha256(described.encode()).hexdigest()[:24]
