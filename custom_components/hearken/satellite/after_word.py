"""Audio that follows a wake word detected on the satellite."""

from typing import Final

from ..client.pcm import SPEECH_FORMAT

_LONGEST_MS: Final = 2000
"""A word that ends later than this after the start belongs to other audio."""


class AfterWord:
    """Removes the wake word from the audio: it would be taken for a command.

    A satellite sends a little of what was before the moment in which it noticed
    the word, so that nothing is lost of a command that follows without a pause.
    """

    def __init__(self) -> None:
        """Start without a wake word."""
        self._end_ms: int | None = None

    def heard(self, end_ms: int | None) -> None:
        """Set the end of the word, on the clock of the audio."""
        self._end_ms = end_ms

    def take(self, samples: bytes, begin_ms: int | None) -> bytes:
        """Return the part of the audio that comes after the word."""
        if self._end_ms is None or begin_ms is None:
            return samples
        over_ms = self._end_ms - begin_ms
        over_bytes = over_ms * SPEECH_FORMAT.bytes_per_second // 1000
        if over_bytes < len(samples) or over_ms > _LONGEST_MS:
            # What comes later counts whole, also from a clock that begins anew.
            self._end_ms = None
        if over_ms > _LONGEST_MS:
            return samples
        return samples[max(0, over_bytes) :]
