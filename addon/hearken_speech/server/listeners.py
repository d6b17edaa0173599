"""What takes the audio of one connection: a wake word engine, or a recogniser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples


class Listener(Protocol):
    """Takes the audio of one connection, from audio-start to audio-stop."""

    def feed(self, samples: Samples) -> None:
        """Take samples; raise AudioError where there are too many."""
