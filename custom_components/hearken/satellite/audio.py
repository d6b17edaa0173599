"""Audio of a satellite on its way to the pipeline."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator

from ..client.pcm import SPEECH_FORMAT
from ..const import AUDIO_QUEUE_SECONDS, AUDIO_TIMEOUT_SECONDS

_LOGGER = logging.getLogger(__name__)


class AudioQueue:
    """Holds audio until it is taken; the oldest goes first when there is too much."""

    def __init__(self, limit_seconds: float = AUDIO_QUEUE_SECONDS) -> None:
        """Begin empty."""
        self._limit_bytes = int(limit_seconds * SPEECH_FORMAT.bytes_per_second)
        self._chunks: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._is_ended = False
        self._changed = asyncio.Event()
        self.dropped_bytes = 0
        """Audio that nobody took in time."""

    def put(self, samples: bytes) -> None:
        """Add audio at the end."""
        if self._is_ended:
            return
        self._chunks.append(samples)
        self._waiting_bytes += len(samples)
        while self._waiting_bytes > self._limit_bytes:
            dropped = len(self._chunks.popleft())
            self._waiting_bytes -= dropped
            if not self.dropped_bytes:
                _LOGGER.warning("Audio comes faster than it is heard; some is dropped")
            self.dropped_bytes += dropped
        self._changed.set()

    def end(self) -> None:
        """Say that no more audio comes."""
        self._is_ended = True
        self._changed.set()

    async def stream(self) -> AsyncGenerator[bytes]:
        """Return the audio piece by piece, until it ends or stops coming."""
        while True:
            while self._chunks:
                samples = self._chunks.popleft()
                self._waiting_bytes -= len(samples)
                yield samples
            if self._is_ended:
                return
            self._changed.clear()
            try:
                async with asyncio.timeout(AUDIO_TIMEOUT_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                _LOGGER.debug("No audio for %s s", AUDIO_TIMEOUT_SECONDS)
                return
