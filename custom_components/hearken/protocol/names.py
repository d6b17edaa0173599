"""Messages about what a transcript may have missed: names, and whole sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, override

from wyoming.event import Event, Eventable

from .fields import read_items, read_number, read_short, shown_short
from .transcript import Repair
from .words import MAX_PROPOSALS, MAX_SENTENCES


@dataclass(frozen=True, kw_only=True)
class ProposeNames(Eventable):
    """Ask what the last transcript of this connection is with names of the house.

    And how well some sentences fit its sound. For a client that understands neither the
    transcript nor its alternatives. The server answers only once, and only if the
    details of the transcript offer it (`TranscriptDetails.offers_names`).
    """

    sentences: tuple[str, ...] = ()

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type asks for names."""
        return event_type == "hearken-propose-names"

    @override
    def event(self) -> Event:
        """Return the event."""
        return Event(
            type="hearken-propose-names",
            data={"sentences": list(self.sentences[:MAX_SENTENCES])},
        )

    @staticmethod
    @override
    def from_event(event: Event) -> ProposeNames:
        """Read the event, without invalid sentences."""
        data = event.data or {}
        return ProposeNames(
            sentences=read_items(data, "sentences", shown_short, MAX_SENTENCES)
        )


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
    sentences: tuple[NameProposal, ...] = ()
    """The sentences that were asked about, without names that they replace."""

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type contains proposals."""
        return event_type == "hearken-name-proposals"

    @override
    def event(self) -> Event:
        """Return the event."""
        proposals = [one.as_dict() for one in self.proposals[:MAX_PROPOSALS]]
        sentences = [one.as_dict() for one in self.sentences[:MAX_SENTENCES]]
        return Event(
            type="hearken-name-proposals",
            data={"proposals": proposals, "sentences": sentences},
        )

    @staticmethod
    @override
    def from_event(event: Event) -> NameProposals:
        """Read the event, without invalid proposals."""
        data, read = event.data or {}, NameProposal.from_dict
        return NameProposals(
            proposals=read_items(data, "proposals", read, MAX_PROPOSALS),
            sentences=read_items(data, "sentences", read, MAX_SENTENCES),
        )
