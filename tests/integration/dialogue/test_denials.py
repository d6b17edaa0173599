"""Sentences that have every word of an order and are none."""

from __future__ import annotations

import pytest

from tests.integration.dialogue.simulated_home import SimulatedHome


def done(home: SimulatedHome, text: str) -> list[tuple[str, str]]:
    """Say something; return the services that it leads to."""
    proposal = home.say(text)
    commands = () if proposal is None else proposal.commands
    return [(one.entity_id, one.service) for one in commands]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "There is no need to turn on the floor lamp."),
        ("en", "You don't need to turn on the floor lamp."),
        ("en", "Turn on the floor lamp? No."),
        ("de", "Mach die Stehlampe nicht an."),
        ("de", "Schalte die Stehlampe bitte nicht wieder ein."),
        ("de", "Hör auf, die Stehlampe einzuschalten."),
        ("de", "Die Stehlampe an? Nein."),
        ("zh", "我没说打开落地灯。"),
        ("zh", "落地灯不需要打开。"),
        ("zh", "没必要打开落地灯。"),
        ("zh", "别打开落地灯。"),
    ],
)
def test_what_is_denied_is_not_done(language: str, text: str) -> None:
    """Test that "not" counts wherever a language puts it."""
    assert done(SimulatedHome(language), text) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Turn off the lights but not the"),
        ("en", "Turn off everything here except"),
        ("de", "Mach hier alles aus außer"),
        ("de", "Mach alle Lichter aus aber nicht die"),
        ("zh", "把灯关了但是别关"),
        ("zh", "这里全部关掉除了"),
    ],
)
def test_what_is_cut_off_is_not_done(language: str, text: str) -> None:
    """Test that nothing is done while an exception is missing."""
    home = SimulatedHome(language)
    home.say({"en": "turn on the lights", "de": "Licht an", "zh": "开灯"}[language])
    assert done(home, text) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Should I turn on the TV?"),
        ("en", "Do you think we should turn on the TV?"),
        ("de", "Soll ich den Fernseher einschalten?"),
        ("zh", "我要不要打开电视？"),  # noqa: RUF001 - Chinese punctuation
        ("en", "What happens if I turn on the TV?"),
        ("de", "Was passiert, wenn wir den Fernseher einschalten?"),
        ("zh", "打开电视会怎么样？"),  # noqa: RUF001 - Chinese punctuation
    ],
)
def test_whether_there_should_be_an_order_is_none(language: str, text: str) -> None:
    """Test that a question whether to do something does not do it."""
    home = SimulatedHome(language)
    assert done(home, text) == []
    proposal = home.interpreter.propose(text)
    assert proposal is not None
    assert proposal.key == "only_asked"


def test_a_question_tag_denies_nothing() -> None:
    """Test that "ne?" at the end of an order wants to be agreed to."""
    home = SimulatedHome("de")
    assert done(home, "Mach den Fernseher an.") == [("media_player.tv", "turn_on")]
    assert done(home, "Mach die Stehlampe an, ne?") == [("light.floor", "turn_on")]


def test_a_refusal_does_not_swallow_the_order_after_it() -> None:
    """Test that "lass das" and "mach es" belong to what follows."""
    home = SimulatedHome("de")
    text = "Mach alle Lichter aus, aber lass das Deckenlicht an."
    assert ("light.ceiling", "turn_off") not in done(home, text)
    home = SimulatedHome("de")
    home.say("Mach den Fernseher und die Stehlampe an")
    assert done(home, "Mach es wieder aus.") == []


def test_an_order_with_an_exception_answers_no_question() -> None:
    """Test that what shall stay on is not taken for the answer to "which one"."""
    home = SimulatedHome("de")
    home.say("Mach den Fernseher und die Stehlampe an")
    assert done(home, "Mach es wieder aus.") == []
    text = "Mach alle Lichter aus, aber lass die Stehlampe an."
    assert ("light.floor", "turn_off") not in done(home, text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "For all the lights on."),
        ("en", "For the floor lamp on?"),
        ("en", "Of all the lights off."),
        ("en", "Our all the lights on"),
        ("de", "Für alle Lichter an."),
        ("de", "Von allen Lichtern an"),
    ],
)
def test_an_odd_beginning_is_no_order(language: str, text: str) -> None:
    """Test that a question that was heard wrongly turns nothing on."""
    home = SimulatedHome(language)
    assert done(home, text) == []
    assert home.interpreter.propose(text) is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "For me, the floor lamp on"),
        ("en", "For now turn the floor lamp on"),
        ("en", "In the living room, the floor lamp on"),
        ("en", "Our floor lamp on please"),
        ("de", "Im Wohnzimmer die Stehlampe an"),
    ],
)
def test_orders_begin_with_a_place_or_a_verb(language: str, text: str) -> None:
    """Test that other beginnings still do what they say."""
    home = SimulatedHome(language)
    assert done(home, text) == [("light.floor", "turn_on")]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "So the floor lamp is 70%."),
        ("de", "Die Stehlampe ist 70 Prozent."),
    ],
)
def test_a_claim_is_no_question(language: str, text: str) -> None:
    """Test that an order that was heard wrongly is not answered."""
    home = SimulatedHome(language)
    assert home.interpreter.propose(text) is None
    asked = home.interpreter.propose(text.replace(".", "?"))
    assert asked is not None
    assert asked.kind == "question"
