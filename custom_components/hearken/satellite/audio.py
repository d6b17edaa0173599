"""Audio from a satellite on its way to the pipeline."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator

from ..client.pcm import SPEECH_FORMAT
from ..const import AUDIO_QUEUE_SECONDS, AUDIO_TIMEOUT_SECONDS

_LOGGER = logging.getLogger(__name__)


class AudioQueue:
    """Buffers audio; when the buffer is full, the oldest audio is dropped."""

    def __init__(
        self, limit_seconds: float = AUDIO_QUEUE_SECONDS, *, can_rewind: bool = False
    ) -> None:
        """Start empty."""
        self._can_rewind = can_rewind
        self._taken: deque[bytes] = deque()
        self._kept_bytes = 0
        self._taken_bytes = 0
        self._limit_bytes = int(limit_seconds * SPEECH_FORMAT.bytes_per_second)
        self._chunks: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._is_ended = False
        self._changed = asyncio.Event()
        self.dropped_bytes = 0
        """Audio that was dropped."""

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
                _LOGGER.warning("Audio arrives faster than it is used; some is dropped")
            self.dropped_bytes += dropped
        self._changed.set()

    def end(self) -> None:
        """End the audio."""
        self._is_ended = True
        self._changed.set()

    def _note_taken(self, samples: bytes) -> None:
        """Store audio that was read, for a later rewind."""
        self._taken_bytes += len(samples)
        if not self._can_rewind:
            return
        self._taken.append(samples)
        self._kept_bytes += len(samples)
        while self._kept_bytes > self._limit_bytes:
            self._kept_bytes -= len(self._taken.popleft())

    def rewind(self, position_ms: int) -> None:
        """Go back to a position, in ms since the start, or as far as audio was kept."""
        kept = b"".join(self._taken)
        position_bytes = position_ms * SPEECH_FORMAT.bytes_per_second // 1000
        again_bytes = max(0, min(self._taken_bytes - position_bytes, len(kept)))
        self._taken.clear()
        self._kept_bytes = 0
        if again_bytes:
            self._taken_bytes -= again_bytes
            self._waiting_bytes += again_bytes
            self._chunks.appendleft(kept[len(kept) - again_bytes :])
            self._changed.set()

    def recent(self, count_bytes: int) -> bytes:
        """Return the newest audio that was kept, up to this much."""
        pieces: list[bytes] = []
        for piece in (*reversed(self._chunks), *reversed(self._taken)):
            pieces.append(piece)
            count_bytes -= len(piece)
            if count_bytes <= 0:
                break
        return b"".join(reversed(pieces))

    async def stream(self) -> AsyncGenerator[bytes]:
        """Yield the audio until it ends or stops arriving."""
        while True:
            while self._chunks:
                samples = self._chunks.popleft()
                self._waiting_bytes -= len(samples)
                self._note_taken(samples)
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
