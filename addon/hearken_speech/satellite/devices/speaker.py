"""The speaker: a stream of samples with a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hearken_speech.audio.format import NATIVE
from hearken_speech.errors import HearkenError

if TYPE_CHECKING:
    from hearken_speech.audio.format import AudioFormat, Samples


class SpeakerError(HearkenError):
    """The sound could not be played."""


class Speaker(Protocol):
    """Plays sounds one after the other.

    A sound is ``open``, any number of ``write``, ``drain`` and ``close``. Every
    method but ``stop`` raises SpeakerError when the device fails.
    """

    @property
    def format(self) -> AudioFormat:
        """Format of the samples that it takes, 16 bit.

        With several channels, samples have the shape [frames, channels]. The format
        may change when the device is opened.
        """

    @property
    def position_samples(self) -> int:
        """Samples of one channel heard so far, on the device's clock.

        Counts from the start of the program over all sounds and never goes back.
        Silence between sounds, or while no samples arrive, does not count.
        """

    async def open(self) -> None:
        """Begin a sound."""

    async def write(self, samples: Samples) -> None:
        """Queue samples to be played; wait while the device's buffer is full."""

    async def drain(self) -> None:
        """Wait until everything that was written has been heard."""

    def stop(self) -> None:
        """Drop what has not been heard, and what is written before the next ``open``.

        Calls of ``write`` and ``drain`` in progress return without delay.
        """

    async def close(self) -> None:
        """End the sound; what has not been heard may be lost."""


class NoSpeaker:
    """Plays nothing, at once."""

    format: AudioFormat = NATIVE

    def __init__(self) -> None:
        """Start at position zero."""
        self._position_samples = 0

    @property
    def position_samples(self) -> int:
        """Samples that would have been heard."""
        return self._position_samples

    async def open(self) -> None:
        """Begin a sound."""

    async def write(self, samples: Samples) -> None:
        """Count the samples."""
        self._position_samples += len(samples)

    async def drain(self) -> None:
        """Return at once."""

    def stop(self) -> None:
        """Do nothing: everything has been heard."""

    async def close(self) -> None:
        """End the sound."""
