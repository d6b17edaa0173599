"""Audio clips of detections and near misses.

Nothing is recorded unless the user turns it on. Clips are limited in days and
megabytes, and the user can delete them.
"""

from __future__ import annotations

import logging
import queue
import re
import threading
import time
import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hearken_speech.protocol import (
    SAMPLE_CHANNELS,
    SAMPLE_RATE_HZ,
    SAMPLE_WIDTH_BYTES,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np

_LOGGER = logging.getLogger(__name__)

BEFORE_SECONDS: Final = 1.5
AFTER_SECONDS: Final = 0.5

_MAX_WAITING: Final = 32
_STOP_SECONDS: Final = 5.0
_MAX_DAYS: Final = 36_500.0
_MAX_MB: Final = 1e6
_HALF_SECONDS: Final = 60.0
_SECONDS_PER_DAY: Final = 86_400
_BYTES_PER_MEGABYTE: Final = 1_000_000
_SUFFIX: Final = ".wav"
_NEW_SUFFIX: Final = ".wav.new"


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipSettings:
    """Whether clips are recorded, and their limits."""

    enabled: bool = False
    max_days: float = 7.0
    max_megabytes: float = 50.0

    def __post_init__(self) -> None:
        """Validate the limits."""
        # This is false for NaN, too.
        if not (0 < self.max_days <= _MAX_DAYS and 0 < self.max_megabytes <= _MAX_MB):
            msg = "the limits of recordings must be above 0, and not absurd"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip."""

    name: str
    time: float
    """Seconds since 1970."""
    size_bytes: int


class ClipStore:
    """A folder of clips; a thread of its own writes them."""

    def __init__(
        self,
        folder: Path,
        settings: ClipSettings | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Set the folder, which is created when it is needed."""
        self.settings = settings or ClipSettings()
        self.dropped = 0
        """Clips that were lost because the disk was too slow or failed."""
        self._folder = folder
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: queue.Queue[tuple[str, np.ndarray] | None] = queue.Queue(
            _MAX_WAITING
        )
        self._writer: threading.Thread | None = None

    def add(self, name: str, samples: np.ndarray) -> None:
        """Save a clip, if clips are turned on. Does not block."""
        if not self.settings.enabled:
            return
        if self._writer is None:
            self._writer = threading.Thread(
                target=self._write_all, name="wake-clips", daemon=True
            )
            self._writer.start()
        try:
            self._waiting.put_nowait((name, samples))
        except queue.Full:
            self.dropped += 1

    def clips(self) -> list[Clip]:
        """Return all clips, the newest first."""
        found = []
        for path in self._folder.glob(f"*{_SUFFIX}"):
            try:
                status = path.stat()
            except OSError:
                continue  # deleted meanwhile
            found.append(Clip(path.stem, status.st_mtime, status.st_size))
        return sorted(found, key=lambda clip: (clip.time, clip.name), reverse=True)

    def read(self, name: str) -> bytes:
        """Return a clip as a WAV file; raise KeyError if there is none."""
        try:
            return self._path(name).read_bytes()
        except OSError as err:
            raise KeyError(name) from err

    def delete(self, name: str) -> None:
        """Delete a clip, if it exists."""
        self._path(name).unlink(missing_ok=True)

    def delete_all(self) -> None:
        """Delete all clips."""
        with self._lock:
            for clip in self.clips():
                self.delete(clip.name)

    def prune(self) -> None:
        """Delete clips that are too old, and the oldest if there are too many."""
        for half in self._folder.glob(f"*{_NEW_SUFFIX}"):
            # Whoever was killed while writing it does not finish it any more.
            if half.stat().st_mtime < self._clock() - _HALF_SECONDS:
                half.unlink(missing_ok=True)
        oldest = self._clock() - self.settings.max_days * _SECONDS_PER_DAY
        room = self.settings.max_megabytes * _BYTES_PER_MEGABYTE
        for clip in self.clips():
            room -= clip.size_bytes
            if room < 0 or clip.time < oldest:
                self.delete(clip.name)

    def close(self) -> None:
        """Write the queued clips and stop."""
        if self._writer is None:
            return
        try:
            self._waiting.put(None, timeout=_STOP_SECONDS)
        except queue.Full:
            return
        self._writer.join(_STOP_SECONDS)
        self._writer = None

    def _path(self, name: str) -> Path:
        """Return the file of a clip; a name never leads outside the folder."""
        return self._folder / (re.sub(r"[^A-Za-z0-9_-]", "_", name)[:150] + _SUFFIX)

    def _write_all(self) -> None:
        """Write clips until closed."""
        while (item := self._waiting.get()) is not None:
            name, samples = item
            try:
                with self._lock:
                    self._write(self._path(name), samples)
                    self.prune()
            except OSError as err:
                self.dropped += 1
                _LOGGER.warning("Cannot save a clip: %s", err)

    def _write(self, path: Path, samples: np.ndarray) -> None:
        """Write one clip."""
        self._folder.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(_NEW_SUFFIX)
        try:
            with wave.open(str(new), "wb") as file:
                file.setnchannels(SAMPLE_CHANNELS)
                file.setsampwidth(SAMPLE_WIDTH_BYTES)
                file.setframerate(SAMPLE_RATE_HZ)
                file.writeframes(samples.astype("<i2").tobytes())
            new.replace(path)
        except BaseException:
            # A full disk leaves no half of a clip.
            new.unlink(missing_ok=True)
            raise
