"""What is said about the schedule, in the words of one language."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from .items import Item, ItemKind
from .times import NOON

_UNITS: Final = {
    "week": 604_800,
    "day": 86_400,
    "hour": 3600,
    "minute": 60,
    "second": 1,
}
_MAX_UNITS: Final = 2
_EVERY_DAY: Final = tuple(range(7))
_WORKDAYS: Final = tuple(range(5))
_WEEKEND: Final = (5, 6)
_DAYS_OF_WEEK: Final = 7
_SOON_SECONDS: Final = 3600
_MINUTE: Final = 60
_EVENING_HOUR: Final = 18
_MORNING_HOUR: Final = 6
_HALF_HOUR: Final = 30
_MAX_LISTED: Final = 5


class Phrases:
    """Builds answers; moments are said in the time zone of the current time."""

    def __init__(self, words: Mapping[str, Any], now: datetime) -> None:
        """Use these words."""
        self._words = words
        self._now = now

    def say(self, key: str, **values: str) -> str:
        """Return a sentence, with a capital letter at its beginning."""
        template: str = self._words[key]
        return _capital(template.format(**values))

    def length(self, seconds: float, units: str = "units") -> str:
        """Return a duration in its two largest units."""
        rest = max(1, round(seconds))
        words = self._words["units"] | self._words.get(units, {})
        parts = []
        for unit, size in _UNITS.items():
            number, rest = divmod(rest, size)
            if number:
                parts.append(words[unit][number != 1].format(n=number))
        return self._join(parts[:_MAX_UNITS], self._words.get("joined"))

    def left(self, seconds: float) -> str:
        """Return how long is left, as roughly as a person says it."""
        return self.length(_rounded(seconds))

    def ago(self, seconds: float) -> str:
        """Return how long ago something was, in minutes from the first minute on."""
        return self.length(seconds if seconds < _MINUTE else round(seconds / 60) * 60)

    def when(self, item: Item, *, soon_as_length: bool = False) -> str:
        """Return when an item is due."""
        seconds = item.left(self._now)
        if soon_as_length and not item.weekdays and seconds <= _SOON_SECONDS:
            return self.delay(_rounded(seconds))
        local = item.due.astimezone(self._now.tzinfo)
        clock = self.clock(local)
        days: Mapping[str, str] = self._words["days"]
        if item.weekdays:
            return days[_rhythm(item.weekdays)].format(
                clock=clock,
                weekdays=self._join(
                    [self._words["weekdays"][d] for d in item.weekdays]
                ),
            )
        ahead = (local.date() - self._now.date()).days
        if ahead < 0:
            key = "date"
        elif ahead <= 1:
            key = ("today", "tomorrow")[ahead]
        else:
            key = "weekday" if ahead < _DAYS_OF_WEEK else "date"
        return days[key].format(
            clock=clock,
            weekday=self._words["weekdays"][local.weekday()],
            month=self._words["months"][local.month - 1],
            day=local.day,
        )

    def delay(self, seconds: float) -> str:
        """Return a delay."""
        template: str = self._words["in_length"]
        return template.format(length=self.length(seconds, "units_in"))

    def clock(self, local: datetime) -> str:
        """Return a time of day."""
        words: Mapping[str, Any] = self._words["clock"]
        hour, minute = local.hour, local.minute
        key = "format"
        if minute == 0:
            key = "full_hour"
        elif minute == _HALF_HOUR and "half_hour" in words:
            key = "half_hour"
        template: str = words[key]
        return template.format(
            h24=hour,
            h12=(hour - 1) % NOON + 1,
            mm=f"{minute:02d}",
            m=minute,
            half=_half(words["halves"], hour),
        )

    def item(self, item: Item) -> str:
        """Return the name of an item."""
        words: Sequence[str] = self._words["names"][item.kind.value]
        return words[item.name is not None].format(
            name=item.name,
            length=self.length(item.seconds or 1),
            when=self.when(item, soon_as_length=True),
        )

    def about(self, key: str, item: Item, *, is_delay: bool = False) -> str:
        """Return a sentence about an item, with or without its name."""
        words: Sequence[str] = self._words[key][item.kind.value]
        seconds = item.left(self._now)
        text = words[item.name is not None].format(
            name=item.name,
            length=self.length(item.seconds or seconds),
            left=self.left(seconds),
            when=self.delay(seconds) if is_delay else self.when(item),
            late=self.ago(-seconds),
            clock=self.clock(self._now),
        )
        return _capital(text)

    def listed(self, items: Sequence[Item]) -> str:
        """Return a list of items of one or more kinds."""
        counts = [
            self._count(kind, sum(item.kind is kind for item in items))
            for kind in ItemKind
            if any(item.kind is kind for item in items)
        ]
        names = [
            self._words["item_left"].format(
                item=self.item(item), left=self.left(item.left(self._now))
            )
            if item.kind is ItemKind.TIMER
            else self._with_when(item)
            for item in items[:_MAX_LISTED]
        ]
        return self.say("listed", count=self._join(counts), items=self._join(names))

    def which(self, items: Sequence[Item]) -> str:
        """Return the question which of some items is meant."""
        names = [self.item(item) for item in items[:_MAX_LISTED]]
        choice = self._words["or"].join(
            part for part in (self._comma(names[:-1]), names[-1]) if part
        )
        return self.say("which", items=choice)

    def cancelled(self, items: Sequence[Item]) -> str:
        """Return that items were cancelled."""
        if len(items) == 1:
            return self.say("cancelled", item=self.item(items[0]))
        return self.say(
            "cancelled_all",
            count=str(len(items)),
            plural=self._words["plurals"][items[0].kind.value],
        )

    def none(self, kind: ItemKind | None) -> str:
        """Return that there are no items of a kind."""
        if kind is None:
            return self.say("nothing_set")
        return self.say("none", plural=self._words["plurals"][kind.value])

    def unknown(self, kind: ItemKind) -> str:
        """Return that there is no such item."""
        return self.say("unknown", plural_one=self._words["singular"][kind.value])

    def _count(self, kind: ItemKind, number: int) -> str:
        """Return a number of items."""
        key = "singular" if number == 1 else "plurals"
        template: str = self._words["count"]
        return template.format(count=number, plural=self._words[key][kind.value])

    def _with_when(self, item: Item) -> str:
        """Return the name of an item and when it is due."""
        name, when = self.item(item), self.when(item, soon_as_length=True)
        return name if when in name else f"{name} {when}"

    def _comma(self, parts: Sequence[str]) -> str:
        """Return parts with commas."""
        comma: str = self._words["list"]["comma"]
        return comma.join(parts)

    def _join(self, parts: Sequence[str], glue: str | None = None) -> str:
        """Return parts as a list."""
        if glue is not None:
            return glue.join(parts)
        last: str = self._words["list"]["and"]
        return last.join(p for p in (self._comma(parts[:-1]), parts[-1]) if p)


def _rounded(seconds: float) -> float:
    """Return a time that is left as a person says it."""
    minutes = round(seconds / 60)
    if seconds >= 10 * 60 or (seconds > 2 * 60 and abs(seconds - minutes * 60) <= 5):  # noqa: PLR2004 - how people round
        return minutes * 60
    if seconds > 2 * 60:
        return round(seconds / 10) * 10
    return max(1, math.ceil(seconds - 0.5))


def _half(halves: Sequence[str], hour: int) -> str:
    """Return the half or the part of the day."""
    if len(halves) <= 2:  # noqa: PLR2004 - morning and afternoon
        return halves[hour >= NOON]
    bounds = (_MORNING_HOUR, NOON, NOON + 1, _EVENING_HOUR)
    return halves[sum(hour >= bound for bound in bounds)]


def _rhythm(weekdays: tuple[int, ...]) -> str:
    """Return the key of the words for a repetition."""
    return {_EVERY_DAY: "every_day", _WORKDAYS: "workdays", _WEEKEND: "weekend"}.get(
        weekdays, "weekly"
    )


def _capital(text: str) -> str:
    """Return a sentence with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]
