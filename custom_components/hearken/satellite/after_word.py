"""Audio that follows a wake word detected on the satellite."""

from typing import Final

from ..client.pcm import SPEECH_FORMAT

_LONGEST_MS: Final = 2000
"""A word that ends later than this after the start belongs to other audio."""


class AfterWord:
    """Separates the wake word from the command, so that it is not transcribed.

    A satellite sends audio from before the detection, so that the start of a command
    that follows without a pause is not lost.
    """

    def __init__(self) -> None:
        """Start without a wake word."""
        self._end_ms: int | None = None

    def set_end(self, end_ms: int | None) -> None:
        """Set the end of the word, on the clock of the audio."""
        self._end_ms = end_ms

    def split(self, samples: bytes, begin_ms: int | None) -> tuple[bytes, bytes]:
        """Return the parts of the audio before and after the end of the word."""
        if self._end_ms is None or begin_ms is None:
            return b"", samples
        over_ms = self._end_ms - begin_ms
        over_bytes = over_ms * SPEECH_FORMAT.bytes_per_second // 1000
        if over_bytes < len(samples) or over_ms > _LONGEST_MS:
            # Later audio is passed on whole, even if the clock starts again.
            self._end_ms = None
        if over_ms > _LONGEST_MS:
            return b"", samples
        over_bytes = max(0, over_bytes)
        return samples[:over_bytes], samples[over_bytes:]
