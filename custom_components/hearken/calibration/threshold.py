"""Decides when the threshold of a wake word is changed; without input or output.

Evidence goes in, changes come out. Why the rules are as they are:
docs/decisions/0031-thresholds-from-evidence.md
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Final, Self

STEPS: Final = (0.05, 0.02, 0.01)
"""A change back makes all further steps smaller; after the last one, there are none."""
ENOUGH_REPEATED: Final = 5
ENOUGH_FALSE: Final = 3
MAX_EVIDENCE: Final = 100
EVIDENCE_SECONDS: Final = 14 * 86_400.0
PAUSE_SECONDS: Final = 86_400.0
"""Least time between two changes."""
UNDONE_SECONDS: Final = 30 * 86_400.0
"""What the owner has undone is not done again for so long."""

_DIGITS: Final = 2


class EvidenceKind(StrEnum):
    """What happened."""

    REPEATED = "repeated"
    """A near miss, and seconds later the same word and a command."""
    COMMAND = "command"
    """The word, and a command that was carried out."""
    SILENCE = "silence"
    """The word, and nobody spoke."""
    CANCELLED = "cancelled"
    """The word, and somebody took it back at once."""
    REPORTED = "reported"
    """The owner says that it was not the word."""


_WEIGHTS: Final = {
    EvidenceKind.SILENCE: 1,
    EvidenceKind.CANCELLED: 1,
    EvidenceKind.REPORTED: 2,
}
"""What speaks for a higher threshold, and how much."""


class Direction(StrEnum):
    """How a threshold was changed; the values end translation keys."""

    LOWERED = "lowered"
    RAISED = "raised"


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Something that happened, and how high the score was."""

    kind: EvidenceKind
    at: float
    """Seconds since 1970."""
    peak: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The lowest and the highest threshold that the owner allows."""

    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A change of a threshold, and why."""

    direction: Direction
    before: float
    after: float
    count: int
    """So many near misses were real, or so many wakes false."""
    at: float
    was_default: bool = False
    """Whether nobody had chosen the threshold before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WordHistory:
    """What is known about one wake word at one satellite."""

    threshold: float
    evidence: tuple[Evidence, ...] = ()
    last: Change | None = None
    """The last change, unless it was undone."""
    turns: int = 0
    """How often the direction has changed."""
    undone: Change | None = None

    def note(self, evidence: Evidence) -> Self:
        """Return the history with something that happened; each moment counts once."""
        same = [one.kind for one in self.evidence if one.at == evidence.at]
        if evidence.kind in same or EvidenceKind.REPORTED in same:
            return self
        is_reported = evidence.kind is EvidenceKind.REPORTED
        others = [
            one
            for one in self.evidence
            if one.at > evidence.at - EVIDENCE_SECONDS
            and not (is_reported and one.at == evidence.at)
        ]
        return replace(self, evidence=(*others, evidence)[-MAX_EVIDENCE:])

    def proposal(self, limits: Limits, now: float) -> Change | None:
        """Return the change that the evidence calls for, None if it does not."""
        if not limits.low <= self.threshold <= limits.high:
            # The owner chose it so.
            return None
        if self.turns >= len(STEPS) or (
            self.last is not None and now - self.last.at < PAUSE_SECONDS
        ):
            return None
        change = self._lower(limits, now) or self._raise(limits, now)
        if change is None or self._is_undone(change.direction, now):
            return None
        return change

    def apply(self, change: Change) -> Self:
        """Return the history after a change; the evidence for it is used up."""
        turned = self.last is not None and self.last.direction is not change.direction
        return replace(
            self,
            threshold=change.after,
            evidence=(),
            last=change,
            turns=self.turns + turned,
            undone=None,
        )

    def undo(self, now: float) -> Self:
        """Return the history after the owner has undone the last change."""
        if self.last is None:
            return self
        return replace(
            self,
            threshold=self.last.before,
            evidence=(),
            last=None,
            undone=replace(self.last, at=now),
        )

    def _step(self) -> float:
        """Return how far the next change goes."""
        return STEPS[self.turns]

    def _lower(self, limits: Limits, now: float) -> Change | None:
        """Return a lower threshold, if it would have found enough real near misses."""
        lower = max(limits.low, round(self.threshold - self._step(), _DIGITS))
        found = self._count(EvidenceKind.REPEATED, lower)
        if (
            lower >= self.threshold
            or found < ENOUGH_REPEATED
            or found < ENOUGH_REPEATED * self._false(self.threshold + self._step())
        ):
            return None
        return self._change(Direction.LOWERED, lower, found, now)

    def _raise(self, limits: Limits, now: float) -> Change | None:
        """Return a higher threshold, if it would have prevented enough false wakes."""
        higher = min(limits.high, round(self.threshold + self._step(), _DIGITS))
        weight = self._false(higher)
        lost = sum(
            one.kind is EvidenceKind.COMMAND and one.peak < higher
            for one in self.evidence
        )
        if (
            higher <= self.threshold
            or weight < ENOUGH_FALSE
            or weight < ENOUGH_FALSE * lost
            or weight <= self._count(EvidenceKind.REPEATED, 0.0)
        ):
            return None
        count = sum(one.kind in _WEIGHTS and one.peak < higher for one in self.evidence)
        return self._change(Direction.RAISED, higher, count, now)

    def _change(
        self, direction: Direction, after: float, count: int, now: float
    ) -> Change:
        """Return a change from today's threshold."""
        return Change(
            direction=direction, before=self.threshold, after=after, count=count, at=now
        )

    def _count(self, kind: EvidenceKind, least: float) -> int:
        """Return how often something happened with at least this score."""
        return sum(one.kind is kind and one.peak >= least for one in self.evidence)

    def _false(self, below: float) -> int:
        """Return the weight of false wakes that a threshold would prevent."""
        return sum(
            _WEIGHTS.get(one.kind, 0) for one in self.evidence if one.peak < below
        )

    def _is_undone(self, direction: Direction, now: float) -> bool:
        """Return whether the owner has undone such a change not long ago."""
        undone = self.undone
        return (
            undone is not None
            and undone.direction is direction
            and now - undone.at < UNDONE_SECONDS
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the history as it is stored."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return a stored history; raise ValueError, KeyError or TypeError."""
        evidence = tuple(
            Evidence(
                kind=EvidenceKind(one["kind"]),
                at=_number(one["at"]),
                peak=_share(one["peak"]),
            )
            for one in stored["evidence"][-MAX_EVIDENCE:]
        )
        return cls(
            threshold=_share(stored["threshold"]),
            evidence=evidence,
            last=_change_from(stored["last"]),
            turns=_count(stored["turns"]),
            undone=_change_from(stored["undone"]),
        )


def _change_from(stored: Mapping[str, Any] | None) -> Change | None:
    """Return a stored change."""
    if stored is None:
        return None
    return Change(
        direction=Direction(stored["direction"]),
        before=_share(stored["before"]),
        after=_share(stored["after"]),
        count=_count(stored["count"]),
        at=_number(stored["at"]),
        was_default=stored["was_default"] is True,
    )


def _number(value: Any) -> float:
    """Return a stored number."""
    number = float(value)
    if not math.isfinite(number):
        msg = "not a number"
        raise ValueError(msg)
    return number


def _share(value: Any) -> float:
    """Return a stored score or threshold."""
    share = _number(value)
    if not 0 <= share <= 1:
        msg = "not between 0 and 1"
        raise ValueError(msg)
    return share


def _count(value: Any) -> int:
    """Return a stored count."""
    count = int(value)
    if count < 0:
        msg = "less than none"
        raise ValueError(msg)
    return count
