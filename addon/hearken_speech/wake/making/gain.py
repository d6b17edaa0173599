"""What the owner's sounds change in a wake word, with honest uncertainty."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from . import judge
from .bank import STEP_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .network import Numbers

_DOUBT: Final = 0.05
_PERCENT: Final = 100
_ROUNDS: Final = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Results:
    """How heads did that had heard nothing of what they were judged on."""

    recordings: int
    missed: int
    """Recordings of the owner that were missed."""
    scenes: int
    """The same recordings in rooms, noise and other distances."""
    missed_scenes: int
    false_accepts: int
    hours: float

    @classmethod
    def of(
        cls,
        owner: Sequence[Numbers],
        plain: Sequence[bool],
        negatives: Sequence[Numbers],
    ) -> Results:
        """Count, from calibrated logits of clips; plain ones are as recorded."""
        is_missed = [judge.events(clip) == 0 for clip in owner]
        pairs = list(zip(is_missed, plain, strict=True))
        return cls(
            recordings=sum(plain),
            missed=sum(missed for missed, is_plain in pairs if is_plain),
            scenes=len(pairs) - sum(plain),
            missed_scenes=sum(missed for missed, is_plain in pairs if not is_plain),
            false_accepts=sum(map(judge.events, negatives)),
            hours=sum(map(len, negatives)) * STEP_SECONDS / 3600,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the counts, and what they are below with 95 % certainty."""
        most = judge.most_false_accepts_a_day(self.false_accepts, self.hours)
        return {
            **asdict(self),
            "hours": round(self.hours, 2),
            "most_missed_percent": round(most_percent(self.missed, self.recordings)),
            "missed_scenes_percent": round(
                _PERCENT * self.missed_scenes / max(1, self.scenes)
            ),
            "most_false_accepts_a_day": round(most, 1),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Gain:
    """The results without and with what the owner adds."""

    before: Results
    after: Results

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as they are sent."""
        return {"before": self.before.as_dict(), "after": self.after.as_dict()}


def most_percent(seen: int, count: int) -> float:
    """Return what a share is below with 95 % certainty, when it was seen so often.

    The exact bound of Clopper and Pearson: with nothing seen of five, it is 45 %.
    """
    if seen >= count:
        return float(_PERCENT)
    low, high = 0.0, 1.0
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        chance = sum(
            math.comb(count, k) * middle**k * (1 - middle) ** (count - k)
            for k in range(seen + 1)
        )
        low, high = (middle, high) if chance > _DOUBT else (low, middle)
    return _PERCENT * high
