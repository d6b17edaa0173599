"""Records of the pipelines that were created for a speech server."""

from typing import Any, Final

from homeassistant.components.assist_pipeline.pipeline import (
    KEY_ASSIST_PIPELINE,
    PipelineStorageCollection,
    async_setup_pipeline_store,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..const import CONF_LANGUAGES, CONF_PIPELINES

ID: Final = "id"
IS_FALLBACK: Final = "is_fallback"
"""Set if the model did not know the wanted language, so another one was used."""

type Records = dict[str, dict[str, Any]]


def records_of(entry: ConfigEntry) -> Records:
    """Return the records of an entry, by language."""
    return {**entry.data.get(CONF_PIPELINES, {})}


@callback
def wanted_languages(hass: HomeAssistant, entry: ConfigEntry) -> list[str]:
    """Return the languages for which there should be pipelines."""
    chosen: list[str] | None = entry.options.get(CONF_LANGUAGES)
    if chosen is not None:
        return chosen
    records = records_of(entry)
    if all(record.get(IS_FALLBACK) for record in records.values()):
        return [hass.config.language]
    return list(records)


@callback
def records_that_exist(hass: HomeAssistant, entry: ConfigEntry) -> Records:
    """Return the records without those of pipelines that the owner deleted."""
    records, data = records_of(entry), hass.data.get(KEY_ASSIST_PIPELINE)
    if data is None:
        return records
    there = data.pipeline_store.data
    return {one: record for one, record in records.items() if record[ID] in there}


async def async_migrated_data(
    hass: HomeAssistant, entry: ConfigEntry
) -> dict[str, Any]:
    """Return the data of an entry, migrated from when it had only one pipeline."""
    data = dict(entry.data)
    record: dict[str, Any] | None = data.pop("pipeline", None)
    if record is not None:
        pipeline = (await async_store(hass)).data.get(record[ID])
        language = pipeline.language if pipeline else hass.config.language
        data[CONF_PIPELINES] = {language: record}
    return data


async def async_store(hass: HomeAssistant) -> PipelineStorageCollection:
    """Return Home Assistant's storage collection of pipelines."""
    return (await async_setup_pipeline_store(hass)).pipeline_store
