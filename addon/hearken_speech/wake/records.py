"""Records of the last detections and near misses, in memory."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from .events import Detected, WordHeard

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from .clips import ClipStore

MAX_RECORDS: Final = 500


class Check(StrEnum):
    """What the speech model says of a detection or near miss."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    UNSURE = "unsure"
    """It heard something else, but nothing that rules the word out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WakeRecord:
    """A detection or a near miss."""

    id: int
    time: float
    """Seconds since 1970."""
    stream: str
    """Name of the stream, usually the satellite's."""
    word: str
    detected: bool
    """False for a near miss."""
    peak: float
    threshold: float
    frames_over: int
    level_dbfs: float
    check: Check | None = None
    """What the speech model says; None if it was not asked, or gave no answer."""

    @property
    def clip_name(self) -> str:
        """Return the name of its clip."""
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self.time))
        kind = "heard" if self.detected else "near"
        return f"{moment}-{self.id}-{kind}-{self.word}-{self.stream}"


class WakeRecords:
    """The newest records; thread-safe."""

    def __init__(
        self,
        clips: ClipStore | None = None,
        *,
        max_records: int = MAX_RECORDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Start empty; clips are saved only if there is a store for them."""
        self.clips = clips
        self._clock = clock
        self._lock = threading.Lock()
        self._records: deque[WakeRecord] = deque(maxlen=max_records)
        self._next_id = 1

    def add(
        self, stream: str, heard: WordHeard, check: Check | None = None
    ) -> WakeRecord:
        """Add a detection or near miss, and return its record."""
        with self._lock:
            record = WakeRecord(
                id=self._next_id,
                time=self._clock(),
                stream=stream,
                word=heard.word,
                detected=isinstance(heard, Detected),
                peak=round(heard.peak, 4),
                threshold=heard.threshold,
                frames_over=heard.frames_over,
                level_dbfs=heard.level_dbfs,
                check=check,
            )
            self._next_id += 1
            self._records.append(record)
        return record

    def note_check(self, record_id: int, check: Check, *, detected: bool) -> None:
        """Note what the speech model says, and what follows from it."""
        with self._lock:
            for place, record in enumerate(self._records):
                if record.id == record_id:
                    new = replace(record, check=check, detected=detected)
                    self._records[place] = new

    @property
    def wants_clips(self) -> bool:
        """Return whether clips are turned on."""
        return self.clips is not None and self.clips.settings.enabled

    def save_clip(self, record: WakeRecord, samples: np.ndarray) -> None:
        """Save the audio around a word."""
        if self.clips is None:
            return
        with self._lock:
            # It may have been checked since.
            newest = next((one for one in self._records if one.id == record.id), record)
        self.clips.add(newest.clip_name, samples)

    def newest(self) -> list[WakeRecord]:
        """Return all records, the newest first."""
        with self._lock:
            return list(reversed(self._records))

    def clear(self) -> None:
        """Delete all records."""
        with self._lock:
            self._records.clear()
