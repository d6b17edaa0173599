"""Test when a threshold is changed, without a house."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from custom_components.hearken.calibration.threshold import (
    ENOUGH_FALSE,
    ENOUGH_REPEATED,
    MAX_EVIDENCE,
    PAUSE_SECONDS,
    STEPS,
    UNDONE_SECONDS,
    Change,
    Direction,
    Evidence,
    EvidenceKind,
    Limits,
    WordHistory,
)

NOW = 1_800_000_000.0
DAY = 86_400.0
LIMITS = Limits(low=0.35, high=0.8)


def after(
    history: WordHistory, kind: EvidenceKind, peak: float, count: int = 1
) -> WordHistory:
    """Return the history after something has happened so often, a minute apart."""
    for number in range(count):
        at = NOW - 3600 + 60 * (number + len(history.evidence))
        history = history.note(Evidence(kind=kind, at=at, peak=peak))
    return history


def with_near_misses(peak: float = 0.57, count: int = ENOUGH_REPEATED) -> WordHistory:
    """Return a history at a threshold of 0.6 with real near misses."""
    return after(WordHistory(threshold=0.6), EvidenceKind.REPEATED, peak, count)


def test_five_near_misses_lower_the_threshold() -> None:
    """Four are not enough, nor are those that it would not find either."""
    change = with_near_misses().proposal(LIMITS, NOW)
    assert change == Change(
        direction=Direction.LOWERED, before=0.6, after=0.55, count=5, at=NOW
    )
    few = ENOUGH_REPEATED - 1
    assert with_near_misses(count=few).proposal(LIMITS, NOW) is None
    assert with_near_misses(peak=0.54).proposal(LIMITS, NOW) is None


def test_false_wakes_forbid_a_lower_threshold() -> None:
    """One that is close weighs as much as five near misses; a sure one is no sign."""
    close = after(with_near_misses(), EvidenceKind.SILENCE, 0.62)
    assert close.proposal(LIMITS, NOW) is not None
    close = after(close, EvidenceKind.SILENCE, 0.62)
    assert close.proposal(LIMITS, NOW) is None
    sure = after(with_near_misses(), EvidenceKind.SILENCE, 0.9, 9)
    assert sure.proposal(LIMITS, NOW) is not None


def test_false_wakes_raise_the_threshold() -> None:
    """Three that were silent, or two that the owner reports."""
    silent = after(WordHistory(threshold=0.5), EvidenceKind.SILENCE, 0.53, ENOUGH_FALSE)
    assert silent.proposal(LIMITS, NOW) == Change(
        direction=Direction.RAISED, before=0.5, after=0.55, count=3, at=NOW
    )
    reported = after(WordHistory(threshold=0.5), EvidenceKind.REPORTED, 0.53, 2)
    assert reported.proposal(LIMITS, NOW) is not None
    once = after(WordHistory(threshold=0.5), EvidenceKind.REPORTED, 0.53)
    assert once.proposal(LIMITS, NOW) is None


@pytest.mark.parametrize(
    ("kind", "peak", "count"),
    [(EvidenceKind.COMMAND, 0.53, 2), (EvidenceKind.REPEATED, 0.3, 3)],
)
def test_threshold_is_not_raised_at_the_expense_of_people(
    kind: EvidenceKind, peak: float, count: int
) -> None:
    """Commands that would be missed, and people who are not heard now, count more."""
    silent = after(WordHistory(threshold=0.5), EvidenceKind.SILENCE, 0.53, ENOUGH_FALSE)
    assert after(silent, kind, peak, count).proposal(LIMITS, NOW) is None


def test_reported_wake_was_no_command() -> None:
    """What the owner says of a moment replaces what was, or will be, thought of it."""
    history = WordHistory(threshold=0.5)
    for kind in (
        EvidenceKind.COMMAND,
        EvidenceKind.REPEATED,
        EvidenceKind.REPORTED,
        *EvidenceKind,
    ):
        history = history.note(Evidence(kind=kind, at=NOW, peak=0.53))
    assert [one.kind for one in history.evidence] == [EvidenceKind.REPORTED]


def test_command_after_a_near_miss_is_still_a_command() -> None:
    """One moment shows both."""
    history = WordHistory(threshold=0.5)
    for kind in (EvidenceKind.COMMAND, EvidenceKind.REPEATED):
        history = history.note(Evidence(kind=kind, at=NOW, peak=0.53))
    assert len(history.evidence) == 2


def test_limits_between_hundredths_hold() -> None:
    """Rounding does not go beyond them."""
    lowered = with_near_misses(0.59).proposal(Limits(low=0.555, high=0.8), NOW)
    assert lowered is not None
    assert lowered.after == 0.555
    false = after(WordHistory(threshold=0.5), EvidenceKind.CANCELLED, 0.5, ENOUGH_FALSE)
    raised = false.proposal(Limits(low=0.35, high=0.545), NOW)
    assert raised is not None
    assert raised.after == 0.545


def test_one_change_a_day() -> None:
    """However much happens."""
    change = with_near_misses().proposal(LIMITS, NOW)
    assert change is not None
    history = after(
        with_near_misses().apply(change), EvidenceKind.REPEATED, 0.53, ENOUGH_REPEATED
    )
    assert history.proposal(LIMITS, NOW + PAUSE_SECONDS - 1) is None
    assert history.proposal(LIMITS, NOW + PAUSE_SECONDS) is not None


def test_undo_restores_exactly_and_holds() -> None:
    """The same change does not come back for a month, the other one may."""
    start = replace(with_near_misses(peak=0.6), threshold=0.6180339887)
    change = start.proposal(LIMITS, NOW)
    assert change is not None
    undone = start.apply(change).undo(NOW)
    assert (undone.threshold, undone.last) == (0.6180339887, None)
    assert undone.undo(NOW) == undone
    again = after(undone, EvidenceKind.REPEATED, 0.6, ENOUGH_REPEATED)
    assert again.proposal(LIMITS, NOW + UNDONE_SECONDS - 1) is None
    assert again.proposal(LIMITS, NOW + UNDONE_SECONDS) is not None
    other = after(undone, EvidenceKind.REPORTED, 0.63, 2)
    assert other.proposal(LIMITS, NOW) is not None


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_it_stays_within_limits_and_settles(seed: int) -> None:
    """Steps are bounded; changes end, in a house that wants both directions."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    low = round(rng.uniform(0.1, 0.5), 2)
    limits = Limits(low=low, high=round(low + rng.uniform(0.0, 0.4), 2))
    history = WordHistory(threshold=round(rng.uniform(0.1, 1.0), 2))
    start, now, changes = history.threshold, NOW, 0
    for _ in range(400):
        now += rng.uniform(0, DAY / 2)
        kind = rng.choice(list(EvidenceKind))
        peak = min(1.0, max(0.0, history.threshold + rng.uniform(-0.1, 0.1)))
        history = history.note(Evidence(kind=kind, at=now, peak=peak))
        assert len(history.evidence) <= MAX_EVIDENCE
        if change := history.proposal(limits, now):
            assert change.before == history.threshold
            assert 0 < abs(change.after - change.before) <= STEPS[0] + 1e-9
            assert limits.low <= change.after <= limits.high
            history, changes = history.apply(change), changes + 1
    assert limits.low <= history.threshold <= limits.high or history.threshold == start
    assert WordHistory.from_dict(json.loads(json.dumps(history.as_dict()))) == history
    # In each of the three step sizes, as far as the limits are apart.
    most = sum(2 + (limits.high - limits.low) / step for step in STEPS)
    assert changes <= most


def test_evidence_grows_old() -> None:
    """What happened weeks ago says nothing about today."""
    history = with_near_misses(count=ENOUGH_REPEATED - 1)
    late = Evidence(kind=EvidenceKind.REPEATED, at=NOW + 20 * DAY, peak=0.57)
    assert history.note(late).evidence == (late,)
