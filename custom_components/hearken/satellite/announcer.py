"""Playback of announcements on a satellite, one at a time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN
from ..errors import HearkenError, PlaybackError
from ..texts.reasons import async_reason_text
from .tasks import Tasks

_REMOVED = "the satellite was removed"


class Announcer:
    """Plays one announcement at a time, to its end or until it is stopped."""

    def __init__(self, tasks: Tasks) -> None:
        """Start silent."""
        self._tasks = tasks
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._is_stopped = False

    async def play(self, sound: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Play an announcement; return whether it was played to its end."""
        async with self._lock:
            self._is_stopped = False
            self._task = task = self._tasks.start(sound(), "announcement")
            try:
                return await self._wait(task)
            except HearkenError as err:
                reason = async_reason_text(self._tasks.hass, err)
                raise HomeAssistantError(
                    translation_domain=DOMAIN,
                    translation_key="announcement_failed",
                    translation_placeholders={"reason": reason},
                ) from err
            finally:
                task.cancel()
                self._task = None

    @callback
    def stop(self) -> bool:
        """Stop the announcement; return whether there was one."""
        if self._task is None:
            return False
        self._is_stopped = True
        self._task.cancel()
        return True

    async def _wait(self, task: asyncio.Task[None]) -> bool:
        """Wait for the task; return False if it was stopped before its end."""
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()
            return True
        if not self._is_stopped:
            raise PlaybackError(_REMOVED)
        return False
