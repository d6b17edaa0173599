"""Times as they are spoken: durations, clock times, days and repetitions."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self

HOURS: Final = 24
NOON: Final = 12


class Part(StrEnum):
    """A part of the day."""

    AM = "am"
    PM = "pm"
    MORNING = "morning"
    NOON = "noon"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    NIGHT = "night"

    def hour(self, hour: int) -> int | None:
        """Return an hour of the 12-hour clock in this part, 24 for the next midnight.

        Return None if the part has no such hour; 13 and later stand for themselves.
        """
        if hour > NOON:
            return hour
        first = _FIRST_HOURS[self]
        candidates = (hour % NOON + offset for offset in (0, NOON, HOURS))
        return next(
            (hour for hour in candidates if first <= hour < first + _LENGTHS[self]),
            None,
        )


_FIRST_HOURS: Final = {
    Part.AM: 0,
    Part.PM: 12,
    Part.MORNING: 1,
    Part.NOON: 11,
    Part.AFTERNOON: 12,
    Part.EVENING: 16,
    Part.NIGHT: 18,
}
_LENGTHS: Final = {
    Part.AM: 12,
    Part.PM: 12,
    Part.MORNING: 12,
    Part.NOON: 4,
    Part.AFTERNOON: 8,
    Part.EVENING: 9,
    Part.NIGHT: 12,
}
USUAL_HOURS: Final = {
    Part.AM: 9,
    Part.MORNING: 9,
    Part.NOON: 12,
    Part.PM: 15,
    Part.AFTERNOON: 15,
    Part.EVENING: 19,
    Part.NIGHT: 22,
}
"""The hour that is meant by a part alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """A time of day."""

    hour: int
    """0 to 24."""
    minute: int = 0
    part: Part | None = None
    is_exact: bool = False
    """Whether the hour is one of 24; else 7 may be 19 o'clock."""

    def shifted(self, minutes: int) -> Self:
        """Return the clock that many minutes later; "ten to seven" is -10."""
        hour, minute = divmod(self.hour * 60 + self.minute + minutes, 60)
        if not self.is_exact and hour == 0:
            # Before one o'clock is twelve, of either half of the day.
            hour = NOON
        return replace(self, hour=hour % (HOURS + 1), minute=minute)


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """A day, seen from today."""

    offset: int | None = None
    weekday: int | None = None
    """0 is Monday."""
    is_next: bool = False
    """Whether it is the weekday of next week."""
    month: int | None = None
    day_of_month: int | None = None
    part: Part | None = None
    """The part that some words for days contain, such as "tonight"."""


@dataclass(frozen=True, kw_only=True, slots=True)
class When:
    """When something is due, as it was said."""

    delay_seconds: float | None = None
    clock: Clock | None = None
    part: Part | None = None
    day: Day | None = None
    weekdays: tuple[int, ...] = ()
    """The days of the week on which it repeats."""

    @property
    def is_complete(self) -> bool:
        """Return whether the time of day is known."""
        return self.delay_seconds is not None or self.clock is not None

    def filled_from(self, other: Self) -> Self:
        """Return this time with what it leaves open taken from another."""
        if self.delay_seconds is not None:
            return self
        return replace(
            self,
            clock=self.clock or other.clock,
            part=self.part or other.part,
            day=self.day or other.day,
            weekdays=self.weekdays or other.weekdays,
        )
