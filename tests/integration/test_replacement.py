"""Test speech servers that take the place of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components.assist_pipeline.pipeline import (
    async_get_pipeline,
    async_get_pipelines,
)
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.hearken.const import CONF_KIND, CONF_TOKEN, DOMAIN
from tests.integration.conftest import state_of
from tests.simulators.peer import HOST
from tests.simulators.speech_server import SpeechServer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from homeassistant.core import HomeAssistant

    from tests.simulators.satellite import SatelliteSimulator

STT = "stt.speech_speech_to_text"


@pytest.fixture(name="second")
async def second_fixture(socket_enabled: None) -> AsyncGenerator[SpeechServer]:
    """Run another speech server of the same name."""
    async with SpeechServer() as running:
        running.rename("server-2")
        yield running


async def reconfigure(
    hass: HomeAssistant, entry: MockConfigEntry, server: SpeechServer
) -> dict[str, object]:
    """Enter the address of another server, and agree."""
    result = await entry.start_reconfigure_flow(hass)
    configure = hass.config_entries.flow.async_configure
    address = {CONF_HOST: HOST, CONF_PORT: server.port}
    result = await configure(result["flow_id"], address)
    if result.get("step_id") == "replace_server":
        result = await configure(result["flow_id"], {})
    await hass.async_block_till_done()
    return dict(result)


async def add(hass: HomeAssistant, server: SpeechServer) -> dict[str, Any]:
    """Add a server by its address, and return the result."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    configure = hass.config_entries.flow.async_configure
    result = await configure(result["flow_id"], {"next_step_id": "server"})
    address = {CONF_HOST: HOST, CONF_PORT: server.port}
    result = await configure(result["flow_id"], address)
    await hass.async_block_till_done()
    return dict(result)


async def test_everything_stays_when_the_server_is_replaced(
    hass: HomeAssistant,
    running_server: SpeechServer,
    server_entry: MockConfigEntry,
    second: SpeechServer,
) -> None:
    """Names, areas, entity IDs and assistants belong to the new server."""
    hass.config_entries.async_update_entry(
        server_entry, data={**server_entry.data, CONF_TOKEN: "of the first"}
    )
    entities = er.async_get(hass)
    entities.async_update_entity(STT, name="Ears", new_entity_id="stt.ears")
    await hass.async_block_till_done()
    devices = dr.async_get(hass)
    (device,) = dr.async_entries_for_config_entry(devices, server_entry.entry_id)
    area = ar.async_get(hass).async_create("Cellar")
    devices.async_update_device(device.id, area_id=area.id, name_by_user="Brain")
    before = {entity.entity_id for entity in entities.entities.values()}
    pipelines = async_get_pipelines(hass)

    result = await reconfigure(hass, server_entry, second)
    assert result["reason"] == "reconfigure_successful"
    assert server_entry.unique_id == "server-2"
    assert server_entry.state is ConfigEntryState.LOADED
    assert server_entry.data[CONF_PORT] == second.port
    assert CONF_TOKEN not in server_entry.data
    (kept,) = dr.async_entries_for_config_entry(devices, server_entry.entry_id)
    assert (kept.id, kept.area_id, kept.name_by_user) == (device.id, area.id, "Brain")
    assert {entity.entity_id for entity in entities.entities.values()} == before
    assert async_get_pipelines(hass) == pipelines
    assert async_get_pipeline(hass).stt_engine == "stt.ears"
    assert state_of(hass, "stt.ears") != "unavailable"


async def test_server_that_is_set_up_replaces_no_other(
    hass: HomeAssistant,
    running_server: SpeechServer,
    server_entry: MockConfigEntry,
    second: SpeechServer,
) -> None:
    """Two entries cannot be the same server."""
    MockConfigEntry(domain=DOMAIN, unique_id="server-2").add_to_hass(hass)
    result = await reconfigure(hass, server_entry, second)
    assert result["reason"] == "replacement_configured"
    assert server_entry.unique_id == "server-1"


async def test_other_server_takes_over_when_one_is_removed(
    hass: HomeAssistant,
    running_server: SpeechServer,
    server_entry: MockConfigEntry,
    running_satellite: SatelliteSimulator,
    second: SpeechServer,
) -> None:
    """The second server has a name of its own, and its assistant becomes preferred."""
    result = await add(hass, second)
    assert result["title"] == "Speech 2"
    assert result["data"][CONF_KIND] == "server"
    entry: MockConfigEntry = result["result"]
    devices = dr.async_get(hass)
    (device,) = dr.async_entries_for_config_entry(devices, entry.entry_id)
    assert device.name_by_user == "Speech 2"
    assert async_get_pipeline(hass).name == "Hearken"

    await hass.config_entries.async_remove(server_entry.entry_id)
    await hass.async_block_till_done()
    assert async_get_pipeline(hass).name == "Hearken 2"
    assert async_get_pipeline(hass).stt_engine is not None
    assert state_of(hass, "select.kitchen_wake_word") != "unavailable"


@pytest.mark.parametrize("is_first_first", [True, False])
async def test_nothing_is_left_of_two_servers(
    hass: HomeAssistant,
    running_server: SpeechServer,
    server_entry: MockConfigEntry,
    running_satellite: SatelliteSimulator,
    second: SpeechServer,
    *,
    is_first_first: bool,
) -> None:
    """Whichever is removed first, the other one serves, and both can go."""
    before = {one.id for one in async_get_pipelines(hass)}
    entry: MockConfigEntry = (await add(hass, second))["result"]
    gone, stays = (server_entry, entry) if is_first_first else (entry, server_entry)
    await hass.config_entries.async_remove(gone.entry_id)
    await hass.async_block_till_done()
    engine = async_get_pipeline(hass).stt_engine
    assert engine is not None
    entities = er.async_get(hass)
    entity = entities.async_get(engine)
    assert entity is not None
    assert entity.config_entry_id == stays.entry_id
    assert state_of(hass, "select.kitchen_wake_word") != "unavailable"

    await hass.config_entries.async_remove(stays.entry_id)
    await hass.async_block_till_done()
    assert not [one for one in async_get_pipelines(hass) if "Hearken" in one.name]
    assert {one.id for one in async_get_pipelines(hass)} <= before
    issues = ir.async_get(hass).issues.values()
    assert not [one for one in issues if one.domain == DOMAIN]
    assert not er.async_entries_for_config_entry(entities, stays.entry_id)
