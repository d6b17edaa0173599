"""Watch Home Assistant's event loop (an integration for measurements only).

Every callback is timed. A thread inspects slow callbacks while they are running,
to name the code that blocks the loop.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.http import HomeAssistantView

if TYPE_CHECKING:
    from aiohttp import web
    from homeassistant.core import HomeAssistant

CONFIG_SCHEMA = cv.empty_config_schema("loop_watch")

_LONG_SECONDS: Final = 0.005
_LOOK_SECONDS: Final = 0.001
_DEEPEST: Final = 60


class LoopWatch:
    """Time the callbacks of this thread's event loop."""

    def __init__(self) -> None:
        """Start watching."""
        self._thread_id = threading.get_ident()
        self._run = asyncio.Handle._run  # noqa: SLF001 - there is no other hook
        self._began: float | None = None
        self._looked_at: float | None = None
        self._seen: dict[float, list[str]] = {}
        self.reset()
        watch = self

        def timed(handle: asyncio.Handle) -> None:
            if threading.get_ident() != watch._thread_id:
                watch._run(handle)
                return
            used = time.thread_time()
            watch._began = began = time.perf_counter()
            watch._run(handle)
            watch._began = None
            seconds = time.perf_counter() - began
            watch.note(began, seconds, time.thread_time() - used)

        asyncio.Handle._run = timed  # type: ignore[assignment]  # noqa: SLF001
        threading.Thread(target=self._look, daemon=True).start()

    def reset(self) -> None:
        """Discard all figures."""
        self._busy_seconds = 0.0
        self._cpu_began = time.thread_time()
        self._holds: list[dict[str, Any]] = []

    def note(self, began: float, seconds: float, cpu_seconds: float) -> None:
        """Record a finished callback."""
        self._busy_seconds += seconds
        if seconds > _LONG_SECONDS:
            where = self._seen.pop(began, [])
            hold = {"seconds": seconds, "cpu_seconds": cpu_seconds, "where": where}
            self._holds.append(hold)

    def figures(self) -> dict[str, Any]:
        """Return the figures since the last reset."""
        return {
            "busy_seconds": self._busy_seconds,
            "cpu_seconds": time.thread_time() - self._cpu_began,
            "holds": self._holds,
        }

    def _look(self) -> None:
        """Repeatedly record the current position of a slow callback."""
        while True:
            time.sleep(_LOOK_SECONDS)
            began = self._began
            if began is None or time.perf_counter() - began < _LONG_SECONDS:
                continue
            frame = sys._current_frames().get(self._thread_id)  # noqa: SLF001
            seen = self._seen.setdefault(began, [])
            for _ in range(_DEEPEST):
                if frame is None:
                    break
                code = frame.f_code
                place = f"{code.co_filename}:{code.co_name}"
                if place not in seen:
                    seen.append(place)
                frame = frame.f_back


class LoopWatchView(HomeAssistantView):
    """Return the figures and reset them."""

    url = "/api/loop_watch"
    name = "api:loop_watch"

    def __init__(self, watch: LoopWatch) -> None:
        """Serve the figures of this watch."""
        self._watch = watch

    async def get(self, request: web.Request) -> web.Response:
        """Return the figures since the last request."""
        figures = self._watch.figures()
        self._watch.reset()
        return self.json(figures)


async def async_setup(hass: HomeAssistant, config: dict[str, Any]) -> bool:
    """Watch the loop."""
    hass.http.register_view(LoopWatchView(LoopWatch()))
    return True
