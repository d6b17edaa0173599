"""Watch the passes of an event loop: nobody else gets a turn during one."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator


class Passes:
    """Times what happens between two looks for something new to do."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.longest = 0.0
        """Seconds of the longest pass."""
        self.longest_used = 0.0
        """Seconds of processor time of the one with most of it."""
        self._began = self._used = 0.0

    def clear(self) -> None:
        """Begin anew in the middle of a pass."""
        self.longest = self.longest_used = 0.0
        self._pass_begins()

    def note(self) -> None:
        """Note the pass that is going on, as far as it is."""
        self.longest = max(self.longest, time.perf_counter() - self._began)
        self.longest_used = max(self.longest_used, time.thread_time() - self._used)

    def _pass_begins(self) -> None:
        self._began, self._used = time.perf_counter(), time.thread_time()

    @contextmanager
    def watched(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """Watch a loop."""
        selector = loop._selector  # type: ignore[attr-defined] # noqa: SLF001
        select = selector.select

        def timed(timeout: float | None = None) -> Any:
            self.note()
            try:
                return select(timeout)
            finally:
                self._pass_begins()

        self._pass_begins()
        selector.select = timed
        try:
            yield
        finally:
            selector.select = select
