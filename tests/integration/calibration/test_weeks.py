"""Test what thresholds do in houses that live with them for weeks."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pytest

from custom_components.hearken.calibration.evidence import evidence_of
from custom_components.hearken.calibration.threshold import (
    PAUSE_SECONDS,
    STEPS,
    Change,
    Direction,
    EvidenceKind,
    Limits,
    WordHistory,
)
from tests.integration.calibration.test_evidence import record

if TYPE_CHECKING:
    from custom_components.hearken.client.words import WakeRecord

START: Final = 1_800_000_000.0
DAY: Final = 86_400.0
WEEKS: Final = 6
LIMITS: Final = Limits(low=0.35, high=0.8)
MOST_TRIES: Final = 3
NEWEST: Final = 20
"""The last records are enough: what is older is settled."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What happens in a house on a day: scores are normally distributed."""

    words: int
    """How often somebody wants something."""
    score: float
    spread: float
    others: int = 0
    """Sounds that are nearly the word."""
    others_score: float = 0.0


SOFT_VOICE: Final = Habits(words=12, score=0.56, spread=0.1)
TELEVISION: Final = Habits(words=12, score=0.9, spread=0.05, others=5, others_score=0.5)
BOTH: Final = Habits(words=12, score=0.6, spread=0.12, others=4, others_score=0.48)


@dataclass(slots=True)
class House:
    """A house in which one satellite listens for one word."""

    habits: Habits
    seed: int
    threshold: float = 0.5
    is_adjusted: bool = True
    missed: list[int] = field(default_factory=list)
    """Utterances that did not wake it, for each week."""
    woken: list[int] = field(default_factory=list)
    """Wake-ups by something else, for each week."""
    changes: list[Change] = field(default_factory=list)

    def live(self) -> WordHistory:
        """Let the weeks pass."""
        rng = random.Random(self.seed)  # noqa: S311 - no secret
        history = WordHistory(threshold=self.threshold)
        records: list[WakeRecord] = []
        for day in range(7 * WEEKS):
            if day % 7 == 0:
                self.missed.append(0)
                self.woken.append(0)
            for number, is_word in enumerate(self._day(rng)):
                at = START + day * DAY + number * 600.0
                for _ in range(MOST_TRIES if is_word else 1):
                    at += 4.0
                    heard = self._heard(rng, at, history.threshold, is_word=is_word)
                    records = [heard, *records[:NEWEST]]
                    if heard.is_detected:
                        break
                history = self._concluded(history, records, is_word=is_word)
        return history

    def _day(self, rng: random.Random) -> list[bool]:
        """Return in which order the word and other sounds come."""
        sounds = [True] * self.habits.words + [False] * self.habits.others
        rng.shuffle(sounds)
        return sounds

    def _heard(
        self, rng: random.Random, at: float, threshold: float, *, is_word: bool
    ) -> WakeRecord:
        """Return what the server heard."""
        mean = self.habits.score if is_word else self.habits.others_score
        peak = min(1.0, max(0.0, rng.gauss(mean, self.habits.spread)))
        is_detected = peak >= threshold
        self.missed[-1] += is_word and not is_detected
        self.woken[-1] += is_detected and not is_word
        return record(at, peak, detected=is_detected, threshold=threshold)

    def _concluded(
        self, history: WordHistory, records: list[WakeRecord], *, is_word: bool
    ) -> WordHistory:
        """Return the history after an attempt, changed if that is called for."""
        newest = records[0]
        if not newest.is_detected:
            return history
        kind = EvidenceKind.COMMAND if is_word else EvidenceKind.SILENCE
        for one in evidence_of(records, newest, kind, history.threshold):
            history = history.note(one)
        change = history.proposal(LIMITS, newest.at) if self.is_adjusted else None
        if change is None:
            return history
        self.changes.append(change)
        return history.apply(change)


def lived(habits: Habits, seed: int) -> tuple[House, House, WordHistory]:
    """Return a house, the same one without changes, and the history of the first."""
    house, fixed = House(habits, seed), House(habits, seed, is_adjusted=False)
    history = house.live()
    fixed.live()
    return house, fixed, history


@pytest.mark.parametrize("seed", range(5))
def test_soft_voice_is_heard_after_weeks(seed: int) -> None:
    """The threshold goes down until there are few near misses, and stays."""
    house, fixed, history = lived(SOFT_VOICE, seed)
    assert {change.direction for change in house.changes} == {Direction.LOWERED}
    assert LIMITS.low <= history.threshold <= 0.45
    assert house.missed[-1] < fixed.missed[-1] / 2
    assert house.woken == [0] * WEEKS


@pytest.mark.parametrize("seed", range(5))
def test_television_wakes_less_after_weeks(seed: int) -> None:
    """The threshold goes up, and nobody is heard less."""
    house, fixed, history = lived(TELEVISION, seed)
    assert {change.direction for change in house.changes} == {Direction.RAISED}
    assert 0.55 <= history.threshold <= LIMITS.high
    assert house.woken[-1] < fixed.woken[-1] / 4
    assert sum(house.missed) <= sum(fixed.missed) + 3


@pytest.mark.parametrize("seed", range(5))
def test_house_that_wants_both_changes_little(seed: int) -> None:
    """It turns once at most in all these weeks, near where it began."""
    house, _, history = lived(BOTH, seed)
    assert history.turns <= 1
    assert len(house.changes) <= WEEKS / 2
    assert 0.4 <= history.threshold <= 0.5


@pytest.mark.parametrize("habits", [SOFT_VOICE, TELEVISION, BOTH])
def test_changes_are_rare_and_small(habits: Habits) -> None:
    """At most one a day, and none goes further than a step or beyond the limits."""
    house, _, _ = lived(habits, 11)
    for before, after in zip(house.changes, house.changes[1:], strict=False):
        assert after.at - before.at >= PAUSE_SECONDS
        assert after.before == before.after
    for change in house.changes:
        assert 0 < abs(change.after - change.before) <= STEPS[0] + 1e-9
        assert LIMITS.low <= change.after <= LIMITS.high
