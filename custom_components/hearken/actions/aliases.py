"""Actions for names that are misheard."""

from typing import Final

import voluptuous as vol
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.helpers import config_validation as cv

from ..const import MAX_MESSAGE_CHARACTERS
from ..names.aliases import async_find_meant, async_learn, can_learn
from .finding import Wrong, invalid

MAX_ALIAS_CHARACTERS: Final = 100

GUESS_SCHEMA: Final = vol.Schema(
    {
        vol.Required("text"): vol.All(
            cv.string, vol.Length(min=1, max=MAX_MESSAGE_CHARACTERS)
        )
    }
)
ADD_ALIAS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_ENTITY_ID): cv.entity_id,
        vol.Required("alias"): vol.All(
            cv.string, str.strip, vol.Length(min=1, max=MAX_ALIAS_CHARACTERS)
        ),
    }
)


async def async_guess_name(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return the name that a sentence may have meant."""
    found = await async_find_meant(hass, call.data["text"])
    if found is None:
        return {"entity_id": None, "name": None, "heard": None, "likeness": None}
    return {
        "entity_id": found.name.entity_id,
        "name": found.name.text,
        "heard": found.heard,
        "likeness": found.likeness,
    }


async def async_add_alias(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Add an alias to an entity."""
    entity_id: str = call.data[ATTR_ENTITY_ID]
    if not can_learn(hass, entity_id):
        raise invalid(Wrong.UNKNOWN_ENTITY, entity_id=entity_id)
    return {"added": async_learn(hass, entity_id, call.data["alias"])}
