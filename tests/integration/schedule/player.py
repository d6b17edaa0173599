"""Plays dialogues about the schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Protocol

from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.hearken.schedule import (
    Item,
    ScheduleReply,
    async_answer,
    async_get_schedule,
)

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from custom_components.hearken.schedule import Schedule

NOW = datetime(2026, 11, 30, 10, tzinfo=UTC)
"""A Monday, at ten in London."""
_NO_WORDS = ("ask", "info", "nothing")


class _Orders(Protocol):
    done: list[str]


class WallClock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        """Start on a Monday morning."""
        self._now = NOW

    def utcnow(self) -> datetime:
        """Return the time in UTC."""
        return self._now

    def now(self, time_zone: tzinfo | None = None) -> datetime:
        """Return the local time."""
        return self._now.astimezone(time_zone or dt_util.get_default_time_zone())

    def tick(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)

    def move_to(self, now: datetime) -> None:
        """Set the clock."""
        self._now = now


class Player:
    """Says sentences at satellites, and looks at what is set."""

    def __init__(self, hass: HomeAssistant, clock: WallClock, orders: _Orders) -> None:
        """Speak in this house."""
        self.hass = hass
        self._clock = clock
        self.orders = orders

    @property
    def schedule(self) -> Schedule:
        """Return the schedule of the house."""
        return async_get_schedule(self.hass)

    async def say(
        self, text: str, language: str = "en", satellite_id: str = "here"
    ) -> ScheduleReply | None:
        """Say a sentence."""
        return await async_answer(
            self.hass, text, language, satellite_id=satellite_id, now=dt_util.utcnow()
        )

    async def wait(self, seconds: float) -> None:
        """Let time pass, in steps of no more than the schedule sleeps."""
        while seconds > 0:
            step = min(seconds, 60)
            self._clock.tick(step)
            async_fire_time_changed(self.hass, self._clock.utcnow())
            await self.hass.async_block_till_done(wait_background_tasks=False)
            seconds -= step

    def tick(self, seconds: float) -> None:
        """Let time pass that nobody notices yet."""
        self._clock.tick(seconds)

    def shown(self) -> set[str]:
        """Return what is set, in words to compare."""
        return {self._shown(item) for item in self.schedule.items}

    def _shown(self, item: Item) -> str:
        """Return an item in words to compare."""
        left = round(item.left(dt_util.utcnow()))
        local = dt_util.as_local(item.due)
        day = (local.date() - dt_util.now().date()).days
        name = f" {item.name.lower()}" if item.name else ""
        days = f" {''.join(map(str, item.weekdays))}" if item.weekdays else ""
        if item.kind == "alarm":
            return f"alarm{name} {day} {local:%H:%M}{days}"
        if item.kind == "timer":
            return f"timer{name} {left}"
        return f"{item.kind}{name} {day} {local:%H:%M}{days}"

    async def play(self, dialogue: dict[str, Any]) -> list[str]:
        """Play a dialogue; return what went wrong."""
        wrong: list[str] = []
        self._clock.move_to(NOW)
        for turn in dialogue["turns"]:
            if "wait" in turn:
                await self.wait(turn["wait"])
            before = self.shown()
            place = turn.get("from", "here")
            reply = await self.say(turn["say"], dialogue["lang"], place)
            expected = turn["expect"]
            asked = reply is not None and reply.asks
            problem = self._problem(expected, reply, before)
            if asked is not (expected == "ask"):
                problem = problem or f"asks: {asked}"
            if problem:
                speech = reply.speech if reply else None
                wrong.append(f"{turn['say']!r}: {problem} ({speech!r})")
        return wrong

    def _problem(
        self, expected: Any, reply: ScheduleReply | None, before: set[str]
    ) -> str | None:
        """Return what differs from what was expected."""
        if isinstance(expected, str) and expected.split()[0] in _NO_WORDS:
            if self.shown() != before:
                return f"changed to {self.shown()}"
            info = expected.partition(" ")[2]
            if info and (reply is None or info not in reply.speech):
                return f"no {info}"
            if expected == "nothing" and reply is not None:
                return "answered"
            return None
        wanted = {expected} if isinstance(expected, str) else set(expected)
        if self.shown() != wanted:
            return f"{self.shown()} in place of {wanted}"
        return None if reply else "not understood"
