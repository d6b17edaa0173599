"""Aliases: which entity a misheard name may have meant, and names that are learned."""

from collections.abc import Collection

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import intent

from ..languages import bare_words
from .gather import async_exposed_names
from .likeness import SimilarName, find_misheard, find_similar


async def async_find_meant(hass: HomeAssistant, text: str) -> SimilarName | None:
    """Return the name that a sentence may have meant if it was not understood."""
    return await hass.async_add_executor_job(
        find_similar, text, async_exposed_names(hass)
    )


async def async_find_misheard(
    hass: HomeAssistant, text: str, meant: Collection[str]
) -> SimilarName | None:
    """Return what stands in an order for the entity that was meant but not found."""
    return await hass.async_add_executor_job(
        find_misheard, text, meant, async_exposed_names(hass)
    )


@callback
def can_learn(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether an entity exists and can be given aliases."""
    entry = er.async_get(hass).async_get(entity_id)
    return entry is not None and hass.states.get(entity_id) is not None


@callback
def async_learn(hass: HomeAssistant, entity_id: str, alias: str) -> bool:
    """Give an entity an alias; return False if it already has that name."""
    registry = er.async_get(hass)
    entry, state = registry.async_get(entity_id), hass.states.get(entity_id)
    if entry is None or state is None:
        return False
    known = intent.async_get_entity_aliases(hass, entry, state=state)
    if bare_words(alias) in {bare_words(name) for name in known}:
        return False
    registry.async_update_entity(entity_id, aliases=[*entry.aliases, alias])
    return True
