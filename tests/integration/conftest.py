"""Fixtures shared by the integration tests."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.entity import Entity
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

# Imported first: the test plugin contains a package of the same name.
import custom_components.hearken as _integration  # noqa: F401
from custom_components.hearken.const import CONF_KEY, CONF_KIND, CONF_TOKEN, DOMAIN
from tests.simulators.control_server import TOKEN, ControlServer
from tests.simulators.peer import HOST
from tests.simulators.satellite import SatelliteSimulator
from tests.simulators.speech_server import SpeechServer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from homeassistant.core import HomeAssistant, ServiceCall


def state_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an existing entity."""
    state = hass.states.get(entity_id)
    assert state is not None
    return state.state


def troubles(hass: HomeAssistant) -> set[str | None]:
    """Return Hearken's repairs in Home Assistant."""
    issues = ir.async_get(hass).issues.values()
    return {issue.translation_key for issue in issues if issue.domain == DOMAIN}


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Use a separate configuration folder."""
    folder = tmp_path / "config"
    folder.mkdir()
    return str(folder)


@pytest.fixture(autouse=True)
async def _house(
    hass: HomeAssistant, enable_custom_integrations: None
) -> AsyncGenerator[None]:
    """Set up the components that every Home Assistant has.

    Answers that are still being spoken end before Home Assistant stops, which does not
    wait for the tasks that it cancels.
    """
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "conversation", {})
    yield
    tasks = asyncio.all_tasks()
    speaking = [task for task in tasks if task.get_name().startswith("tts_load_data")]
    if speaking:
        await asyncio.wait(speaking, timeout=10)


@pytest.fixture
def all_entities_enabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enable entities that are disabled by default."""
    monkeypatch.setattr(
        Entity, "entity_registry_enabled_default", property(lambda _: True)
    )


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
async def control(
    server: SpeechServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[ControlServer]:
    """Run a simulated control API, without delays between retries."""
    module = "custom_components.hearken.client.lasting"
    monkeypatch.setattr(f"{module}.RECONNECT_MIN_SECONDS", 0.05)
    monkeypatch.setattr(f"{module}.RECONNECT_MAX_SECONDS", 0.1)
    monkeypatch.setattr(f"{module}.RECONNECT_REFUSED_MAX_SECONDS", 0.1)
    async with ControlServer() as running:
        server.welcome = replace(server.welcome, http_port=running.port)
        yield running


@pytest.fixture
async def control_entry(
    hass: HomeAssistant, server_entry: MockConfigEntry, control: ControlServer
) -> AsyncGenerator[MockConfigEntry]:
    """Return the server's config entry with its token.

    It is unloaded before the simulated server closes: an assertion in asyncio fails if
    a client connects at that moment, which here happens every 50 ms.
    """
    hass.config_entries.async_update_entry(
        server_entry, data={**server_entry.data, CONF_TOKEN: TOKEN}
    )
    yield server_entry
    if server_entry.state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(server_entry.entry_id)


@pytest.fixture
async def connected(
    hass: HomeAssistant, control_entry: MockConfigEntry, control: ControlServer
) -> ControlServer:
    """Set up the server with its live connection."""
    assert await hass.config_entries.async_setup(control_entry.entry_id)
    await hass.async_block_till_done()
    return control


@pytest.fixture
def light_calls(hass: HomeAssistant) -> list[ServiceCall]:
    """Add a light to the kitchen and return its service calls."""
    hass.states.async_set("light.kitchen", "off", {"friendly_name": "Kitchen light"})
    calls: list[ServiceCall] = async_mock_service(hass, "light", "turn_on")
    return calls
