"""Messages about a second, slower look at what was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import override

from wyoming.event import Event, Eventable

from .fields import read_short


@dataclass(frozen=True, kw_only=True)
class LookAgain(Eventable):
    """Ask for another text of the last recording of this connection.

    For a client that understands neither the transcript, nor its alternatives, nor the
    texts with names. The server answers only once, and only if the details of the
    transcript offer it (`TranscriptDetails.offers_look`).
    """

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type asks for another text."""
        return event_type == "hearken-look-again"

    @override
    def event(self) -> Event:
        """Return the event."""
        return Event(type="hearken-look-again")

    @staticmethod
    @override
    def from_event(event: Event) -> LookAgain:
        """Read the event; it has no fields."""
        return LookAgain()


@dataclass(frozen=True, kw_only=True)
class SecondLook(Eventable):
    """The answer to `LookAgain`."""

    text: str = ""
    """Empty if there is nothing new."""

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type contains the other text."""
        return event_type == "hearken-second-look"

    @override
    def event(self) -> Event:
        """Return the event."""
        return Event(type="hearken-second-look", data={"text": self.text})

    @staticmethod
    @override
    def from_event(event: Event) -> SecondLook:
        """Read the event; a text that is invalid is empty."""
        return SecondLook(text=read_short(event.data, "text"))
