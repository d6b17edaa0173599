"""Transmission of audio to a satellite."""

import asyncio
from collections.abc import Callable

from wyoming.audio import AudioChunk, AudioStart, AudioStop

from ..client.pcm import AudioFormat
from ..const import PLAYBACK_LEAD_SECONDS
from ..errors import ConnectionLostError
from .connection import SatelliteLink


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
    """Sends one sound to the satellite, a few seconds ahead of its playback.

    Audio that was sent cannot be taken back and occupies memory on the satellite.
    """

    def __init__(
        self, link: SatelliteLink, layout: AudioFormat, clock: Callable[[], float]
    ) -> None:
        """Start; raise ConnectionLostError if the satellite is not connected."""
        self._layout = layout
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
        """Send samples, then wait until not too much of the sound is unplayed."""
        self.check()
        if not self.sent_bytes:
            await self._link.send(
                AudioStart(**self._layout.wyoming_fields, timestamp=0)
            )
        timestamp = self._milliseconds()
        self.sent_bytes += len(samples)
        await self._link.send(
            AudioChunk(
                **self._layout.wyoming_fields, audio=samples, timestamp=timestamp
            )
        )
        self._pace.add(len(samples) / self._layout.bytes_per_second)
        await asyncio.sleep(self._pace.ahead_seconds - PLAYBACK_LEAD_SECONDS)

    def end(self) -> None:
        """End the audio."""
        if self.sent_bytes:
            self._link.post(AudioStop(timestamp=self._milliseconds()))

    def check(self) -> None:
        """Raise ConnectionLostError if the connection has been lost since the start."""
        is_same = self._link.connection_count == self._connection
        if not is_same or not self._link.is_connected:
            msg = "the satellite disconnected during playback"
            raise ConnectionLostError(msg)

    def _milliseconds(self) -> int:
        """Return the length of what has been sent."""
        return self.sent_bytes * 1000 // self._layout.bytes_per_second
