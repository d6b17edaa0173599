"""Helpers for the tests of the Assist pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.components.assist_pipeline.pipeline import (
    Pipeline,
    async_get_pipelines,
)

from custom_components.hearken.const import CONF_LANGUAGES

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant


def ours(hass: HomeAssistant, name: str = "Hearken") -> Pipeline:
    """Return the pipeline of this name."""
    (pipeline,) = [p for p in async_get_pipelines(hass) if p.name == name]
    return pipeline


def names(hass: HomeAssistant) -> list[str]:
    """Return the names of all pipelines."""
    return sorted(pipeline.name for pipeline in async_get_pipelines(hass))


async def set_up(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Set the entry up."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


async def choose_languages(
    hass: HomeAssistant, entry: ConfigEntry, *languages: str
) -> dict[str, str]:
    """Choose languages in the options as the owner does; return the form's errors."""
    form = await hass.config_entries.options.async_init(entry.entry_id)
    result = await hass.config_entries.options.async_configure(
        form["flow_id"],
        {CONF_LANGUAGES: list(languages), "end_of_speech": "hearken"},
    )
    await hass.async_block_till_done()
    return dict(result.get("errors") or {})
