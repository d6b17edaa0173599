"""Test which of several satellites answers."""

from dataclasses import replace

import pytest

from custom_components.hearken.satellite.arbitration import (
    Arbiter,
    Report,
    likeness,
)
from tests.integration.satellite.story import Clock

WAIT = 0.15


def envelope(syllable_steps: int) -> tuple[float, ...]:
    """Return the levels of an utterance whose syllables are this long."""
    syllables = (
        -20.0 if (step // syllable_steps) % 2 else -45.0 - step % 3
        for step in range(50)
    )
    return (*[-70.0] * 20, *syllables, *[-70.0] * 10)


SPOKEN = envelope(3)
OTHER = envelope(11)
KITCHEN = Report(
    satellite_id="kitchen", ended_at=0.0, level_dbfs=-30.0, score=0.9, envelope=SPOKEN
)
HALL = replace(KITCHEN, satellite_id="hall", level_dbfs=-40.0)


@pytest.fixture(autouse=True)
def _house() -> None:
    """Do not set up Home Assistant."""


class House:
    """An arbiter, and what it says."""

    def __init__(self) -> None:
        """Start at time zero."""
        self.clock = Clock()
        self.said: list[str] = []
        self.arbiter = Arbiter(self.clock, self, WAIT)

    def contested(self, satellite_id: str, *, is_rival: bool) -> None:
        """Note a contest."""
        self.said.append(f"{satellite_id} {'rival' if is_rival else 'first'}")

    def won(self, satellite_id: str) -> None:
        """Note a winner."""
        self.said.append(f"{satellite_id} won")

    def lost(self, satellite_id: str) -> None:
        """Note a loser."""
        self.said.append(f"{satellite_id} lost")

    def hear(self, report: Report, at: float, ended_at: float | None = None) -> None:
        """Handle a report that arrives at a time."""
        self.clock.seconds = at
        ended_at = at if ended_at is None else ended_at
        self.arbiter.enter(replace(report, ended_at=ended_at))

    def decide(self, at: float) -> float | None:
        """Decide what is due at a time."""
        self.clock.seconds = at
        return self.arbiter.decide()


def test_the_louder_one_answers_whoever_was_first() -> None:
    """The first one begins, and is replaced by the one that heard it better."""
    house = House()
    house.hear(HALL, 10.0)
    assert house.decide(10.0) == pytest.approx(WAIT)
    house.hear(KITCHEN, 10.08)
    assert house.decide(10.15) is None
    assert house.said == ["hall first", "kitchen rival", "hall lost", "kitchen won"]


def test_the_softer_one_is_turned_away_at_once() -> None:
    """A second report that is no better ends there."""
    house = House()
    house.hear(KITCHEN, 10.0)
    house.hear(HALL, 10.08)
    house.decide(10.2)
    assert house.said == ["kitchen first", "hall rival", "hall lost", "kitchen won"]


def test_three_satellites_have_one_winner() -> None:
    """Each better report replaces the one before."""
    house = House()
    house.hear(HALL, 10.0)
    house.hear(KITCHEN, 10.03)
    house.hear(replace(KITCHEN, satellite_id="bath", level_dbfs=-35.0), 10.06)
    house.decide(10.2)
    assert [said for said in house.said if said.endswith("won")] == ["kitchen won"]
    assert house.said.count("hall lost") == house.said.count("bath lost") == 1


def test_after_the_decision_it_is_too_late() -> None:
    """A better report that comes late does not take over a conversation."""
    house = House()
    house.hear(HALL, 10.0)
    house.decide(10.2)
    house.hear(KITCHEN, 10.3, ended_at=10.0)
    assert house.said[-2:] == ["kitchen rival", "kitchen lost"]


def test_two_people_are_both_answered() -> None:
    """At the same moment, two utterances with different envelopes are two."""
    house = House()
    house.hear(KITCHEN, 10.0)
    house.hear(replace(HALL, envelope=OTHER), 10.02)
    house.decide(10.2)
    assert {"kitchen won", "hall won"} <= set(house.said)


def test_one_satellite_is_never_its_own_rival() -> None:
    """Who says the word twice is answered twice."""
    house = House()
    house.hear(KITCHEN, 10.0)
    house.decide(10.2)
    house.hear(KITCHEN, 11.0)
    house.decide(11.2)
    assert house.said == ["kitchen first", "kitchen won"] * 2


def test_without_envelopes_the_time_decides() -> None:
    """Satellites that tell little compete when they hear at the same time."""
    house = House()
    poor = Report(satellite_id="old", ended_at=0.0)
    house.hear(poor, 10.0)
    house.hear(KITCHEN, 10.1)
    house.decide(10.2)
    house.hear(poor, 11.0)
    assert "old lost" in house.said
    assert house.said[-1] == "old rival"


def test_a_satellite_that_leaves_wins_nothing() -> None:
    """Another one may answer in its place."""
    house = House()
    house.hear(KITCHEN, 10.0)
    house.arbiter.leave("kitchen")
    assert house.decide(10.2) is None
    house.hear(HALL, 10.25)
    house.decide(10.5)
    assert house.said[-1] == "hall won"


def test_envelopes_are_alike_in_spite_of_level_noise_and_delay() -> None:
    """What counts is the shape, not where it lies."""
    shifted = (*SPOKEN[4:], *[-70.0] * 4)
    softer = tuple(max(level - 18.0, -55.0) for level in shifted)
    assert likeness(KITCHEN, replace(HALL, envelope=softer)) > 0.7
    assert likeness(KITCHEN, replace(HALL, envelope=OTHER)) < 0.8
    assert likeness(KITCHEN, replace(HALL, envelope=(-70.0,) * 80)) == 0.0
    assert likeness(KITCHEN, replace(HALL, envelope=SPOKEN[:5])) == 0.0
