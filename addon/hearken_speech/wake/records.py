"""What was heard, and nearly heard, and why: the newest records, in memory."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .events import Detected, WordHeard

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from .clips import ClipStore

MAX_RECORDS: Final = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class WakeRecord:
    """One word that was heard, or nearly."""

    id: int
    time: float
    """Seconds since 1970."""
    stream: str
    """Name of the stream: usually that of the satellite."""
    word: str
    detected: bool
    """False for a near miss."""
    peak: float
    threshold: float
    frames_over: int
    level_dbfs: float

    @property
    def clip_name(self) -> str:
        """Return the name that a recording of it has."""
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self.time))
        kind = "heard" if self.detected else "near"
        return f"{moment}-{self.id}-{kind}-{self.word}-{self.stream}"


class WakeJournal:
    """Keeps the newest records; may be used from any thread."""

    def __init__(
        self,
        clips: ClipStore | None = None,
        *,
        max_records: int = MAX_RECORDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Make room for records; recordings are kept only with a store for them."""
        self.clips = clips
        self._clock = clock
        self._lock = threading.Lock()
        self._records: deque[WakeRecord] = deque(maxlen=max_records)
        self._next_id = 1

    def note(self, stream: str, heard: WordHeard) -> WakeRecord:
        """Remember a word."""
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
            )
            self._next_id += 1
            self._records.append(record)
        return record

    @property
    def wants_clips(self) -> bool:
        """Tell whether the owner wants the audio, too."""
        return self.clips is not None and self.clips.settings.enabled

    def keep_clip(self, record: WakeRecord, samples: np.ndarray) -> None:
        """Keep the audio around a word."""
        if self.clips is not None:
            self.clips.add(record.clip_name, samples)

    def records(self) -> list[WakeRecord]:
        """Return all records, the newest first."""
        with self._lock:
            return list(reversed(self._records))

    def clear(self) -> None:
        """Forget all records."""
        with self._lock:
            self._records.clear()
