"""Home Assistant's core, with nothing but the components that a benchmark asks."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from homeassistant import auth, bootstrap, config_entries, core, loader
from homeassistant.setup import async_setup_component

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@contextlib.asynccontextmanager
async def running(folder: str, *components: str) -> AsyncIterator[core.HomeAssistant]:
    """Run an English Home Assistant with these components beside its own."""
    hass = core.HomeAssistant(folder)
    hass.config_entries = config_entries.ConfigEntries(hass, {})
    loader.async_setup(hass)
    await bootstrap.async_load_base_functionality(hass)
    hass.auth = await auth.auth_manager_from_config(hass, [], [])
    hass.config.language = "en"
    try:
        for component in ("homeassistant", "conversation", *components):
            assert await async_setup_component(hass, component, {})
        yield hass
    finally:
        await hass.async_stop(force=True)
