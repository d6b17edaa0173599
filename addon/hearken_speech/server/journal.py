"""The last events of the server, and how many there were of each kind."""

from __future__ import annotations

import time
from collections import Counter, deque
from typing import TYPE_CHECKING, Any, Final

from hearken_speech.server.statistics import Statistics

if TYPE_CHECKING:
    from collections.abc import Callable

    type Entry = dict[str, Any]

_MAX_ENTRIES: Final = 50


class Journal:
    """A bounded list of the last events, in memory only."""

    def __init__(self) -> None:
        """Start empty."""
        self.counts: Counter[str] = Counter()
        self.statistics = Statistics()
        self._recent: deque[Entry] = deque(maxlen=_MAX_ENTRIES)
        self._watchers: list[Callable[[Entry], None]] = []

    def add(self, kind: str, **details: Any) -> None:
        """Add an event with the current time, and count it."""
        self.counts[kind] += 1
        self.statistics.record(kind, details)
        entry = {"kind": kind, "at": time.time(), **details}
        self._recent.append(entry)
        for callback in self._watchers:
            callback(entry)

    def count(self, kind: str) -> None:
        """Count an event without details."""
        self.counts[kind] += 1

    def reset(self) -> None:
        """Reset the counts; the last events stay."""
        self.counts.clear()
        self.statistics = Statistics()

    def recent(self) -> list[Entry]:
        """Return the last events, oldest first."""
        return list(self._recent)

    def watch(self, callback: Callable[[Entry], None]) -> Callable[[], None]:
        """Call back for each event from now on; return a function that stops it."""
        self._watchers.append(callback)

        def stop() -> None:
            self._watchers.remove(callback)

        return stop
