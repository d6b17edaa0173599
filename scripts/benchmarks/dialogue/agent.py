"""Hearken's conversation agent and schedule, without a speech server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.helpers.entity_component import DATA_INSTANCES

from custom_components.hearken.conversation import HearkenAgent
from custom_components.hearken.schedule import async_get_schedule
from custom_components.hearken.schedule.languages import async_load_languages

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


async def add_agent(hass: HomeAssistant) -> str:
    """Add the agent to Home Assistant; return its id."""
    await async_load_languages(hass)
    await async_get_schedule(hass).async_start()
    agent = HearkenAgent()
    agent.entity_id = "conversation.hearken"
    await hass.data[DATA_INSTANCES]["conversation"].async_add_entities([agent])
    return agent.entity_id
