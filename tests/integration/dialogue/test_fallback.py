"""What the owner's own agent gets: whatever nobody else is sure about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homeassistant.setup import async_setup_component

from tests.integration.agent import SlowAgent
from tests.integration.dialogue.talk import begin

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

HOUSES = {
    "en": {"light.counter": "Counter light", "cover.garage": "Garage door"},
    "de": {"light.counter": "Arbeitslicht", "cover.garage": "Garagentor"},
    "zh": {"light.counter": "台面灯", "cover.garage": "车库门"},
}


async def with_agent(hass: HomeAssistant) -> SlowAgent:
    """Return an agent that the owner chose."""
    agent = SlowAgent()
    assert await async_setup_component(hass, "conversation", {})
    await hass.data["conversation"].async_add_entities([agent])
    return agent


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "turn it off"),
        ("en", "it is too loud in here"),
        ("de", "mach es aus"),
        ("de", "wie wird das Wetter in Rom"),
        ("zh", "把它关掉"),
    ],
)
async def test_it_gets_what_ours_is_not_sure_about(
    hass: HomeAssistant, language: str, text: str
) -> None:
    """Test that a refusal of ours does not come before another agent's answer."""
    agent = await with_agent(hass)
    talk = await begin(hass, language, HOUSES[language], fallback_agent=agent.entity_id)
    assert await talk.ask(text) == f"Answer to {text}"
    assert len(agent.remembered) == 1
    assert talk.done == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "dim the garage door"),
        ("en", "somehow open the garage door a crack for the cat"),
        ("de", "mach irgendwie das Garagentor für die Katze auf"),
        ("zh", "随便想个办法打开车库门"),
    ],
)
async def test_it_does_nothing_risky_unasked(
    hass: HomeAssistant, language: str, text: str
) -> None:
    """Test that a sentence about something risky is not handed on."""
    agent = await with_agent(hass)
    talk = await begin(hass, language, HOUSES[language], fallback_agent=agent.entity_id)
    await talk.say(text)
    assert agent.remembered == []
    assert talk.done == []
    # About anything else, it is asked.
    await talk.say("tell me a story about a fox")
    assert len(agent.remembered) == 1


@pytest.mark.parametrize(
    ("language", "text", "refusal"),
    [
        ("en", "turn it off", "Sorry, I did not understand that."),
        ("de", "mach es aus", "Das habe ich leider nicht verstanden."),
    ],
)
async def test_without_one_ours_says_what_it_is_not_sure_about(
    hass: HomeAssistant, language: str, text: str, refusal: str
) -> None:
    """Test that the refusal is kept if nobody else answers."""
    talk = await begin(hass, language, HOUSES[language])
    assert await talk.ask(text) == refusal
