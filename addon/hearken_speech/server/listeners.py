"""The interface of what listens to the audio of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples


class Listener(Protocol):
    """Listens to the audio of one connection, from audio-start to audio-stop."""

    def add_audio(self, samples: Samples) -> None:
        """Add samples; raise AudioError if there are too many."""

    @property
    def rest_seconds(self) -> float:
        """Return for how long audio may stay unread."""

    async def rest(self) -> None:
        """Leave audio unread for a while."""

    def release(self) -> None:
        """Free what it holds, even if it never ran."""
