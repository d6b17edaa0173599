"""Timers that a satellite keeps, so that they ring without Home Assistant."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, override

from wyoming.event import Event, Eventable

from .fields import read_number, read_text

MAX_TIMERS: Final = 64
"""Maximum number of timers of one satellite."""

_MAX_SECONDS: Final = 366 * 24 * 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Timer:
    """A timer that rings on the satellite."""

    id: str
    seconds_left: float
    """Time until it rings, at the moment of sending."""
    name: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields for the wire."""
        fields: dict[str, Any] = {"id": self.id, "seconds_left": self.seconds_left}
        return {**fields, "name": self.name} if self.name else fields

    @staticmethod
    def from_dict(data: Any) -> Timer:
        """Read a timer; raise ValueError if it is invalid."""
        if not isinstance(data, dict):
            msg = "a timer is not an object"
            raise ValueError(msg)  # noqa: TRY004 - one error for all of the wire
        seconds = read_number(data, "seconds_left")
        if seconds is None or not 0 <= seconds <= _MAX_SECONDS:
            msg = "seconds_left is not a usable time"
            raise ValueError(msg)
        return Timer(
            id=read_text(data, "id", required=True),
            seconds_left=seconds,
            name=read_text(data, "name"),
        )


@dataclass(frozen=True, kw_only=True)
class Timers(Eventable):
    """All timers that run on a satellite; they replace those it had.

    Home Assistant sends them whenever they change, and after connecting once it knows
    its own timers again. The satellite stores them. One that is missing is cancelled,
    even while it rings; one that has already finished rings at once.
    """

    timers: tuple[Timer, ...] = ()

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type is about timers."""
        return event_type == "hearken-timers"

    @override
    def event(self) -> Event:
        """Return the event."""
        timers = [timer.to_dict() for timer in self.timers]
        return Event(type="hearken-timers", data={"timers": timers})

    @staticmethod
    @override
    def from_event(event: Event) -> Timers:
        """Read the event; raise ValueError if its fields are invalid."""
        timers = (event.data or {}).get("timers")
        if not isinstance(timers, list) or len(timers) > MAX_TIMERS:
            msg = "timers is not a usable list"
            raise ValueError(msg)
        return Timers(timers=tuple(Timer.from_dict(timer) for timer in timers))


class TimerStage(StrEnum):
    """What happened to a timer on the satellite."""

    RINGING = "ringing"
    """It finished, and rings."""
    ENDED = "ended"
    """Someone stopped the ringing, or it rang for as long as it may."""


@dataclass(frozen=True, kw_only=True)
class TimerChanged(Eventable):
    """Tell Home Assistant that a timer rings or has rung.

    What happened while Home Assistant was away is sent after the next connection.
    """

    id: str
    stage: TimerStage

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type is about one timer."""
        return event_type == "hearken-timer"

    @override
    def event(self) -> Event:
        """Return the event."""
        data = {"id": self.id, "stage": self.stage.value}
        return Event(type="hearken-timer", data=data)

    @staticmethod
    @override
    def from_event(event: Event) -> TimerChanged:
        """Read the event; raise ValueError if its fields are invalid."""
        data = event.data or {}
        return TimerChanged(
            id=read_text(data, "id", required=True),
            stage=TimerStage(read_text(data, "stage")),
        )
