"""Timers that ring on the satellite, whether or not Home Assistant is there."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from hearken_speech import json_file
from hearken_speech.errors import HearkenError
from hearken_speech.protocol import MAX_TIMERS, Timer, TimerChanged, TimerStage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from hearken_speech.protocol import Timers

_LOGGER = logging.getLogger(__name__)

RING_SECONDS: Final = 15 * 60.0
"""A timer that nobody stops rings for so long."""
_PAUSE_SECONDS: Final = 0.7
_LATE_SECONDS: Final = 3600.0
"""A timer that finished longer ago, while the satellite was off, no longer rings."""
_CHECK_SECONDS: Final = 60.0
_CLOCK_SHIFT_SECONDS: Final = 1.0

type Ring = Callable[[], Awaitable[None]]
"""Plays the ringing sound once; raises HearkenError if it cannot be played."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clocks:
    """The clock that never jumps, and the one that survives a restart."""

    steady: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time

    @property
    def shift(self) -> float:
        """Return the difference, which changes only when the wall clock is set."""
        return self.wall() - self.steady()


@dataclass(slots=True)
class _Kept:
    """A timer, and when it rings by the steady clock."""

    id: str
    name: str
    due: float


@dataclass
class TimerKeeper:
    """Keeps timers on disk, and rings for those that finish.

    Time is counted by a clock that never jumps. The wall clock is used only to go on
    after a restart.
    """

    ring: Ring
    path: Path | None = None
    clocks: Clocks = field(default_factory=Clocks)

    def __post_init__(self) -> None:
        """Start with the timers on disk."""
        self._timers: dict[str, _Kept] = {}
        self._ringing: dict[str, float] = {}
        # Until Home Assistant forgets them, too, they must not ring again.
        self._ended: dict[str, None] = {}
        self._reports: deque[TimerChanged] = deque(maxlen=2 * MAX_TIMERS)
        self._changed = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []
        self._saved_shift = self.clocks.shift
        if self.path is not None:
            self._load(self.path)

    @property
    def is_ringing(self) -> bool:
        """Return whether a timer rings."""
        return bool(self._ringing)

    @property
    def timers(self) -> list[Timer]:
        """Return the timers that run."""
        now = self.clocks.steady()
        return [
            Timer(id=kept.id, name=kept.name, seconds_left=max(0.0, kept.due - now))
            for kept in self._timers.values()
        ]

    def listen(self, on_changed: Callable[[], None]) -> Callable[[], None]:
        """Report ringing and reports to send; return a function that ends it."""
        self._listeners.append(on_changed)
        return lambda: self._listeners.remove(on_changed)

    def next_report(self) -> TimerChanged | None:
        """Return what Home Assistant has to be told next."""
        return self._reports[0] if self._reports else None

    def forget_report(self, report: TimerChanged) -> None:
        """Forget a report that has been sent."""
        if report in self._reports:
            self._reports.remove(report)

    async def replace(self, timers: Timers) -> None:
        """Replace the timers; those that are missing are cancelled."""
        now = self.clocks.steady()
        sent = {timer.id: timer for timer in timers.timers}
        self._ended = {key: None for key in self._ended if key in sent}
        for key in [key for key in self._ringing if key not in sent]:
            del self._ringing[key]
        self._timers = {
            timer.id: _Kept(timer.id, timer.name, now + timer.seconds_left)
            for timer in timers.timers
            if timer.id not in self._ended and timer.id not in self._ringing
        }
        self._notify()
        await self._save()

    def stop_ringing(self) -> bool:
        """Stop the ringing; return whether something rang."""
        if not self._ringing:
            return False
        for key in list(self._ringing):
            self._end(key)
        self._notify()
        return True

    async def run(self) -> None:
        """Ring for the timers until cancelled."""
        while True:
            self._changed.clear()
            if self._pop_due():
                await self._save()
            if self._ringing:
                await self._ring_once()
            else:
                await self._wait(self._seconds_to_wait())
            if abs(self.clocks.shift - self._saved_shift) > _CLOCK_SHIFT_SECONDS:
                await self._save()

    async def _ring_once(self) -> None:
        """Ring, then pause; a stop ends the pause."""
        try:
            await self.ring()
        except HearkenError as err:
            _LOGGER.error("the timer cannot be heard: %s", err)  # noqa: TRY400 - for users
        await self._wait(_PAUSE_SECONDS)
        over = [k for k, until in self._ringing.items() if until < self.clocks.steady()]
        for key in over:
            self._end(key)
        if over:
            self._notify()
        if not self._ringing:
            await self._save()

    def _seconds_to_wait(self) -> float | None:
        """Return the time until the next timer, or until the clock is looked at."""
        if not self._timers:
            return None
        due = min(kept.due for kept in self._timers.values())
        return max(0.0, min(due - self.clocks.steady(), _CHECK_SECONDS))

    async def _wait(self, seconds: float | None) -> None:
        """Wait for a change, no longer than this."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return

    def _pop_due(self) -> bool:
        """Start ringing for timers that have finished."""
        now = self.clocks.steady()
        due = [kept for kept in self._timers.values() if kept.due <= now]
        for kept in due:
            _LOGGER.info("timer finished: %s", kept.name or kept.id)
            del self._timers[kept.id]
            self._ringing[kept.id] = now + RING_SECONDS
            self._reports.append(TimerChanged(id=kept.id, stage=TimerStage.RINGING))
        if due:
            self._notify()
        return bool(due)

    def _end(self, key: str) -> None:
        """End the ringing of one timer."""
        del self._ringing[key]
        self._ended[key] = None
        self._reports.append(TimerChanged(id=key, stage=TimerStage.ENDED))

    def _notify(self) -> None:
        """Tell everybody that something has changed."""
        self._changed.set()
        for on_changed in list(self._listeners):
            on_changed()

    # On disk

    async def _save(self) -> None:
        """Store timers, and what has to be reported."""
        self._saved_shift = shift = self.clocks.shift
        if self.path is None:
            return
        stored = {
            "timers": [
                {"id": kept.id, "name": kept.name, "due": kept.due + shift}
                for kept in self._timers.values()
            ],
            # A restart does not silence what rings.
            "ringing": list(self._ringing),
            "ended": list(self._ended),
        }
        try:
            await asyncio.to_thread(json_file.save, self.path, stored)
        except HearkenError as err:
            _LOGGER.error(  # noqa: TRY400 - for users
                "timers would not survive a restart: %s", err
            )

    def _load(self, path: Path) -> None:
        """Go on with what is stored."""
        stored = json_file.load_or_set_aside(path, _is_valid)
        if stored is not None:
            self._restore(stored)

    def _restore(self, stored: dict[str, Any]) -> None:
        """Take over what is stored."""
        now, shift = self.clocks.steady(), self.clocks.shift
        for each in stored.get("timers", [])[:MAX_TIMERS]:
            kept = _Kept(each["id"], each["name"], each["due"] - shift)
            if kept.due < now - _LATE_SECONDS:
                _LOGGER.warning("a timer finished long ago: %s", kept.name or kept.id)
                continue
            self._timers[kept.id] = kept
        for key in stored.get("ringing", [])[:MAX_TIMERS]:
            self._ringing[key] = now + RING_SECONDS
        self._ended = dict.fromkeys(stored.get("ended", [])[:MAX_TIMERS])


def _is_valid(stored: dict[str, Any]) -> bool:
    """Return whether what is stored can be used."""
    lists = [stored.get(key, []) for key in ("timers", "ringing", "ended")]
    if not all(isinstance(one, list) for one in lists):
        return False
    timers, *ids = lists
    return all(map(_is_timer, timers)) and all(
        isinstance(each, str) for one in ids for each in one
    )


def _is_timer(stored: object) -> bool:
    """Return whether a stored timer can be used."""
    return (
        isinstance(stored, dict)
        and all(isinstance(stored.get(key), str) for key in ("id", "name"))
        and isinstance(stored.get("due"), int | float)
    )
