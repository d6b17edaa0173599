"""Test what Home Assistant's own agent may not carry out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homeassistant.components.conversation import ConversationInput
from homeassistant.core import Context
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from custom_components.hearken.dialogue.core import CoreReader
from custom_components.hearken.dialogue.risk import Risk

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


@pytest.fixture(autouse=True)
async def _furniture(hass: HomeAssistant) -> None:
    """Add a light to the kitchen."""
    assert await async_setup_component(hass, "conversation", {})
    area = ar.async_get(hass).async_create("Kitchen")
    light = er.async_get(hass).async_get_or_create(
        "light", "test", "1", suggested_object_id="kitchen"
    )
    er.async_get(hass).async_update_entity(light.entity_id, area_id=area.id)
    hass.states.async_set(light.entity_id, "on", {"friendly_name": "Kitchen light"})


@pytest.mark.parametrize(
    ("text", "may_act"),
    [
        ("kitchen 1 percent", True),
        ("kitchen fifty", True),
        ("the kitchen one", False),
        ("kitchen light one", False),
        ("good night", False),
    ],
)
async def test_pronoun_is_no_percentage(
    hass: HomeAssistant, text: str, *, may_act: bool
) -> None:
    """Somebody who says "the kitchen one" names a light, and does not dim it."""
    sentence = ConversationInput(
        text=text,
        context=Context(),
        conversation_id=None,
        device_id=None,
        satellite_id=None,
        language="en",
        agent_id="conversation.hearken",
    )
    read = await CoreReader(hass, lambda _: Risk.NONE).async_read(sentence)
    assert (read.risk is Risk.NONE) is may_act
