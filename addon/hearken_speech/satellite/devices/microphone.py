"""Where a satellite's sound comes from."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from hearken_speech.audio import wav
from hearken_speech.errors import HearkenError
from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from hearken_speech.audio.format import Samples

_LOGGER = logging.getLogger(__name__)

FRAME_SAMPLES: Final = 1280
"""80 ms, the step of the wake word engine."""
FRAME_SECONDS: Final = FRAME_SAMPLES / SAMPLE_RATE_HZ
_MAX_LATE_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 0.24


class MicrophoneError(HearkenError):
    """There is no such microphone."""


class Microphone(Protocol):
    """A source of sound at 16 kHz, mono."""

    def frames(self) -> AsyncGenerator[Samples]:
        """Open the microphone and yield frames of 80 ms as they come in.

        Closing the generator closes the microphone. Sound that is not fetched
        within a second is lost, as with any microphone.
        """


class FileMicrophone:
    """Plays one recording in real time whenever it is opened, then silence."""

    def __init__(self, sound: Samples | None = None) -> None:
        """Take the recording; none is silence."""
        self._sound = np.zeros(0, dtype=np.int16) if sound is None else sound

    async def frames(self) -> AsyncGenerator[Samples]:
        """Yield the recording, then silence for ever."""
        position = 0
        async for _ in _ticks():
            yield _frame(self._sound, position)
            position = min(position + FRAME_SAMPLES, len(self._sound))


class FolderMicrophone:
    """Plays each WAV file that is put into a folder, silence otherwise."""

    def __init__(self, folder: Path) -> None:
        """Watch this folder."""
        self._folder = folder

    async def frames(self) -> AsyncGenerator[Samples]:
        """Yield what is put there from now on, file by file in the order of names."""
        seen = await asyncio.to_thread(self._names)
        sound, position = np.zeros(0, dtype=np.int16), 0
        looked = 0.0
        async for now in _ticks():
            if position >= len(sound) and now - looked >= _LOOK_SECONDS:
                looked = now
                new = sorted(await asyncio.to_thread(self._names) - seen)
                if new:
                    seen.add(new[0])
                    sound, position = await asyncio.to_thread(self._read, new[0]), 0
                    _LOGGER.info("playing %s", new[0])
            yield _frame(sound, position)
            position += FRAME_SAMPLES

    def _names(self) -> set[str]:
        if not self._folder.is_dir():
            return set()
        return {path.name for path in self._folder.glob("*.wav")}

    def _read(self, name: str) -> Samples:
        """Return a file's sound: none, and a line in the log, if it is broken."""
        try:
            return wav.read(self._folder / name)
        except HearkenError as err:
            _LOGGER.warning("skipped: %s", err)
            return np.zeros(0, dtype=np.int16)


async def _ticks() -> AsyncGenerator[float]:
    """Yield the time every 80 ms; leave ticks out when nobody listened for long."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        due += FRAME_SECONDS
        delay = due - loop.time()
        if delay < -_MAX_LATE_SECONDS:
            _LOGGER.warning("%.1f s of sound lost: the link is too slow", -delay)
            due = loop.time()
        await asyncio.sleep(max(0.0, delay))
        yield due


def _frame(sound: Samples, position: int) -> Samples:
    """Return one whole frame of a recording, with silence after its end."""
    frame = np.zeros(FRAME_SAMPLES, dtype=np.int16)
    piece = sound[position : position + FRAME_SAMPLES]
    frame[: len(piece)] = piece
    return frame
