"""Answers that describe what is meant: "the upstairs one"."""

from __future__ import annotations

import pytest

from tests.integration.dialogue.simulated_home import LAKESIDE, SimulatedHome

QUAY = LAKESIDE.parent.parent / "quay.yaml"


@pytest.mark.parametrize(
    ("language", "order", "answers", "others"),
    [
        (
            "en",
            "turn on the mirror light",
            ("the upstairs one", "upstairs", "the one upstairs", "the upper one"),
            ("the third one upstairs", "upstairs is nice", "one", "up"),
        ),
        (
            "de",
            "Spiegellicht an",
            ("das obere", "das oben bitte", "oben", "im oberen Bad"),
            ("oben ist es schön", "das"),
        ),
        ("zh", "打开镜前灯", ("楼上的", "楼上那个", "打开楼上的"), ("楼", "楼上有人")),
    ],
)
def test_words_of_a_place_choose(
    language: str, order: str, answers: tuple[str, ...], others: tuple[str, ...]
) -> None:
    """Test that a word of the name of a room is enough, beside fillers."""
    for answer in answers:
        home = SimulatedHome(language, "galley", QUAY)
        home.say(order)
        proposal = home.say(answer)
        assert proposal is not None, answer
        assert [one.entity_id for one in proposal.commands] == ["light.upper_mirror"]
    for answer in others:
        home = SimulatedHome(language, "galley", QUAY)
        home.say(order)
        proposal = home.say(answer)
        assert proposal is None or not proposal.commands, answer


@pytest.mark.parametrize(
    ("language", "order", "answer", "more", "no_more"),
    [
        (
            *("en", "turn on the mirror light", "the upstairs one"),
            *("and the downstairs one", "downstairs"),
        ),
        ("de", "Spiegellicht an", "das obere", "und das untere", "unten"),
        ("zh", "打开镜前灯", "楼上的", "还有楼下的", "楼下"),
    ],
)
def test_the_other_one_follows(
    language: str, order: str, answer: str, more: str, no_more: str
) -> None:
    """Test that what was not chosen is described too, as one more and not alone."""
    home = SimulatedHome(language, "galley", QUAY)
    home.say(order)
    home.say(answer)
    proposal = home.say(no_more)
    assert proposal is None or not proposal.commands
    proposal = home.say(more)
    assert proposal is not None
    assert [one.entity_id for one in proposal.commands] == ["light.lower_mirror"]


@pytest.mark.parametrize(
    ("language", "order", "both"),
    [("en", "turn on the lamp", "both"), ("de", "mach die Lampe an", "beide bitte")],
)
def test_both_of_three_is_asked_again(language: str, order: str, both: str) -> None:
    """Test that nothing is done with three devices if two were said."""
    home = SimulatedHome(language, "master", LAKESIDE)
    asked = home.say(order)
    assert asked is not None
    assert len(asked.names) == 3
    again = home.say(both)
    assert again is not None
    assert again.key == "which"
    assert not again.commands


def test_a_side_is_said_in_more_characters_than_a_name_has() -> None:
    """Test that "左边" is the lamp whose name has a "左"."""
    home = SimulatedHome("zh", "guest", LAKESIDE.parent / "canal.yaml")
    asked = home.say("打开床头灯")
    assert asked is not None
    assert asked.key == "which"
    for said, entity_id in (
        ("左边那个", "light.guest_left"),
        ("右边的也打开", "light.guest_right"),
    ):
        proposal = home.say(said)
        assert proposal is not None
        assert [one.entity_id for one in proposal.commands] == [entity_id]
