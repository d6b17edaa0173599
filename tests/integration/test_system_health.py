"""Test the system health information."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import get_system_health_info

from custom_components.hearken.const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from custom_components.hearken.data import ServerData
    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


@pytest.fixture(autouse=True)
async def _system_health(hass: HomeAssistant) -> None:
    """Set up system health."""
    assert await async_setup_component(hass, "system_health", {})


async def test_server_without_token(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The version and the missing live connection are shown."""
    assert await get_system_health_info(hass, DOMAIN) == {
        "servers": 1,
        "satellites": 1,
        "not_loaded": 0,
        "server 1": "1.2.3, no live connection",
    }


async def test_server_that_is_gone(
    hass: HomeAssistant, running_server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """A server that does not answer is shown."""
    await running_server.stop()
    data: ServerData = server_entry.runtime_data
    await data.coordinator.async_refresh()
    health = await get_system_health_info(hass, DOMAIN)
    assert health["server 1"] == "not connected"


async def test_entry_that_is_not_loaded(
    hass: HomeAssistant, server_entry: MockConfigEntry
) -> None:
    """Entries that are not loaded are counted."""
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.config_entries.async_unload(server_entry.entry_id)
    health = await get_system_health_info(hass, DOMAIN)
    assert health["not_loaded"] == 1
    assert health["servers"] == 0
