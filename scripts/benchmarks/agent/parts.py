"""Tells whose time it is: Home Assistant's or the agent's."""

from __future__ import annotations

import functools
import time
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from custom_components.hearken import conversation
from custom_components.hearken.dialogue import agent
from custom_components.hearken.dialogue.core import CoreReader

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

RECOGNIZER: Final = "recognizer"
SERVICES: Final = "services"


class Parts:
    """Adds up the time that is Home Assistant's own, by the clock and on processors."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.wall: dict[str, float] = defaultdict(float)
        self.used: dict[str, float] = defaultdict(float)

    def clear(self) -> None:
        """Begin anew."""
        self.wall.clear()
        self.used.clear()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Take the time wherever the agent asks Home Assistant for something."""
        watched = (
            (CoreReader, "async_read", RECOGNIZER),
            (conversation, "async_converse", RECOGNIZER),
            (agent, "async_carry_out", SERVICES),
        )
        patches = [
            patch.object(place, name, self._timed(part, getattr(place, name)))
            for place, name, part in watched
        ]
        for one in patches:
            one.start()
        try:
            yield
        finally:
            for one in patches:
                one.stop()

    def _timed[T](
        self, part: str, work: Callable[..., Awaitable[T]]
    ) -> Callable[..., Awaitable[T]]:
        """Return a function that also takes its time."""

        @functools.wraps(work)
        async def timed(*args: Any, **kwargs: Any) -> T:
            began, used = time.perf_counter(), time.process_time()
            try:
                return await work(*args, **kwargs)
            finally:
                self.wall[part] += time.perf_counter() - began
                self.used[part] += time.process_time() - used

        return timed
