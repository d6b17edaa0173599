"""One sound on its way to a satellite."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from wyoming.audio import AudioChunk, AudioStart, AudioStop

from ..client.pcm import SPEECH_FORMAT
from ..const import PLAYBACK_LEAD_SECONDS
from ..errors import ConnectionLostError
from .connection import SatelliteLink

_LAYOUT: Final[dict[str, Any]] = {
    "rate": SPEECH_FORMAT.rate_hz,
    "width": SPEECH_FORMAT.width_bytes,
    "channels": SPEECH_FORMAT.channels,
}


class Pace:
    """Estimates how much of the audio that was sent has not been played."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start with nothing sent."""
        self._clock = clock
        self._played_at = clock()

    @property
    def ahead_seconds(self) -> float:
        """Length of the audio that has not been played."""
        return max(0.0, self._played_at - self._clock())

    def add(self, seconds: float) -> None:
        """Note that audio of this length is sent."""
        # Audio that arrives late is played when it arrives.
        self._played_at = max(self._played_at, self._clock()) + seconds


class Transmission:
    """One sound on its way to the satellite, a few seconds ahead of its playback.

    What was sent can hardly be called back, and it takes memory on the satellite.
    """

    def __init__(self, link: SatelliteLink, clock: Callable[[], float]) -> None:
        """Start; raise ConnectionLostError without a satellite."""
        self._link = link
        self._pace = Pace(clock)
        self._connection = link.connection_count
        self.sent_bytes = 0
        if not link.is_connected:
            msg = "the satellite is not connected"
            raise ConnectionLostError(msg)

    @property
    def unplayed_seconds(self) -> float:
        """Length of the sound that has been sent and not played."""
        return self._pace.ahead_seconds

    async def send(self, samples: bytes) -> None:
        """Send a piece, then wait while too much of the sound is ahead."""
        self.check()
        if not self.sent_bytes:
            await self._link.send(AudioStart(**_LAYOUT, timestamp=0))
        timestamp = _milliseconds(self.sent_bytes)
        self.sent_bytes += len(samples)
        await self._link.send(AudioChunk(**_LAYOUT, audio=samples, timestamp=timestamp))
        self._pace.add(len(samples) / SPEECH_FORMAT.bytes_per_second)
        await asyncio.sleep(self._pace.ahead_seconds - PLAYBACK_LEAD_SECONDS)

    def end(self) -> None:
        """Tell the satellite that nothing follows."""
        if self.sent_bytes:
            self._link.post(AudioStop(timestamp=_milliseconds(self.sent_bytes)))

    def check(self) -> None:
        """Raise ConnectionLostError if the satellite that heard the start is gone."""
        is_same = self._link.connection_count == self._connection
        if not is_same or not self._link.is_connected:
            msg = "the satellite went away while it spoke"
            raise ConnectionLostError(msg)


def _milliseconds(count_bytes: int) -> int:
    """Return the length of samples in the format of speech."""
    return count_bytes * 1000 // SPEECH_FORMAT.bytes_per_second
