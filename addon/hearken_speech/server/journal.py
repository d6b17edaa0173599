"""What the server did lately: counts, and the last few events with their times."""

from __future__ import annotations

import time
from collections import Counter, deque
from typing import Any, Final

_KEPT: Final = 50


class Journal:
    """A bounded memory of work done. It is lost when the server stops."""

    def __init__(self) -> None:
        """Begin empty."""
        self.counts: Counter[str] = Counter()
        self._recent: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    def add(self, kind: str, **details: Any) -> None:
        """Note one event: it is counted, and kept for a while with its time."""
        self.counts[kind] += 1
        self._recent.append({"kind": kind, "at": time.time(), **details})

    def count(self, kind: str) -> None:
        """Count an event that has nothing to tell."""
        self.counts[kind] += 1

    def recent(self) -> list[dict[str, Any]]:
        """Return the last events, oldest first."""
        return list(self._recent)
