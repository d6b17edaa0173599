"""Messages about names of the house that a transcript may have missed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, override

from wyoming.event import Event, Eventable

from .fields import read_items, read_number, read_short
from .transcript import Repair
from .words import MAX_PROPOSALS


@dataclass(frozen=True, kw_only=True)
class ProposeNames(Eventable):
    """Ask what the last transcript of this connection is with names of the house.

    For a client that understands neither the transcript nor its alternatives. The
    server answers only once, and only if the details of the transcript offer it
    (`TranscriptDetails.offers_names`).
    """

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type asks for names."""
        return event_type == "hearken-propose-names"

    @override
    def event(self) -> Event:
        """Return the event."""
        return Event(type="hearken-propose-names")

    @staticmethod
    @override
    def from_event(event: Event) -> ProposeNames:
        """Read the event; it has no fields."""
        return ProposeNames()


@dataclass(frozen=True, kw_only=True)
class NameProposal:
    """A transcript in which names replace what they sound like."""

    text: str
    margin: float
    """Log-probability of this text minus that of the transcript, by its sound."""
    repairs: tuple[Repair, ...] = ()
    """The names, and what they replace."""

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for the wire."""
        return {
            "text": self.text,
            "margin": round(self.margin, 3),
            "repairs": [repair.as_dict() for repair in self.repairs],
        }

    @staticmethod
    def from_dict(data: Any) -> NameProposal | None:
        """Read what was sent; return None if it is invalid."""
        if not isinstance(data, dict):
            return None
        text, margin = read_short(data, "text"), read_number(data, "margin")
        if not text or margin is None:
            return None
        repairs = read_items(data, "repairs", Repair.from_dict)
        return NameProposal(text=text, margin=margin, repairs=repairs)


@dataclass(frozen=True, kw_only=True)
class NameProposals(Eventable):
    """The answer to `ProposeNames`, the most probable text first; may be empty."""

    proposals: tuple[NameProposal, ...] = ()

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type contains proposals."""
        return event_type == "hearken-name-proposals"

    @override
    def event(self) -> Event:
        """Return the event."""
        proposals = [one.as_dict() for one in self.proposals[:MAX_PROPOSALS]]
        return Event(type="hearken-name-proposals", data={"proposals": proposals})

    @staticmethod
    @override
    def from_event(event: Event) -> NameProposals:
        """Read the event, without invalid proposals."""
        return NameProposals(
            proposals=read_items(
                event.data or {}, "proposals", NameProposal.from_dict, MAX_PROPOSALS
            )
        )
