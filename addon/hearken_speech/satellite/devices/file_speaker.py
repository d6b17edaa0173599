"""A speaker that writes what would be heard to a file."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from hearken_speech.audio import wav
from hearken_speech.audio.format import NATIVE
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.satellite.devices.speaker import SpeakerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hearken_speech.audio.format import AudioFormat, Samples

BUFFER_SAMPLES: Final = SAMPLE_RATE_HZ // 4
"""What a device that plays in real time takes before it is heard: 250 ms."""
_REFILL_SAMPLES: Final = BUFFER_SAMPLES // 4
"""Room that is worth waiting for."""
MAX_KEPT_SAMPLES: Final = 300 * SAMPLE_RATE_HZ
"""What is kept of one sound; the rest is played without being kept."""


class Pace(Protocol):
    """How fast written samples are heard."""

    @property
    def heard_samples(self) -> int:
        """Samples heard so far."""

    def room_samples(self) -> int:
        """Return how many samples can be written now."""

    def add(self, samples: int) -> None:
        """Take note of written samples."""

    def seconds_until(self, position_samples: int) -> float:
        """Return the time until this position is heard."""

    def cut(self) -> None:
        """Forget what has not been heard."""


class AtOnce:
    """Everything is heard at the moment it is written."""

    def __init__(self) -> None:
        """Start at position zero."""
        self.heard_samples = 0

    def room_samples(self) -> int:
        """Return how many samples can be written now: any number."""
        return MAX_KEPT_SAMPLES

    def add(self, samples: int) -> None:
        """Take note of written samples."""
        self.heard_samples += samples

    def seconds_until(self, position_samples: int) -> float:  # noqa: ARG002 - protocol
        """Return zero."""
        return 0.0

    def cut(self) -> None:
        """Do nothing: there is nothing that has not been heard."""


class RealTime:
    """Samples are heard at 16 kHz, from a small buffer, as from a sound card."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start at position zero."""
        self._clock = clock
        self._written_samples = 0
        # The clock and the position when the buffer last stopped being empty.
        self._started_at = 0.0
        self._started_samples = 0

    @property
    def heard_samples(self) -> int:
        """Samples heard so far."""
        elapsed = (self._clock() - self._started_at) * SAMPLE_RATE_HZ
        # The last sample is heard in spite of rounding errors.
        return min(self._written_samples, self._started_samples + int(elapsed + 0.01))

    def room_samples(self) -> int:
        """Return how many samples can be written now."""
        return BUFFER_SAMPLES - (self._written_samples - self.heard_samples)

    def add(self, samples: int) -> None:
        """Take note of written samples."""
        if self.heard_samples == self._written_samples:
            self._started_at = self._clock()
            self._started_samples = self._written_samples
        self._written_samples += samples

    def seconds_until(self, position_samples: int) -> float:
        """Return the time until this position is heard."""
        missing = position_samples - self._started_samples
        return self._started_at + missing / SAMPLE_RATE_HZ - self._clock()

    def cut(self) -> None:
        """Forget what has not been heard."""
        self._written_samples = self.heard_samples


class FileSpeaker:
    """Keeps the last sound, as far as it was heard, as a WAV file."""

    format: AudioFormat = NATIVE

    def __init__(self, path: Path, pace: Pace | None = None) -> None:
        """Write to this file; without a pace, everything is heard at once."""
        self._path = path
        self._pace = AtOnce() if pace is None else pace
        self._stopped = asyncio.Event()
        self._kept: list[Samples] = []
        self._kept_samples = 0
        self._opened_at_samples = 0
        self._written_samples = 0

    @property
    def position_samples(self) -> int:
        """Samples heard so far."""
        return self._pace.heard_samples

    async def open(self) -> None:
        """Begin a sound."""
        self._pace.cut()
        self._stopped.clear()
        self._kept, self._kept_samples = [], 0
        self._opened_at_samples = self._written_samples = self._pace.heard_samples

    async def write(self, samples: Samples) -> None:
        """Play samples; wait while the buffer is full."""
        while len(samples):
            room = self._pace.room_samples()
            if room <= 0:
                played = self._written_samples - BUFFER_SAMPLES + _REFILL_SAMPLES
                await self._wait(played)
            if self._stopped.is_set():
                return
            piece, samples = samples[: max(room, 0)], samples[max(room, 0) :]
            self._pace.add(len(piece))
            self._written_samples += len(piece)
            self._keep(piece)

    async def drain(self) -> None:
        """Wait until everything that was written has been heard."""
        await self._wait(self._written_samples)

    def stop(self) -> None:
        """Drop what has not been heard."""
        self._pace.cut()
        self._stopped.set()

    async def close(self) -> None:
        """Replace the file, in one step; nothing heard of a stopped sound leaves it."""
        heard = self._pace.heard_samples - self._opened_at_samples
        self._pace.cut()
        kept, self._kept = self._kept, []
        sound = np.concatenate(kept) if kept else np.zeros(0, np.int16)
        if self._stopped.is_set() and not heard:
            return
        try:
            await asyncio.to_thread(self._save, sound[:heard])
        except OSError as err:
            msg = f"{self._path} cannot be written: {err.strerror or err}"
            raise SpeakerError(msg) from err

    async def _wait(self, position_samples: int) -> None:
        """Wait until a position is heard, or until the sound is stopped."""
        while not self._stopped.is_set():
            seconds = self._pace.seconds_until(position_samples)
            if seconds <= 0:
                return
            try:
                async with asyncio.timeout(seconds):
                    await self._stopped.wait()
            except TimeoutError:
                continue

    def _keep(self, samples: Samples) -> None:
        """Keep samples, up to the limit."""
        samples = samples[: MAX_KEPT_SAMPLES - self._kept_samples]
        if len(samples):
            self._kept.append(samples)
            self._kept_samples += len(samples)

    def _save(self, samples: Samples) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_name(f".{self._path.name}.new")
        temporary.write_bytes(wav.encode(samples))
        temporary.replace(self._path)
