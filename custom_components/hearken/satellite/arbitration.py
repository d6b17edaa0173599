"""Which of several satellites answers, when more than one hears the same person.

Without input or output. A satellite reports how its wake word sounded: the level as it
was recorded, the score, and the envelope, which is the level of each 20 ms. Reports
that overlap in time and have similar envelopes are of the same utterance, and the best
of them wins. Others are of different people, who are all answered.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

STEP_SECONDS: Final = 0.02
"""Time between two levels of an envelope."""
_TOGETHER_SECONDS: Final = 0.5
"""Reports further apart are not of the same utterance."""
_MAX_SHIFT_STEPS: Final = 8
"""Uncertainty of when an envelope ended: the way of the sound, and of the report."""
_MIN_OVERLAP_STEPS: Final = 25
_SAME_CORRELATION: Final = 0.8
_REMEMBERED_SECONDS: Final = 2.0
_SCORE_DB: Final = 3.0
"""What a score that is higher by 1 is worth, in dB of level."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """One satellite's detection of a wake word."""

    satellite_id: str
    ended_at: float
    """Time at which the envelope ended."""
    level_dbfs: float | None = None
    score: float | None = None
    envelope: tuple[float, ...] = ()

    @property
    def strength(self) -> float:
        """Return how well the word was heard, in dB; what is unknown counts least."""
        level = -100.0 if self.level_dbfs is None else self.level_dbfs
        return level + _SCORE_DB * (self.score or 0.0)


@dataclass(eq=False, slots=True)
class Contest:
    """Satellites that heard one utterance."""

    best: Report
    until: float
    """Time of the decision."""
    reports: list[Report] = field(default_factory=list)
    is_decided: bool = False


class Verdicts(Protocol):
    """Receives what an arbiter decides."""

    def contested(self, satellite_id: str, *, is_rival: bool) -> None:
        """Let this satellite begin, but show nothing before the decision.

        With a rival, another satellite answered to a wake word just before.
        """

    def won(self, satellite_id: str) -> None:
        """Let this satellite answer, for good."""

    def lost(self, satellite_id: str) -> None:
        """Silence this satellite: another one answers."""


class Arbiter:
    """Lets one satellite answer to each utterance.

    The first satellite begins at once, but shows nothing before the decision. It is
    replaced if another one reports the same utterance better before that.
    """

    def __init__(
        self, clock: Callable[[], float], verdicts: Verdicts, wait_seconds: float
    ) -> None:
        """Decide this long after the first report."""
        self._clock = clock
        self._verdicts = verdicts
        self._wait_seconds = wait_seconds
        self._contests: list[Contest] = []

    def enter(self, report: Report) -> None:
        """Handle a report."""
        now = self._clock()
        self._contests = [
            contest
            for contest in self._contests
            if now - contest.best.ended_at < _REMEMBERED_SECONDS
            and contest.best.satellite_id != report.satellite_id
        ]
        self._verdicts.contested(report.satellite_id, is_rival=bool(self._contests))
        for contest in self._contests:
            if any(is_same(known, report) for known in contest.reports):
                self._join(contest, report)
                return
        self._contests.append(Contest(report, now + self._wait_seconds, [report]))

    def _join(self, contest: Contest, report: Report) -> None:
        """Add a report of the same utterance, and keep the better one."""
        contest.reports.append(report)
        if contest.is_decided or report.strength <= contest.best.strength:
            self._verdicts.lost(report.satellite_id)
            return
        before, contest.best = contest.best, report
        self._verdicts.lost(before.satellite_id)

    def decide(self) -> float | None:
        """Decide what is due; return the time until the next decision."""
        now = self._clock()
        waiting = []
        for contest in self._contests:
            if contest.is_decided:
                continue
            if now < contest.until:
                waiting.append(contest.until - now)
                continue
            contest.is_decided = True
            self._verdicts.won(contest.best.satellite_id)
        return min(waiting, default=None)

    def leave(self, satellite_id: str) -> None:
        """Forget a satellite that is gone; others may win in its place."""
        self._contests = [
            contest
            for contest in self._contests
            if contest.best.satellite_id != satellite_id
        ]


def is_same(one: Report, other: Report) -> bool:
    """Return whether two satellites heard the same utterance.

    Without envelopes, hearing a wake word at the same time is all that is known.
    """
    if abs(one.ended_at - other.ended_at) > _TOGETHER_SECONDS:
        return False
    if not one.envelope or not other.envelope:
        return True
    return likeness(one, other) >= _SAME_CORRELATION


def likeness(one: Report, other: Report) -> float:
    """Return the highest correlation of two envelopes, about their time of arrival."""
    ahead = round((one.ended_at - other.ended_at) / STEP_SECONDS)
    return max(
        _correlation(one.envelope, other.envelope, ahead + shift)
        for shift in range(-_MAX_SHIFT_STEPS, _MAX_SHIFT_STEPS + 1)
    )


def _correlation(one: Sequence[float], other: Sequence[float], ahead: int) -> float:
    """Return the correlation of envelopes, the first of which ended later by this."""
    if ahead > 0:
        one = one[: len(one) - ahead]
    elif ahead < 0:
        other = other[: len(other) + ahead]
    count = min(len(one), len(other))
    if count < _MIN_OVERLAP_STEPS:
        return 0.0
    return _pearson(one[-count:], other[-count:])


def _pearson(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the correlation coefficient, 0 if either does not change."""
    count = len(one)
    mean_one, mean_other = sum(one) / count, sum(other) / count
    pairs = [(a - mean_one, b - mean_other) for a, b in zip(one, other, strict=True)]
    product = sum(a * b for a, b in pairs)
    square = sum(a * a for a, _ in pairs) * sum(b * b for _, b in pairs)
    return float(product / square**0.5) if square > 0 else 0.0
