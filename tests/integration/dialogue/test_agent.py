"""Test what the agent answers: cancelled questions, unknown names, short answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homeassistant.helpers.intent import IntentResponseErrorCode, IntentResponseType

from tests.integration.dialogue.talk import Talk, begin, spoken

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

HOUSE = {
    "light.counter": "Counter light",
    "light.bed": "Bed lamp",
    "cover.garage": "Garage door",
}
HAUS = {
    "light.counter": "Arbeitslicht",
    "light.bed": "Bettlampe",
    "cover.garage": "Garagentor",
}
CHINESE_HOUSE = {
    "light.counter": "台面灯",
    "light.bed": "床头灯",
    "cover.garage": "车库门",
}
NOT_DONE = "Okay, I will not."


@pytest.fixture
async def talk(hass: HomeAssistant) -> Talk:
    """Begin a conversation in English."""
    return await begin(hass, "en", HOUSE)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("no", NOT_DONE),
        ("thanks", NOT_DONE),
        ("the weather is nice today", NOT_DONE),
        ("turn on the counter light", f"{NOT_DONE} Turned on Counter light."),
        ("dim the garage door", f"{NOT_DONE} That is not possible with this device."),
        ("turn on the cownter light", NOT_DONE),
    ],
)
async def test_anything_else_cancels_a_question(
    talk: Talk, said: str, answer: str
) -> None:
    """It is said that it is cancelled, and "yes" means nothing afterward."""
    assert await talk.ask("open the garage door") == "Should I open Garage door?"
    assert await talk.ask(said) == answer
    await talk.say("yes")
    assert "cover.garage" not in talk.done


async def test_home_assistants_answer_cancels_a_question(talk: Talk) -> None:
    """What is not ours is answered, after the question was taken back."""
    await talk.say("open the garage door")
    answer = await talk.ask("what time is it")
    assert answer.startswith(f"{NOT_DONE} ")
    assert len(answer) > len(f"{NOT_DONE} ")
    await talk.say("yes")
    assert not talk.done


@pytest.mark.parametrize(
    ("language", "house", "said", "question", "answer", "meant"),
    [
        (
            *("en", HOUSE, "turn on the cownter light"),
            "Sorry, I do not know “cownter light”. Did you mean Counter light?",
            *("yes", "light.counter"),
        ),
        (
            *("en", HOUSE, "turn on the ped lamp"),
            "Sorry, I do not know “ped lamp”. Did you mean Bed lamp?",
            *("yes the bed lamp", "light.bed"),
        ),
        (
            *("de", HAUS, "mach das Arbeizlicht an"),
            "„arbeizlicht“ kenne ich nicht. Meinst du Arbeitslicht?",
            *("ja", "light.counter"),
        ),
        (
            *("zh-CN", CHINESE_HOUSE, "打开台面登"),
            "抱歉\uff0c我不知道“台面登”。你是说台面灯吗\uff1f",
            *("是的", "light.counter"),
        ),
    ],
)
async def test_nearest_name_is_offered(
    hass: HomeAssistant,
    language: str,
    house: dict[str, str],
    said: str,
    question: str,
    answer: str,
    meant: str,
) -> None:
    """Nothing is done before the answer, and it counts as not understood."""
    talk = await begin(hass, language, house)
    result = await talk.say(said)
    assert spoken(result) == question
    assert result.continue_conversation
    assert result.response.response_type is IntentResponseType.ERROR
    assert result.response.error_code is IntentResponseErrorCode.NO_INTENT_MATCH
    assert not talk.done
    await talk.say(answer)
    assert talk.done == [meant]


@pytest.mark.parametrize("answer", ["no", "thanks", "what a day", "the bed lamp"])
async def test_nearest_name_is_not_taken_without_a_yes(talk: Talk, answer: str) -> None:
    """Whatever else is said takes the question back."""
    await talk.say("turn on the cownter light")
    await talk.say(answer)
    await talk.say("yes")
    assert not talk.done


async def test_risky_orders_are_confirmed_after_the_name(talk: Talk) -> None:
    """To have meant a door is not yet to want it open."""
    assert (await talk.ask("open the garrage door")).endswith("you mean Garage door?")
    assert await talk.ask("yes") == "Should I open Garage door?"
    assert not talk.done
    await talk.say("yes")
    assert talk.done == ["cover.garage"]


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("turn on the xylophone", "Sorry, I do not know “xylophone”."),
        ("turn on the foo lamp please", "Sorry, I do not know “foo lamp”."),
        ("the weather is nice today", "Sorry, I did not understand that."),
        # Either could have been meant.
        ("turn on the foo light", "Sorry, I do not know “foo light”."),
    ],
)
async def test_what_is_not_known_is_said(
    hass: HomeAssistant, said: str, answer: str
) -> None:
    """Without a near name nothing is asked."""
    house = {"light.one": "Fox light", "light.two": "Fog light"}
    talk = await begin(hass, "en", house)
    result = await talk.say(said)
    assert spoken(result) == answer
    assert not result.continue_conversation
    assert result.response.error_code is IntentResponseErrorCode.NO_INTENT_MATCH


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("turn on the counter light", "Okay."),
        ("turn on the bed lamp", "Turned on Bed lamp."),
        ("turn on the counter light and the bed lamp", None),
        ("open the garage door", "Should I open Garage door?"),
        ("turn on the xylophone", "Sorry, I do not know “xylophone”."),
    ],
)
async def test_short_answers(
    hass: HomeAssistant, said: str, answer: str | None
) -> None:
    """Only what is done in the same room needs no words."""
    talk = await begin(hass, "en", HOUSE, short_answers=True)
    spoken_answer = await talk.ask(said)
    assert spoken_answer == (answer or "Turned on Counter light and Bed lamp.")


@pytest.mark.parametrize(
    ("language", "house", "said", "answer"),
    [
        ("de", HAUS, "mach das Arbeitslicht an", "Okay."),
        ("zh-CN", CHINESE_HOUSE, "打开台面灯", "好的。"),
    ],
)
async def test_short_answers_in_other_languages(
    hass: HomeAssistant, language: str, house: dict[str, str], said: str, answer: str
) -> None:
    """They are short in every language, and full without the option."""
    talk = await begin(hass, language, house, short_answers=True)
    assert await talk.ask(said) == answer
    assert talk.done == ["light.counter"]


async def test_a_failure_is_no_short_answer(hass: HomeAssistant) -> None:
    """What does not answer is told."""
    talk = await begin(hass, "en", HOUSE, short_answers=True)
    name = {"friendly_name": "Counter light"}
    hass.states.async_set("light.counter", "unavailable", name)
    answer = await talk.ask("turn on the counter light")
    assert answer == "Counter light does not answer."
