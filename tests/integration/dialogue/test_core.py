"""Test what Home Assistant's own agent still does when ours does not know how."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homeassistant.components import conversation
from homeassistant.components.conversation.const import DATA_COMPONENT
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import intent
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.hearken.conversation import HearkenAgent

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

DEVICES: dict[str, tuple[str, str, dict[str, object]]] = {
    "light.floor_lamp": ("Floor lamp", "off", {"supported_color_modes": ["hs"]}),
    "light.reading_lamp": ("Reading lamp", "off", {"supported_color_modes": ["hs"]}),
    "climate.heating": (
        "Heating",
        "heat",
        {"supported_features": 1, "temperature": 20, "min_temp": 5, "max_temp": 30},
    ),
    "lock.back_door": ("Back door", "locked", {}),
}


@pytest.fixture(autouse=True)
async def _living_room(hass: HomeAssistant) -> None:
    """Add devices in one room, and the agent."""
    assert await async_setup_component(hass, "intent", {})
    for domain in ("light", "climate"):
        assert await async_setup_component(hass, domain, {})
    area = ar.async_get(hass).async_create("Living Room")
    registry = er.async_get(hass)
    for entity_id, (name, state, attributes) in DEVICES.items():
        domain, _, key = entity_id.partition(".")
        registry.async_get_or_create(
            domain, "test", key, suggested_object_id=key, original_name=name
        )
        registry.async_update_entity(
            entity_id, area_id=area.id, aliases=[er.COMPUTED_NAME]
        )
        async_expose_entity(hass, "conversation", entity_id, should_expose=True)
        hass.states.async_set(entity_id, state, attributes | {"friendly_name": name})
    await hass.data[DATA_COMPONENT].async_add_entities([HearkenAgent("test")])


async def _say(hass: HomeAssistant, text: str) -> intent.IntentResponseType:
    """Say something to our agent."""
    (agent_id,) = (
        one.entity_id
        for one in hass.states.async_all("conversation")
        if one.entity_id != conversation.HOME_ASSISTANT_AGENT
    )
    result = await conversation.async_converse(
        hass, text, None, Context(), language="en", agent_id=agent_id
    )
    return result.response.response_type


@pytest.mark.parametrize(
    ("text", "action", "field", "value"),
    [
        (
            "Set the living room brightness to 80%.",
            ("light", "turn_on"),
            "brightness_pct",
            80,
        ),
        (
            "Set the temperature in the living room to 18 degrees.",
            ("climate", "set_temperature"),
            "temperature",
            18,
        ),
    ],
)
async def test_whole_commands_of_others_are_carried_out(
    hass: HomeAssistant, text: str, action: tuple[str, str], field: str, value: int
) -> None:
    """What ours refuses as unclear is no less a command to Home Assistant's agent."""
    calls = async_mock_service(hass, *action)
    assert await _say(hass, text) is intent.IntentResponseType.ACTION_DONE
    await hass.async_block_till_done()
    assert calls
    assert {call.data[field] for call in calls} == {value}


@pytest.mark.parametrize(
    "text",
    [
        "Turn off the living room except the reading lamp and the kettle.",
        "Unlock the back door.",
        "Set it to 18 degrees.",
    ],
)
async def test_refusals_stay_refusals(hass: HomeAssistant, text: str) -> None:
    """What is risky or leans on nothing is not handed on."""
    calls = [
        async_mock_service(hass, domain, action)
        for domain, action in (
            ("light", "turn_off"),
            ("lock", "unlock"),
            ("homeassistant", "turn_off"),
            ("climate", "set_temperature"),
        )
    ]
    await _say(hass, text)
    await hass.async_block_till_done()
    assert not any(calls)


async def test_all_of_a_kind_is_the_whole_house(hass: HomeAssistant) -> None:
    """Home Assistant's agent says whether all lights are off, not only those here."""
    assert await _say(hass, "turn on the floor lamp") is not None
    hass.states.async_set("light.bed", "on", {"friendly_name": "Bed lamp"})
    agent_id = next(
        one.entity_id
        for one in hass.states.async_all("conversation")
        if one.entity_id != conversation.HOME_ASSISTANT_AGENT
    )
    result = await conversation.async_converse(
        hass, "Are all the lights off?", None, Context(), "en", agent_id
    )
    answer = result.response.speech["plain"]["speech"]
    assert answer.startswith("No, Bed lamp")
