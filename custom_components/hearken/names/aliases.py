"""Names of what is in the house, and how more are learned."""

from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import intent

from ..exchanges.filters import plain
from .likeness import Guess, Name, guess


async def async_guess_meant(hass: HomeAssistant, text: str) -> Guess | None:
    """Return which name a sentence may have meant that was not understood."""
    return await hass.async_add_executor_job(guess, text, list(_names(hass)))


@callback
def can_learn(hass: HomeAssistant, entity_id: str) -> bool:
    """Tell whether an entity exists and can be given names."""
    entry = er.async_get(hass).async_get(entity_id)
    return entry is not None and hass.states.get(entity_id) is not None


@callback
def async_learn(hass: HomeAssistant, entity_id: str, alias: str) -> bool:
    """Give an entity one more name; tell whether it is a new one."""
    registry = er.async_get(hass)
    entry, state = registry.async_get(entity_id), hass.states.get(entity_id)
    if entry is None or state is None:
        return False
    known = intent.async_get_entity_aliases(hass, entry, state=state)
    if plain(alias) in {plain(name) for name in known}:
        return False
    registry.async_update_entity(entity_id, aliases=[*entry.aliases, alias])
    return True


@callback
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
