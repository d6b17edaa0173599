"""Test how often faint peaks are checked."""

from __future__ import annotations

from hearken_speech.server.check_budget import BURST, SECONDS_EACH, CheckBudget
from tests.speech.server.test_word_check import Clock


def test_television_gets_one_check_in_a_while() -> None:
    """A few at once are for people who repeat themselves; then it is one at a time."""
    clock = Clock()
    budget = CheckBudget(clock)
    assert [budget.take("hall") for _ in range(BURST + 2)] == [True] * BURST + [
        False
    ] * 2
    taken = 0
    for _ in range(3600):
        clock.now += 1.0
        taken += budget.take("hall")
    assert taken == 3600 / SECONDS_EACH


def test_each_stream_has_its_own_budget() -> None:
    """One room does not make another one deaf."""
    budget = CheckBudget(Clock())
    while budget.take("hall"):
        pass
    assert budget.take("kitchen")


def test_silence_fills_the_budget() -> None:
    """It never holds more than the few at once."""
    clock = Clock()
    budget = CheckBudget(clock)
    while budget.take("hall"):
        pass
    clock.now += 10 * BURST * SECONDS_EACH
    assert [budget.take("hall") for _ in range(BURST + 1)] == [True] * BURST + [False]
