"""The moment that a spoken time stands for."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from .times import HOURS, NOON, USUAL_HOURS, Clock, Day, Part, When

_DAYS_OF_WEEK: Final = 7
_DAYS_AHEAD: Final = 8
"""Days that are looked through for the next suitable one."""


class Purpose(StrEnum):
    """What a time is for: "at seven" wakes in the morning, reminds in the evening."""

    WAKE = "wake"
    REMIND = "remind"
    ACT = "act"


_AWAKE: Final = range(6, HOURS)
"""Hours at which a reminder is meant if it could be at another hour as well."""
_MORNING: Final = {
    Purpose.WAKE: range(4, NOON),
    Purpose.REMIND: range(7, NOON),
    Purpose.ACT: range(6, NOON),
}
"""Hours that are meant as those of the morning, on a day that was named or to wake."""


def resolve(when: When, now: datetime, purpose: Purpose) -> datetime | None:
    """Return the moment in UTC, None if it is over or the time of day is not known.

    The current time has the time zone of the house.
    """
    if when.delay_seconds is not None:
        return now.astimezone(UTC) + timedelta(seconds=when.delay_seconds)
    if (clock := clock_of(when, purpose)) is None:
        return None
    zone = now.tzinfo or UTC
    days = list(days_of(when, now.date()))
    is_today = when.day is not None and when.day.offset == 0
    is_open = not when.weekdays and (when.day is None or is_today)
    moments = [
        (moment, hour)
        for day in days
        for hour in _hours(clock, purpose, is_open=is_open, is_today=is_today)
        if (moment := at(day, hour, clock.minute, zone)) > now
    ]
    if is_open and purpose is Purpose.REMIND and clock.part is None:
        moments = [one for one in moments if one[1] in _AWAKE] or moments
    return min((moment for moment, _ in moments), default=None)


def clock_of(when: When, purpose: Purpose) -> Clock | None:
    """Return the time of day, None if it was not said and has to be asked for."""
    part = when.part or (when.day.part if when.day else None)
    if when.clock is not None:
        if when.clock.part is None and part is not None:
            return Clock(
                hour=when.clock.hour,
                minute=when.clock.minute,
                part=part,
                is_exact=when.clock.is_exact,
            )
        return when.clock
    if purpose is not Purpose.REMIND or not (part or when.day or when.weekdays):
        return None
    return Clock(hour=USUAL_HOURS[part or Part.MORNING], is_exact=True)


def at(day: date, hour: int, minute: int, zone: tzinfo) -> datetime:
    """Return a moment in UTC; an hour that a clock skips is taken after the change."""
    local = datetime.combine(day, time(), zone) + timedelta(hours=hour, minutes=minute)
    return local.astimezone(UTC)


def next_repetition(
    weekdays: tuple[int, ...], clock: time, after: datetime
) -> datetime:
    """Return the next moment in UTC; the time has the time zone of the house."""
    zone = after.tzinfo or UTC
    days = (after.date() + timedelta(days=offset) for offset in range(_DAYS_AHEAD))
    return next(
        moment
        for day in days
        if day.weekday() in weekdays
        and (moment := at(day, clock.hour, clock.minute, zone)) > after
    )


def _hours(
    clock: Clock, purpose: Purpose, *, is_open: bool, is_today: bool
) -> list[int]:
    """Return the hours of 24 that the clock may mean."""
    hour = clock.hour
    if clock.part is not None:
        found = clock.part.hour(hour)
        return [hour if found is None else found]
    if clock.is_exact or hour > NOON or hour == 0:
        return [hour]
    if hour == NOON:
        # Twelve o'clock is noon, unless midnight is nearer and things are switched.
        return [NOON, HOURS] if is_open and purpose is Purpose.ACT else [NOON]
    wakes = purpose is Purpose.WAKE and hour in _MORNING[purpose]
    if is_today or (is_open and not wakes):
        return [hour, hour + NOON]
    return [hour if hour in _MORNING[purpose] else hour + NOON]


def days_of(when: When, today: date) -> Iterator[date]:
    """Yield the days that are meant, in order."""
    if when.weekdays:
        days = (today + timedelta(days=offset) for offset in range(_DAYS_AHEAD))
        yield from (day for day in days if day.weekday() in when.weekdays)
    elif when.day is not None:
        yield from _named_days(when.day, today)
    else:
        # The evening of yesterday ends after midnight.
        yield from (today + timedelta(days=offset) for offset in range(-1, 3))


def _named_days(day: Day, today: date) -> Iterator[date]:
    """Yield the days that a name of a day may mean, in order."""
    if day.offset is not None:
        yield today + timedelta(days=day.offset)
    elif day.weekday is not None:
        ahead = (day.weekday - today.weekday()) % _DAYS_OF_WEEK
        if not (day.is_next and ahead == 0):
            yield today + timedelta(days=ahead)
        yield today + timedelta(days=ahead + _DAYS_OF_WEEK)
    elif day.day_of_month is not None:
        yield from _dates(day.month, day.day_of_month, today)


def _dates(month: int | None, day: int, today: date) -> Iterator[date]:
    """Yield the dates from today on, of this year or month and the next."""
    for ahead in range(13):
        years, index = divmod(today.month - 1 + ahead, 12)
        if month not in {None, index + 1}:
            continue
        try:
            found = date(today.year + years, index + 1, day)
        except ValueError:
            continue
        if found >= today:
            yield found
