"""All items that are due some time, and how they are found."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from ..languages import is_spaceless
from .items import Item, ItemKind
from .moments import clock_of, days_of
from .requests import Target

MAX_ITEMS: Final = 200
_SAME_LENGTH_SECONDS: Final = 1
_MIN_STEM: Final = 3
_MAX_ENDING: Final = 2


class BookFullError(Exception):
    """There are too many items."""


class Book:
    """Holds the items, by their ids; without input or output."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        """Start with these items; beyond the limit, the last are left out."""
        self._items = {item.id: item for item in items}
        for item in self.items[MAX_ITEMS:]:
            del self._items[item.id]

    def __iter__(self) -> Iterator[Item]:
        """Iterate over the items, the next that is due first."""
        return iter(self.items)

    @property
    def items(self) -> Sequence[Item]:
        """Return the items, the next that is due first."""
        return sorted(self._items.values(), key=lambda item: (item.due, item.created))

    @property
    def next_due(self) -> datetime | None:
        """Return when the next item is due."""
        return min((item.due for item in self._items.values()), default=None)

    def get(self, item_id: str) -> Item | None:
        """Return an item."""
        return self._items.get(item_id)

    def put(self, item: Item) -> None:
        """Add an item, or replace the one with its id; raise if there are too many."""
        if item.id not in self._items and self.is_full:
            raise BookFullError
        self._items[item.id] = item

    @property
    def is_full(self) -> bool:
        """Return whether nothing new can be put."""
        return len(self._items) >= MAX_ITEMS

    def remove(self, item: Item) -> None:
        """Remove an item, if it is there."""
        self._items.pop(item.id, None)

    def take_due(self, now: datetime) -> list[Item]:
        """Remove and return what is due; what repeats stays, at its next time."""
        due = [item for item in self.items if item.due <= now]
        for item in due:
            self.remove(item)
            if (again := item.repeated(now)) is not None:
                self._items[again.id] = again
        return due


def find(
    items: Iterable[Item], target: Target, now: datetime, satellite_id: str | None
) -> list[Item]:
    """Return the items that a target may mean.

    Those that were set at the same satellite come before all others.
    """
    found = [item for item in items if _is_meant(item, target, now)]
    if target.name is not None:
        exact = [i for i in found if _words(i.name) == _words(target.name)]
        found = exact or found
    if target.is_all or len(found) <= 1:
        return found
    return [item for item in found if item.satellite_id == satellite_id] or found


def _is_meant(item: Item, target: Target, now: datetime) -> bool:
    """Return whether a target may mean an item."""
    if target.kind is not None and item.kind is not target.kind:
        return False
    if target.name is not None and not _is_named(item, target.name, target.kind):
        return False
    if target.length is not None and (
        item.seconds is None or abs(item.seconds - target.length) > _SAME_LENGTH_SECONDS
    ):
        return False
    return target.at is None or _is_at(item, target, now)


def _is_named(item: Item, name: str, kind: ItemKind | None) -> bool:
    """Return whether an item has a name, or one that contains it."""
    known, said = _words(item.name), _words(name)
    if not known or not said:
        return False
    if _is_same(known, said):
        return True
    # Without the kind, only the whole name is enough: "cancel the pasta".
    return kind is not None and (_contains(known, said) or _contains(said, known))


def _is_same(known: str, said: str) -> bool:
    """Return whether two names are the same but for endings: "eggs" and "egg"."""
    pairs = list(zip(known.split(), said.split(), strict=False))
    is_as_long = len(known.split()) == len(said.split())
    return is_as_long and all(_is_alike(first, second) for first, second in pairs)


def _is_alike(first: str, second: str) -> bool:
    """Return whether two words differ in an ending at most."""
    short, long = sorted((first, second), key=len)
    if len(short) < _MIN_STEM or is_spaceless(short):
        return short == long
    return long.startswith(short) and len(long) - len(short) <= _MAX_ENDING


def _contains(text: str, part: str) -> bool:
    """Return whether a text contains words, or characters where there are no words."""
    if is_spaceless(part):
        return part in text
    words, parts = text.split(), part.split()
    return any(
        _is_same(" ".join(words[first : first + len(parts)]), part)
        for first in range(len(words) - len(parts) + 1)
    )


def _words(text: str | None) -> str:
    """Return the words of a text, to compare it."""
    return " ".join(re.findall(r"\w+", (text or "").casefold()))


def _is_at(item: Item, target: Target, now: datetime) -> bool:
    """Return whether an item is due at the time, or on the day, that was named."""
    when = target.at
    if when is None:
        return True
    if when.delay_seconds is not None:
        return abs(item.left(now) - when.delay_seconds) < when.delay_seconds / 10
    local = item.due.astimezone(now.tzinfo)
    if when.weekdays and when.weekdays != item.weekdays:
        return False
    clock = clock_of(when, item.kind.purpose) if when.clock else None
    if clock is not None and (
        clock.minute != local.minute
        or clock.hour % 12 != local.hour % 12
        or (clock.is_exact and clock.hour % 24 != local.hour)
        or (clock.part is not None and clock.part.hour(clock.hour) != local.hour)
    ):
        return False
    return when.day is None or local.date() in days_of(when, now.date())
