"""Removal of pipelines, and who takes over from the preferred one."""

from functools import partial

from homeassistant.components import conversation
from homeassistant.components.assist_pipeline.pipeline import (
    Pipeline,
    PipelineStorageCollection,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN
from ..server.issues import async_is_over
from .damage import PIPELINE_TROUBLES
from .names import INITIAL_NAME
from .records import ID, async_store, records_of


async def async_remove_pipelines(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete the pipelines that were created for the entry."""
    records = records_of(entry)
    if not records:
        return
    store = await async_store(hass)
    for record in records.values():
        async_is_over(hass, entry, *PIPELINE_TROUBLES, about=record[ID])
        await async_delete(hass, store, record[ID])


async def async_delete(
    hass: HomeAssistant, store: PipelineStorageCollection, pipeline_id: str
) -> None:
    """Delete a pipeline unless the owner already has."""
    if pipeline_id not in store.data:
        return
    if store.async_get_preferred_item() == pipeline_id:
        store.async_set_preferred_item(await _async_other(hass, store, pipeline_id))
    await store.async_delete_item(pipeline_id)


async def _async_other(
    hass: HomeAssistant, store: PipelineStorageCollection, pipeline_id: str
) -> str:
    """Return another pipeline to prefer; create one if there is none.

    One that understands speech comes first, with the same language and wake word if
    possible: that of another speech server takes over.
    """
    pipeline = store.data[pipeline_id]
    others = [p for p in store.data.values() if p.id != pipeline_id]
    if others:
        return min(others, key=partial(_distance, hass, pipeline)).id
    created = await store.async_create_item(
        {
            "name": INITIAL_NAME,
            "language": pipeline.language,
            "conversation_engine": conversation.HOME_ASSISTANT_AGENT,
            "conversation_language": pipeline.conversation_language,
            "stt_engine": None,
            "stt_language": None,
            "tts_engine": None,
            "tts_language": None,
            "tts_voice": None,
            "wake_word_entity": None,
            "wake_word_id": None,
        }
    )
    return created.id


@callback
def _distance(
    hass: HomeAssistant, removed: Pipeline, other: Pipeline
) -> tuple[bool, ...]:
    """Return what speaks against another pipeline, the weightiest first."""
    servers = hass.config_entries.async_entries(DOMAIN)
    ours = {record[ID] for entry in servers for record in records_of(entry).values()}
    state = hass.states.get(other.stt_engine) if other.stt_engine else None
    return (
        other.stt_engine is None,
        state is not None and state.state == STATE_UNAVAILABLE,
        other.language != removed.language,
        other.wake_word_entity is None,
        other.id not in ours,
        other.name != INITIAL_NAME,
    )
