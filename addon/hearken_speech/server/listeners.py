"""What happens to the audio of one connection that is not for wake words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from hearken_speech.errors import AudioError
from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples

MAX_RECORDING_SECONDS: Final = 60


class Listener(Protocol):
    """Takes the audio of one connection, from audio-start to audio-stop."""

    def feed(self, samples: Samples) -> None:
        """Take samples; raise AudioError where there are too many."""


class Recorder:
    """Collects a recording for speech-to-text."""

    def __init__(self, language: str | None) -> None:
        """Begin a recording of this language."""
        self.language = language
        self._chunks: list[Samples] = []
        self._samples = 0

    def feed(self, samples: Samples) -> None:
        """Take samples; raise AudioError when it becomes too long."""
        self._samples += len(samples)
        if self._samples > MAX_RECORDING_SECONDS * SAMPLE_RATE_HZ:
            self._chunks.clear()
            self._samples = 0
            msg = f"the recording is longer than {MAX_RECORDING_SECONDS} s"
            raise AudioError(msg)
        if len(samples):
            self._chunks.append(samples)

    def recording(self) -> Samples:
        """Return the whole recording."""
        if not self._chunks:
            return np.zeros(0, dtype=np.int16)
        return np.concatenate(self._chunks)
