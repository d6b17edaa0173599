"""Test that words that may be anything are asked about if they were not heard well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.hearken.satellite.run_context import RunContext, enter_run
from tests.integration.dialogue.talk import Talk, begin

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

HOUSE = {"light.counter": "Counter light", "light.bed": "Bed lamp"}
SENTENCES = {
    "en": ("Add bacon powder to my shopping list.", "bacon powder", "yes", "no"),
    "de": ("Setze Bananen auf meine Einkaufsliste.", "Bananen", "ja", "nein"),
    "zh-CN": ("把牛奶加到购物清单", "牛奶", "是的", "不是"),
}
QUESTIONS = {
    "en": "Did you say: Add bacon powder to my shopping list?",
    "de": "Hast du gesagt: Setze Bananen auf meine Einkaufsliste?",
    "zh-CN": "你是说“把牛奶加到购物清单”吗\uff1f",
}


async def begin_with_list(hass: HomeAssistant, language: str) -> Talk:
    """Begin a conversation in a house with a shopping list."""
    hass.config.language = language
    talk = await begin(hass, language, HOUSE)
    await async_setup_component(hass, "intent", {})
    entry = MockConfigEntry(domain="shopping_list", title="Shopping list")
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return talk


def listed(hass: HomeAssistant) -> list[str]:
    """Return what is on the list."""
    (entry,) = hass.config_entries.async_entries("shopping_list")
    return [item["name"] for item in entry.runtime_data.items]


def heard(text: str, *, is_sure: bool = False) -> None:
    """Let speech-to-text have heard this."""
    run = RunContext()
    run.notes.unsure = "" if is_sure else text
    enter_run(run)


def doubt(text: str) -> None:
    """Let speech-to-text doubt that anybody said this."""
    run = RunContext()
    run.notes.doubted = text
    enter_run(run)


@pytest.mark.parametrize("language", list(SENTENCES))
async def test_unsure_words_are_asked_about(hass: HomeAssistant, language: str) -> None:
    """A yes adds them, however sure it is itself; nothing before that."""
    sentence, item, yes, no = SENTENCES[language]
    talk = await begin_with_list(hass, language)
    heard(sentence)
    assert await talk.ask(sentence) == QUESTIONS[language]
    assert listed(hass) == []
    heard(no)
    await talk.ask(no)
    assert listed(hass) == []
    heard(sentence)
    assert await talk.ask(sentence) == QUESTIONS[language]
    heard(yes)
    await talk.ask(yes)
    assert [one.casefold() for one in listed(hass)] == [item.casefold()]


async def test_sure_words_are_not(hass: HomeAssistant) -> None:
    """What was heard well, or typed after something else was heard, is added."""
    sentence, item, *_ = SENTENCES["en"]
    talk = await begin_with_list(hass, "en")
    heard(sentence, is_sure=True)
    await talk.ask(sentence)
    heard("another sentence")
    await talk.ask(sentence)
    assert [one.casefold() for one in listed(hass)] == [item, item]


async def test_words_of_the_house_are_not(hass: HomeAssistant) -> None:
    """A name of the house is known, so it was heard well enough."""
    talk = await begin_with_list(hass, "en")
    heard("turn on the counter light")
    await talk.ask("turn on the counter light")
    assert talk.done == ["light.counter"]


async def test_something_else_cancels(hass: HomeAssistant) -> None:
    """Another sentence is neither yes nor no: nothing is added."""
    talk = await begin_with_list(hass, "en")
    heard(SENTENCES["en"][0])
    await talk.ask(SENTENCES["en"][0])
    await talk.ask("turn on the counter light")
    await talk.ask("yes")
    assert listed(hass) == []
    assert talk.done == ["light.counter"]


async def test_it_asks_twice_at_most(hass: HomeAssistant) -> None:
    """Whoever is not understood a third time is told so."""
    talk = await begin_with_list(hass, "en")
    heard(SENTENCES["en"][0])
    answers = [await talk.ask(SENTENCES["en"][0]) for _ in range(3)]
    assert answers[:2] == [QUESTIONS["en"], f"Okay, I will not. {QUESTIONS['en']}"]
    assert not answers[2].endswith("?")
    assert listed(hass) == []


async def test_doubted_command_is_asked_about(hass: HomeAssistant) -> None:
    """What may not have been said at all is done after a yes, and not after a no."""
    text = "turn on the counter light"
    talk = await begin_with_list(hass, "en")
    for answer, done in (("no", []), ("yes", ["light.counter"])):
        doubt(text)
        assert await talk.ask(text) == f"Did you say: {text}?"
        assert talk.done == []
        heard(answer, is_sure=True)
        await talk.ask(answer)
        assert talk.done == done


async def test_an_answer_is_not_doubted(hass: HomeAssistant) -> None:
    """What is said while a question is open is not asked about once more."""
    talk = await begin_with_list(hass, "en")
    heard(SENTENCES["en"][0])
    await talk.ask(SENTENCES["en"][0])
    doubt("turn on the counter light")
    await talk.ask("turn on the counter light")
    assert talk.done == ["light.counter"]
