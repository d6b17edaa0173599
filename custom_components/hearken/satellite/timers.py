"""Voice timers, which ring on the satellite where they were set."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from homeassistant.components.intent import (
    TimerEventType,
    TimerInfo,
    async_register_timer_handler,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..const import SIGNAL_TIMERS_CHANGED, TIMER_AGE_SECONDS
from .tasks import Tasks

_LOGGER = logging.getLogger(__name__)

_MAX_FINISHED: Final = 16
"""Limit of timers that wait to ring; the oldest are dropped."""

type Ring = Callable[[str | None, float], Awaitable[None]]
"""Rings with the name of a timer; the number is the longest wait in seconds."""


@callback
def async_follow_timers(
    hass: HomeAssistant, device_id: str, on_finished: Callable[[str | None], None]
) -> CALLBACK_TYPE:
    """Call with the name of each finished timer; return a function that stops it."""

    @callback
    def on_timer(event_type: TimerEventType, timer: TimerInfo) -> None:
        async_dispatcher_send(hass, SIGNAL_TIMERS_CHANGED)
        if event_type is TimerEventType.FINISHED:
            on_finished(timer.name or None)

    return async_register_timer_handler(hass, device_id, on_timer)


@dataclass(frozen=True, slots=True, eq=False)
class _Finished:
    """A timer that has to ring."""

    name: str | None
    until_seconds: float
    """Time after which it no longer rings, on the clock of the event loop."""


class TimerRinger:
    """Rings for one timer after the other, as soon as the satellite is connected."""

    def __init__(self, tasks: Tasks, name: str, ring: Ring) -> None:
        """Ring for the timers of this satellite."""
        self._tasks = tasks
        self._name = name
        self._ring = ring
        self._finished: deque[_Finished] = deque(maxlen=_MAX_FINISHED)
        self._task: asyncio.Task[None] | None = None
        self._is_connected = asyncio.Event()

    @callback
    def set_connected(self, *, is_connected: bool) -> None:
        """Set whether the satellite is connected."""
        if is_connected:
            self._is_connected.set()
        else:
            self._is_connected.clear()

    @callback
    def add(self, name: str | None) -> None:
        """Ring for a timer, after those that finished before."""
        until = self._tasks.hass.loop.time() + TIMER_AGE_SECONDS
        self._finished.append(_Finished(name, until))
        if self._task is None:
            self._task = self._tasks.start(self._work(), "timers")

    async def _work(self) -> None:
        """Ring for all timers that wait."""
        try:
            while self._finished:
                timer = self._finished[0]
                if await self._is_done(timer) and timer in self._finished:
                    self._finished.remove(timer)
        finally:
            self._task = None

    async def _is_done(self, timer: _Finished) -> bool:
        """Ring for a timer; return False if it must be retried."""
        try:
            async with asyncio.timeout_at(timer.until_seconds):
                await self._is_connected.wait()
        except TimeoutError:
            _LOGGER.warning(
                "%s was disconnected for %s s after a timer finished; it did not ring",
                self._name,
                TIMER_AGE_SECONDS,
            )
            return True
        try:
            await self._ring(
                timer.name, timer.until_seconds - self._tasks.hass.loop.time()
            )
        except HomeAssistantError as err:
            is_done = self._is_connected.is_set()
            _LOGGER.warning(
                "%s could not ring for a timer%s: %s",
                self._name,
                "" if is_done else " and retries once it is connected",
                err,
            )
            return is_done
        return True
