"""Hearken's conversation agent, without a speech server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.helpers.entity_component import DATA_INSTANCES

from custom_components.hearken.conversation import HearkenAgent

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


async def add_agent(hass: HomeAssistant) -> str:
    """Add the agent to Home Assistant; return its id."""
    agent = HearkenAgent()
    agent._attr_has_entity_name = False  # noqa: SLF001 - it has no device here
    agent.entity_id = "conversation.hearken"
    await hass.data[DATA_INSTANCES]["conversation"].async_add_entities([agent])
    return agent.entity_id
