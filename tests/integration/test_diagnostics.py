"""Test that diagnostics are useful and contain no secrets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)

from tests.simulators.peer import HOST

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry
    from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


async def test_server(
    hass: HomeAssistant,
    running_server: SpeechServer,
    server_entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """The server's capabilities are included, its address is not."""
    assert await async_setup_component(hass, "diagnostics", {})
    shown = await get_diagnostics_for_config_entry(hass, hass_client, server_entry)
    assert shown["available"] is True
    assert shown["welcome"]["version"] == "1.2.3"
    assert shown["info"]["asr"][0]["name"] == "simulated"
    assert shown["entry"]["host"] == "**REDACTED**"
    assert HOST not in json.dumps(shown)


async def test_satellite(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """The state of the connection is included, the key is not."""
    assert await async_setup_component(hass, "diagnostics", {})
    shown = await get_diagnostics_for_config_entry(hass, hass_client, satellite_entry)
    assert shown["available"] is True
    assert shown["connections"] == 1
    assert shown["entry"]["key"] == "**REDACTED**"
    assert running_satellite.key not in json.dumps(shown)
    assert running_satellite.key not in repr(satellite_entry.runtime_data)
