"""Test that diagnostics are useful and contain no secrets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)

from tests.integration.conftest import troubles
from tests.integration.waiting import until
from tests.simulators.peer import HOST

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry
    from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

    from tests.simulators.control_server import ControlServer
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
    assert shown["limits_reached"] == {"slowed_down": 0, "cut_off": 0}
    assert shown["issues"] == []


async def test_server_with_limits_and_repairs(
    hass: HomeAssistant,
    connected: ControlServer,
    control_entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """What the server refused and set aside is shown, and no names of the house."""
    await connected.change(
        state="problem",
        model_trouble="missing",
        set_aside=["wake.json"],
        connections={"wyoming": {"refused": 3}},
    )
    await until(lambda: "model_missing" in troubles(hass))
    control_entry.runtime_data.coordinator.address.reached.cut_off = 2
    assert await async_setup_component(hass, "diagnostics", {})
    shown = await get_diagnostics_for_config_entry(hass, hass_client, control_entry)
    assert "model_missing" in shown["issues"]
    assert shown["limits_reached"]["cut_off"] == 2
    status = shown["live"]["status"]
    assert status["set_aside"] == ["wake.json"]
    assert status["connections"] == {"wyoming": {"refused": 3}}
    assert "Speech" not in json.dumps(shown)
    assert "stt.speech" not in json.dumps(shown)


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
    assert "Kitchen" not in json.dumps(shown)
    assert shown["limits_reached"] == {"slowed_down": 0, "cut_off": 0}
    assert running_satellite.key not in repr(satellite_entry.runtime_data)
