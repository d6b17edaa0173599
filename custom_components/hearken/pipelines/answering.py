"""Who answers what our speech-to-text hears."""

from homeassistant.components.assist_pipeline import async_get_pipelines
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN


@callback
def async_asks_in_doubt(hass: HomeAssistant, stt_entity_id: str) -> bool:
    """Return whether our agent answers in all pipelines of a speech-to-text entity.

    It asks about what may not have been said. Others would do it at once.
    """
    registry = er.async_get(hass)
    agents = {
        pipeline.conversation_engine
        for pipeline in async_get_pipelines(hass)
        if pipeline.stt_engine == stt_entity_id
    }
    entries = [registry.async_get(agent) for agent in agents]
    return bool(entries) and all(
        entry is not None and entry.platform == DOMAIN for entry in entries
    )
