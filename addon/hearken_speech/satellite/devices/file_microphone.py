"""Microphones that play recordings."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.audio import wav
from hearken_speech.errors import HearkenError
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.satellite.devices.microphone import (
    FRAME_SAMPLES,
    FRAME_SECONDS,
    Frame,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from hearken_speech.audio.format import Samples

_LOGGER = logging.getLogger(__name__)

_MAX_LATE_SECONDS: Final = 1.0
_SCAN_SECONDS: Final = 0.24


@dataclass(frozen=True, slots=True)
class Tick:
    """One frame's turn on the clock of a simulated microphone."""

    position_samples: int
    time_seconds: float


class FileMicrophone:
    """Plays one recording in real time whenever it is opened, then silence."""

    trouble: str | None = None

    def __init__(self, sound: Samples | None = None) -> None:
        """Play this recording; without one, only silence."""
        self._sound = np.zeros(0, dtype=np.int16) if sound is None else sound

    async def frames(self) -> AsyncGenerator[Frame]:
        """Yield the recording, then silence without end."""
        played = 0
        async for tick in _ticks():
            yield _frame(self._sound, played, tick)
            # A late frame delays the recording: none of it is lost.
            played = min(played + FRAME_SAMPLES, len(self._sound))


class FolderMicrophone:
    """Plays each WAV file that is put into a folder, silence otherwise."""

    trouble: str | None = None

    def __init__(self, folder: Path) -> None:
        """Watch this folder."""
        self._folder = folder

    async def frames(self) -> AsyncGenerator[Frame]:
        """Yield files that are added from now on, sorted by name."""
        seen = await asyncio.to_thread(self._names)
        sound, played = np.zeros(0, dtype=np.int16), 0
        scanned = 0.0
        async for tick in _ticks():
            if played >= len(sound) and tick.time_seconds - scanned >= _SCAN_SECONDS:
                scanned = tick.time_seconds
                new = sorted(await asyncio.to_thread(self._names) - seen)
                if new:
                    seen.add(new[0])
                    sound, played = await asyncio.to_thread(self._read, new[0]), 0
                    _LOGGER.info("playing %s", new[0])
            yield _frame(sound, played, tick)
            played += FRAME_SAMPLES

    def _names(self) -> set[str]:
        if not self._folder.is_dir():
            return set()
        return {path.name for path in self._folder.glob("*.wav")}

    def _read(self, name: str) -> Samples:
        """Return a file's sound; of a broken file, nothing but a line in the log."""
        try:
            return wav.read(self._folder / name)
        except HearkenError as err:
            _LOGGER.warning("skipped: %s", err)
            return np.zeros(0, dtype=np.int16)


async def _ticks() -> AsyncGenerator[Tick]:
    """Yield a tick every 80 ms; skip those that nobody fetched for a second."""
    position, due = 0, time.monotonic()
    while True:
        start, due = due, due + FRAME_SECONDS
        late = time.monotonic() - due
        if late > _MAX_LATE_SECONDS:
            lost = int(late * SAMPLE_RATE_HZ) // FRAME_SAMPLES * FRAME_SAMPLES
            _LOGGER.warning("%.1f s of sound lost: the link is too slow", late)
            position += lost
            start += lost / SAMPLE_RATE_HZ
            due += lost / SAMPLE_RATE_HZ
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        yield Tick(position, start)
        position += FRAME_SAMPLES


def _frame(sound: Samples, played: int, tick: Tick) -> Frame:
    """Return the next frame of a recording, with silence after its end."""
    samples = np.zeros(FRAME_SAMPLES, dtype=np.int16)
    piece = sound[played : played + FRAME_SAMPLES]
    samples[: len(piece)] = piece
    return Frame(samples, tick.position_samples, tick.time_seconds)
