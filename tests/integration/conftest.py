"""What the tests of the integration share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

# Imported first: the test plugin brings a package of the same name.
import custom_components.hearken as _integration  # noqa: F401
from custom_components.hearken.const import CONF_KEY, CONF_KIND, DOMAIN
from tests.simulators.peer import HOST
from tests.simulators.satellite import SatelliteSimulator
from tests.simulators.speech_server import SpeechServer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from homeassistant.core import HomeAssistant, ServiceCall


def state_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity that has to be there."""
    state = hass.states.get(entity_id)
    assert state is not None
    return state.state


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Give Home Assistant a folder of its own."""
    folder = tmp_path / "config"
    folder.mkdir()
    return str(folder)


@pytest.fixture(autouse=True)
async def _house(hass: HomeAssistant, enable_custom_integrations: None) -> None:
    """Set up what every Home Assistant has."""
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "conversation", {})


@pytest.fixture
async def server(socket_enabled: None) -> AsyncGenerator[SpeechServer]:
    """Run a simulated speech server."""
    async with SpeechServer() as running:
        yield running


@pytest.fixture
async def satellite(socket_enabled: None) -> AsyncGenerator[SatelliteSimulator]:
    """Run a simulated satellite."""
    async with SatelliteSimulator() as running:
        yield running


@pytest.fixture
def server_entry(hass: HomeAssistant, server: SpeechServer) -> MockConfigEntry:
    """Add the simulated speech server, without setting it up."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title=server.welcome.name,
        unique_id=server.welcome.id,
        data={CONF_KIND: "server", CONF_HOST: HOST, CONF_PORT: server.port},
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
def satellite_entry(
    hass: HomeAssistant, satellite: SatelliteSimulator
) -> MockConfigEntry:
    """Add the simulated satellite, without setting it up."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title=satellite.welcome.name,
        unique_id=satellite.welcome.id,
        data={
            CONF_KIND: "satellite",
            CONF_HOST: HOST,
            CONF_PORT: satellite.port,
            CONF_KEY: satellite.key,
        },
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
async def running_server(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> SpeechServer:
    """Set up the simulated speech server."""
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await hass.async_block_till_done()
    return server


@pytest.fixture
async def running_satellite(
    hass: HomeAssistant,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> SatelliteSimulator:
    """Set up the simulated satellite."""
    assert await hass.config_entries.async_setup(satellite_entry.entry_id)
    await hass.async_block_till_done()
    await satellite.wait_for("run-satellite")
    return satellite


@pytest.fixture
def light_calls(hass: HomeAssistant) -> list[ServiceCall]:
    """Put a light into the kitchen and return what is done to it."""
    hass.states.async_set("light.kitchen", "off", {"friendly_name": "Kitchen light"})
    calls: list[ServiceCall] = async_mock_service(hass, "light", "turn_on")
    return calls
