"""Learning other names for what is in the house."""

from typing import Final

import voluptuous as vol
from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import intent

from ..const import MAX_MESSAGE_CHARACTERS
from ..filters import plain
from ..names import Name, guess
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
    """Return which name a sentence may have meant that was not understood."""
    names = list(_names(hass))
    found = await hass.async_add_executor_job(guess, call.data["text"], names)
    if found is None:
        return {"entity_id": None, "name": None, "heard": None, "likeness": None}
    return {
        "entity_id": found.name.entity_id,
        "name": found.name.text,
        "heard": found.heard,
        "likeness": found.likeness,
    }


def _names(hass: HomeAssistant) -> list[Name]:
    """Return the names of everything that the assistant may use."""
    registry = er.async_get(hass)
    names = []
    for state in hass.states.async_all():
        if not async_should_expose(hass, "conversation", state.entity_id):
            continue
        entry = registry.async_get(state.entity_id)
        names += [
            Name(state.entity_id, text)
            for text in intent.async_get_entity_aliases(hass, entry, state=state)
        ]
    return names


async def async_add_alias(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Give an entity one more name."""
    entity_id: str = call.data[ATTR_ENTITY_ID]
    alias: str = call.data["alias"]
    registry = er.async_get(hass)
    entry, state = registry.async_get(entity_id), hass.states.get(entity_id)
    if entry is None or state is None:
        raise invalid(Wrong.UNKNOWN_ENTITY, entity_id=entity_id)
    known = intent.async_get_entity_aliases(hass, entry, state=state)
    is_new = plain(alias) not in {plain(name) for name in known}
    if is_new:
        registry.async_update_entity(entity_id, aliases=[*entry.aliases, alias])
    return {"added": is_new}
