"""Test the moments that spoken times stand for."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from custom_components.hearken.schedule.moments import (
    Purpose,
    next_repetition,
    resolve,
)
from custom_components.hearken.schedule.times import Clock, Day, Part, When

BERLIN = ZoneInfo("Europe/Berlin")
SEVEN = When(clock=Clock(hour=7))
SIX = When(clock=Clock(hour=6))
TOMORROW = Day(offset=1)


def local(text: str) -> datetime:
    """Return a time in Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("now", "when", "purpose", "expected"),
    [
        ("2026-11-30 10:00", SEVEN, Purpose.WAKE, "2026-12-01 07:00"),
        ("2026-11-30 03:00", SEVEN, Purpose.WAKE, "2026-11-30 07:00"),
        ("2026-11-30 10:00", SEVEN, Purpose.REMIND, "2026-11-30 19:00"),
        ("2026-11-30 20:00", SEVEN, Purpose.REMIND, "2026-12-01 07:00"),
        ("2026-11-30 23:00", SIX, Purpose.ACT, "2026-12-01 06:00"),
        (
            "2026-11-30 20:00",
            When(clock=Clock(hour=3)),
            Purpose.REMIND,
            "2026-12-01 15:00",
        ),
        (
            "2026-11-30 10:00",
            When(clock=Clock(hour=3), day=TOMORROW),
            Purpose.REMIND,
            "2026-12-01 15:00",
        ),
        (
            "2026-11-30 10:00",
            When(clock=Clock(hour=7), day=TOMORROW),
            Purpose.REMIND,
            "2026-12-01 07:00",
        ),
        (
            "2026-11-30 10:00",
            When(clock=Clock(hour=12, part=Part.EVENING)),
            Purpose.ACT,
            "2026-12-01 00:00",
        ),
        (
            "2026-12-01 00:30",
            When(clock=Clock(hour=2, part=Part.NIGHT)),
            Purpose.ACT,
            "2026-12-01 02:00",
        ),
        (
            "2026-11-30 23:50",
            When(clock=Clock(hour=24, is_exact=True)),
            Purpose.ACT,
            "2026-12-01 00:00",
        ),
        (
            "2026-11-30 10:00",
            When(clock=Clock(hour=8), day=Day(weekday=0)),
            Purpose.WAKE,
            "2026-12-07 08:00",
        ),
        (
            "2026-11-30 10:00",
            When(clock=Clock(hour=18), day=Day(weekday=0)),
            Purpose.REMIND,
            "2026-11-30 18:00",
        ),
        (
            "2026-11-30 10:00",
            When(clock=Clock(hour=18), day=Day(weekday=0, is_next=True)),
            Purpose.REMIND,
            "2026-12-07 18:00",
        ),
        (
            "2026-12-31 10:00",
            When(clock=Clock(hour=9, is_exact=True), day=Day(day_of_month=31)),
            Purpose.REMIND,
            "2027-01-31 09:00",
        ),
        (
            "2026-11-30 10:00",
            When(day=Day(offset=1, part=Part.EVENING)),
            Purpose.REMIND,
            "2026-12-01 19:00",
        ),
    ],
)
def test_next_sensible_moment(
    now: str, when: When, purpose: Purpose, expected: str
) -> None:
    """A time without am or pm is the next that makes sense."""
    found = resolve(when, local(now), purpose)
    assert found is not None
    assert found.astimezone(BERLIN).strftime("%Y-%m-%d %H:%M") == expected


def test_time_that_is_over() -> None:
    """A time that is over today has no moment, nor has a day without a time."""
    now = local("2026-11-30 10:00")
    over = When(clock=Clock(hour=9, part=Part.AM), day=Day(offset=0))
    assert resolve(over, now, Purpose.REMIND) is None
    assert resolve(When(day=TOMORROW), now, Purpose.WAKE) is None


@pytest.mark.parametrize(
    ("now", "hour", "minute", "expected"),
    [
        # The clocks go from 2 to 3 on this day: half past two does not exist.
        ("2026-03-29 01:00", 2, 30, "2026-03-29T01:30:00+00:00"),
        # They go from 3 back to 2: the first half past two is meant.
        ("2026-10-25 01:00", 2, 30, "2026-10-25T00:30:00+00:00"),
        # A night in which an hour is missing is an hour shorter.
        ("2026-03-28 22:00", 7, 0, "2026-03-29T05:00:00+00:00"),
        ("2026-10-24 22:00", 7, 0, "2026-10-25T06:00:00+00:00"),
    ],
)
def test_clock_change(now: str, hour: int, minute: int, expected: str) -> None:
    """An alarm keeps to the clock on the wall, also when the clocks change."""
    when = When(clock=Clock(hour=hour, minute=minute, is_exact=True))
    found = resolve(when, local(now), Purpose.WAKE)
    assert found == datetime.fromisoformat(expected)


def test_delay_is_not_moved_by_a_clock_change() -> None:
    """Two hours are two hours, also when the clocks change in between."""
    now = local("2026-03-29 01:30")
    found = resolve(When(delay_seconds=7200), now, Purpose.ACT)
    assert found == now.astimezone(UTC) + timedelta(hours=2)


def test_repetition_over_a_clock_change() -> None:
    """What repeats keeps to the clock on the wall."""
    before = local("2026-03-28 07:00")
    found = next_repetition((5, 6), time(7), before)
    assert found.isoformat() == "2026-03-29T05:00:00+00:00"
    again = next_repetition((5, 6), time(7), found.astimezone(BERLIN))
    assert again.isoformat() == "2026-04-04T05:00:00+00:00"
