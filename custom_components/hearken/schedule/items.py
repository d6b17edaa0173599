"""What is due: timers, alarms, reminders and delayed orders."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from enum import StrEnum
from typing import Any, Final, Self

from .moments import Purpose, next_repetition

MAX_TEXT: Final = 200
"""Longest name, text of a reminder or order, in characters."""


class ItemKind(StrEnum):
    """The kind of an item."""

    TIMER = "timer"
    ALARM = "alarm"
    REMINDER = "reminder"
    ORDER = "order"
    """A command that is carried out later."""

    @property
    def purpose(self) -> Purpose:
        """Return what its time is for."""
        return _PURPOSES[self]


_PURPOSES: Final = {
    ItemKind.TIMER: Purpose.ACT,
    ItemKind.ALARM: Purpose.WAKE,
    ItemKind.REMINDER: Purpose.REMIND,
    ItemKind.ORDER: Purpose.ACT,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One timer, alarm, reminder or delayed order."""

    id: str
    kind: ItemKind
    due: datetime
    """In UTC."""
    created: datetime
    language: str
    name: str | None = None
    """The name, the text of a reminder, or the words of an order."""
    seconds: float | None = None
    """The length for which a timer was set."""
    weekdays: tuple[int, ...] = ()
    """The days on which it repeats; 0 is Monday."""
    clock: time | None = None
    """The local time at which it repeats."""
    satellite_id: str | None = None
    """The satellite entity where it was set, and where it rings."""
    device_id: str | None = None
    commands: tuple[Mapping[str, Any], ...] = field(default=())
    """What a delayed order does, as the conversation agent planned it."""
    is_ending: bool = False
    """Whether it ends what was ordered for a while: late is better than never."""

    @property
    def occurrence_id(self) -> str:
        """Return the ID of this time of an item that may repeat."""
        return f"{self.id}-{int(self.due.timestamp())}"

    def left(self, now: datetime) -> float:
        """Return the seconds until it is due."""
        return (self.due - now).total_seconds()

    def repeated(self, now: datetime) -> Self | None:
        """Return the item at its next time, None if it does not repeat.

        The current time has the time zone of the house.
        """
        if not self.weekdays or self.clock is None:
            return None
        return replace(self, due=next_repetition(self.weekdays, self.clock, now))

    def to_dict(self) -> dict[str, Any]:
        """Return the item as it is stored."""
        fields: dict[str, Any] = {
            "id": self.id,
            "kind": self.kind.value,
            "due": self.due.isoformat(),
            "created": self.created.isoformat(),
            "language": self.language,
            "name": self.name,
            "seconds": self.seconds,
            "weekdays": list(self.weekdays) or None,
            "clock": self.clock.isoformat() if self.clock else None,
            "satellite_id": self.satellite_id,
            "device_id": self.device_id,
            "commands": [dict(command) for command in self.commands] or None,
            "is_ending": self.is_ending or None,
        }
        return {key: value for key, value in fields.items() if value is not None}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read a stored item; raise ValueError, KeyError or TypeError if damaged."""
        clock = data.get("clock")
        due, created = (
            datetime.fromisoformat(data[key]).astimezone(UTC)
            for key in ("due", "created")
        )
        weekdays = tuple(int(day) for day in data.get("weekdays", ()))
        if not set(weekdays) <= set(range(7)):
            msg = "weekdays are not days of a week"
            raise ValueError(msg)
        return cls(
            id=str(data["id"]),
            kind=ItemKind(data["kind"]),
            due=due,
            created=created,
            language=str(data["language"]),
            name=data.get("name"),
            seconds=data.get("seconds"),
            weekdays=weekdays,
            clock=time.fromisoformat(clock) if clock else None,
            satellite_id=data.get("satellite_id"),
            device_id=data.get("device_id"),
            commands=tuple(dict(command) for command in data.get("commands", ())),
            is_ending=data.get("is_ending") is True,
        )
