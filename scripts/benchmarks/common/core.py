"""Home Assistant's core, with nothing but the components that a benchmark asks."""

from __future__ import annotations

import contextlib
import socket
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
    # Another Home Assistant may run on this machine, with the usual port.
    config = {"http": {"server_host": "127.0.0.1", "server_port": _free_port()}}
    try:
        for component in ("homeassistant", "conversation", *components):
            assert await async_setup_component(hass, component, config)
        yield hass
    finally:
        await hass.async_stop(force=True)


def _free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
