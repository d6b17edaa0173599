"""What the server did lately: counts, and the last few events with their times."""

from __future__ import annotations

import time
from collections import Counter, deque
from typing import TYPE_CHECKING, Any, Final

from hearken_speech.server.statistics import Statistics

if TYPE_CHECKING:
    from collections.abc import Callable

    type Entry = dict[str, Any]

_KEPT: Final = 50


class Journal:
    """A bounded memory of work done. It is lost when the server stops."""

    def __init__(self) -> None:
        """Begin empty."""
        self.counts: Counter[str] = Counter()
        self.statistics = Statistics()
        self._recent: deque[Entry] = deque(maxlen=_KEPT)
        self._watchers: list[Callable[[Entry], None]] = []

    def add(self, kind: str, **details: Any) -> None:
        """Note one event: it is counted, and kept for a while with its time."""
        self.counts[kind] += 1
        self.statistics.note(kind, details)
        entry = {"kind": kind, "at": time.time(), **details}
        self._recent.append(entry)
        for tell in self._watchers:
            tell(entry)

    def count(self, kind: str) -> None:
        """Count an event that has nothing to tell."""
        self.counts[kind] += 1

    def reset(self) -> None:
        """Begin to count anew; the last events stay."""
        self.counts.clear()
        self.statistics = Statistics()

    def recent(self) -> list[Entry]:
        """Return the last events, oldest first."""
        return list(self._recent)

    def watch(self, tell: Callable[[Entry], None]) -> Callable[[], None]:
        """Tell somebody of each event from now on; return how to stop."""
        self._watchers.append(tell)

        def stop() -> None:
            self._watchers.remove(tell)

        return stop
