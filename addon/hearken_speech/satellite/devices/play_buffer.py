"""Samples on their way to the thread of a playing device."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from .clock import StreamClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from hearken_speech.audio.format import AudioFormat

    from .echo import EchoReference
    from .portaudio import StreamTimes

_CAPACITY_SECONDS: Final = 0.25
_MAX_LATENCY_SECONDS: Final = 2.0


class PlayBuffer:
    """Holds 250 ms of one sound and knows what of it has been heard.

    The event loop writes; the device takes, on a thread of its own.
    """

    def __init__(
        self,
        layout: AudioFormat,
        reference: EchoReference | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Hold samples in this format; tell the reference what is heard."""
        self._layout = layout
        self._reference = reference
        self._now = clock
        self._frame_bytes = 2 * layout.channels
        self.capacity_bytes = (
            round(_CAPACITY_SECONDS * layout.rate_hz) * self._frame_bytes
        )
        self._lock = threading.Lock()
        self._pieces: deque[bytes] = deque()
        self.waiting_bytes = 0
        self._clock = StreamClock(layout.rate_hz)
        self._taken_samples = 0
        self._final_samples: int | None = None
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def heard_samples(self) -> int:
        """Samples that have been heard."""
        with self._lock:
            return self._heard()

    def has_room(self, count_bytes: int) -> bool:
        """Tell whether so many bytes can be put."""
        return self.waiting_bytes + count_bytes <= self.capacity_bytes

    def put(self, data: bytes) -> None:
        """Add bytes, which are whole frames."""
        with self._lock:
            if self._final_samples is None:
                self._pieces.append(data)
                self.waiting_bytes += len(data)

    def clear(self) -> None:
        """Drop what has not been heard; nothing more of this sound is."""
        with self._lock:
            self._final_samples = self._heard()
            self._pieces.clear()
            self.waiting_bytes = 0
        self._changed.set()

    async def change(self) -> None:
        """Wait until something was taken or dropped."""
        self._loop = asyncio.get_running_loop()
        self._changed.clear()
        await self._changed.wait()

    def seconds_until_heard(self) -> float:
        """Return when the last sample that was taken will have been heard."""
        with self._lock:
            if not self._taken_samples or self._final_samples is not None:
                return 0.0
            return self._clock.time_seconds(self._taken_samples) - self._now()

    def take(self, out: Any, frames: int, times: StreamTimes, _status: Any) -> None:
        """Fill a block of the device, with silence where samples are missing."""
        wanted = frames * self._frame_bytes
        ahead = times.outputBufferDacTime - times.currentTime
        ahead = ahead if 0 < ahead < _MAX_LATENCY_SECONDS else 0.0
        with self._lock:
            data = self._next(wanted)
            time_seconds = self._now() + ahead
            if data:
                self._clock.note(self._taken_samples, time_seconds)
                time_seconds = self._clock.time_seconds(self._taken_samples)
                self._taken_samples += len(data) // self._frame_bytes
            if len(data) < wanted:
                # What comes later is heard later: positions are counted anew.
                self._clock.restart()
        out[: len(data)] = data
        out[len(data) :] = bytes(wanted - len(data))
        if data and self._reference is not None:
            self._reference.add(data, self._layout, time_seconds)
        if data and self._loop is not None:
            self._tell(self._loop)

    def _next(self, wanted: int) -> bytes:
        """Remove up to so many bytes."""
        parts: list[bytes] = []
        missing = wanted
        while self._pieces and missing:
            piece = self._pieces.popleft()
            if len(piece) > missing:
                self._pieces.appendleft(piece[missing:])
                piece = piece[:missing]
            parts.append(piece)
            missing -= len(piece)
        self.waiting_bytes -= wanted - missing
        return b"".join(parts)

    def _heard(self) -> int:
        if self._final_samples is not None:
            return self._final_samples
        left_seconds = self._clock.time_seconds(self._taken_samples) - self._now()
        left = max(0, round(left_seconds * self._layout.rate_hz))
        return max(0, self._taken_samples - left)

    def _tell(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.call_soon_threadsafe(self._changed.set)
        except RuntimeError:
            return  # the loop has ended
