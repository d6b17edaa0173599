"""What was just spoken of at a satellite."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from ..dialogue.orders import Plan
from .items import Item
from .requests import DelayedOrder, Request

MEMORY_SECONDS: Final = 120
"""How long "it" means what was spoken of."""
_MAX_SESSIONS: Final = 64


class Asked(StrEnum):
    """What was asked for."""

    LENGTH = "length"
    TIME = "time"
    TEXT = "text"
    WHICH = "which"
    CONFIRM = "confirm"


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question that is open."""

    asked: Asked
    request: Request | None = None
    candidates: tuple[str, ...] = ()
    """The ids of the items among which to choose."""
    plan: Plan | None = None
    order: DelayedOrder | None = None


@dataclass(slots=True)
class Session:
    """What was just spoken of at one satellite."""

    at: datetime
    focus: tuple[str, ...] = ()
    """The ids of the items that were spoken of last."""
    question: Question | None = None
    rang: Item | None = None
    """What was stopped last: it may be snoozed."""
    order: DelayedOrder | None = None
    """The command that was delayed last: there may be more for that time."""
    before: Mapping[str, Item | None] = field(default_factory=dict)
    """What was changed last, by its id, as it was; None for what is new."""

    def is_fresh(self, now: datetime) -> bool:
        """Return whether it is still remembered."""
        return 0 <= (now - self.at).total_seconds() <= MEMORY_SECONDS


@dataclass(slots=True)
class Sessions:
    """The sessions of all satellites."""

    _sessions: dict[str, Session] = field(default_factory=dict)

    def get(self, key: str, now: datetime) -> Session:
        """Return the session of a satellite; an old one was forgotten."""
        session = self._sessions.get(key)
        if session is None or not session.is_fresh(now):
            session = Session(now)
        return session

    def put(self, key: str, session: Session, now: datetime) -> None:
        """Remember a session; the oldest are forgotten."""
        session.at = now
        self._sessions.pop(key, None)
        self._sessions[key] = session
        while len(self._sessions) > _MAX_SESSIONS:
            del self._sessions[next(iter(self._sessions))]

    def forget(self, key: str) -> None:
        """Forget what was spoken of: it is about something else now."""
        self._sessions.pop(key, None)


def in_focus(session: Session, items: Sequence[Item]) -> list[Item]:
    """Return the items that were spoken of last and are still there."""
    return [item for item in items if item.id in session.focus]
