"""Damage to our pipelines that is repaired only when the owner asks for it."""

from collections.abc import Iterator
from typing import Final

from homeassistant.components import conversation
from homeassistant.components.assist_pipeline.pipeline import (
    Pipeline,
    PipelineStorageCollection,
    async_update_pipeline,
)
from homeassistant.components.conversation import HOME_ASSISTANT_AGENT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..server.issues import Trouble
from .names import unique_name
from .parts import OURS, OurEntities, PipelineParts

PIPELINE_TROUBLES: Final = (
    Trouble.PIPELINE_AGENT_GONE,
    Trouble.PIPELINE_ENTITY_DISABLED,
    Trouble.PIPELINE_NAME_TAKEN,
)


@callback
def async_find_damage(
    hass: HomeAssistant,
    store: PipelineStorageCollection,
    pipeline: Pipeline,
    ours: OurEntities,
) -> dict[Trouble, str]:
    """Return the troubles of a pipeline, each with the name of what causes it."""
    found: dict[Trouble, str] = {}
    agent = pipeline.conversation_engine
    if (
        hass.is_running
        and er.async_get(hass).async_get(agent) is None
        and conversation.async_get_agent_info(hass, agent) is None
    ):
        found[Trouble.PIPELINE_AGENT_GONE] = agent
    if disabled := list(_disabled(hass, pipeline, ours)):
        found[Trouble.PIPELINE_ENTITY_DISABLED] = ", ".join(disabled)
    if any(
        other.name == pipeline.name and other.id != pipeline.id
        for other in store.data.values()
    ):
        found[Trouble.PIPELINE_NAME_TAKEN] = pipeline.name
    return found


async def async_repair_damage(
    hass: HomeAssistant,
    store: PipelineStorageCollection,
    pipeline: Pipeline,
    parts: PipelineParts,
) -> None:
    """Repair all damage to a pipeline."""
    ours = parts.our_entities()
    damage = async_find_damage(hass, store, pipeline, ours)
    if Trouble.PIPELINE_ENTITY_DISABLED in damage:
        registry = er.async_get(hass)
        for entity_id in _disabled(hass, pipeline, ours):
            registry.async_update_entity(entity_id, disabled_by=None)
    if Trouble.PIPELINE_AGENT_GONE in damage:
        await async_update_pipeline(
            hass,
            pipeline,
            conversation_engine=HOME_ASSISTANT_AGENT,
            conversation_language=parts.conversation_language(pipeline.language),
        )
    if Trouble.PIPELINE_NAME_TAKEN in damage:
        pipeline = store.data[pipeline.id]
        names = [other.name for other in store.data.values()]
        await async_update_pipeline(
            hass, pipeline, name=unique_name(names, pipeline.name)
        )


def _disabled(
    hass: HomeAssistant, pipeline: Pipeline, ours: OurEntities
) -> Iterator[str]:
    """Yield our entities that the pipeline uses and that are disabled."""
    registry = er.async_get(hass)
    for field in OURS:
        entity_id = getattr(pipeline, field)
        if entity_id is None or entity_id != ours[field]:
            continue
        entry = registry.async_get(entity_id)
        if entry is not None and entry.disabled_by is not None:
            yield entity_id
