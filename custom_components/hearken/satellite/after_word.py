"""What follows a wake word that the satellite heard itself."""

from typing import Final

from ..client.pcm import SPEECH_FORMAT

_LONGEST_MS: Final = 2000
"""A word that would end so long after the audio begins belongs to other audio."""


class AfterWord:
    """Leaves the wake word out of the audio: it would be taken for a command.

    A satellite sends a little of what was before the moment in which it noticed
    the word, so that nothing is lost of a command that follows without a pause.
    """

    def __init__(self) -> None:
        """Leave out nothing."""
        self._end_ms: int | None = None

    def heard(self, end_ms: object) -> None:
        """Take note of where a word ends, on the clock of the audio."""
        self._end_ms = end_ms if isinstance(end_ms, int) else None

    def take(self, samples: bytes, begin_ms: object) -> bytes:
        """Return what of this audio comes after the word."""
        if self._end_ms is None or not isinstance(begin_ms, int):
            return samples
        over_ms = self._end_ms - begin_ms
        over_bytes = over_ms * SPEECH_FORMAT.bytes_per_second // 1000
        if over_bytes < len(samples) or over_ms > _LONGEST_MS:
            # What comes later counts whole, also from a clock that begins anew.
            self._end_ms = None
        if over_ms > _LONGEST_MS:
            return samples
        return samples[max(0, over_bytes) :]
