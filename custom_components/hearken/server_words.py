"""The wake words of the speech server that a pipeline listens with."""

from homeassistant.components.assist_pipeline.pipeline import Pipeline
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .client.abilities import WakeWord
from .const import DOMAIN
from .data import ServerData


@callback
def async_words_of(hass: HomeAssistant, pipeline: Pipeline) -> tuple[WakeWord, ...]:
    """Return the words, none where another engine listens or the server is gone."""
    if pipeline.wake_word_entity is None:
        return ()
    entity = er.async_get(hass).async_get(pipeline.wake_word_entity)
    if entity is None or entity.platform != DOMAIN or not entity.config_entry_id:
        return ()
    entry = hass.config_entries.async_get_entry(entity.config_entry_id)
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        return ()
    data = entry.runtime_data
    if not isinstance(data, ServerData):
        return ()
    return data.coordinator.abilities.wake_words
