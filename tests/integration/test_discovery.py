"""Test discovery through the Supervisor and the network."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import (
    SOURCE_HASSIO,
    SOURCE_ZEROCONF,
    ConfigEntryState,
)
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.hassio import HassioServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from custom_components.hearken.const import CONF_KEY, CONF_KIND, CONF_TOKEN, DOMAIN
from custom_components.hearken.data import is_connected
from tests.integration.waiting import until
from tests.simulators.control_server import TOKEN, ControlServer
from tests.simulators.faults import Fault
from tests.simulators.peer import HOST
from tests.simulators.satellite import SatelliteSimulator
from tests.simulators.speech_server import SpeechServer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from homeassistant.config_entries import ConfigFlowResult
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry


@pytest.fixture
async def control(server: SpeechServer) -> AsyncGenerator[ControlServer]:
    """Run a simulated control API."""
    async with ControlServer() as running:
        server.welcome = replace(server.welcome, http_port=running.port)
        yield running


async def app_says(hass: HomeAssistant, **config: Any) -> ConfigFlowResult:
    """Start discovery through the Supervisor with this data."""
    info = HassioServiceInfo(
        config={"addon": "Hearken", **config},
        name="Hearken",
        slug="0123abcd_hearken",
        uuid="1234",
    )
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_HASSIO}, data=info
    )
    await hass.async_block_till_done()
    return result


async def network_says(
    hass: HomeAssistant, port: int | None, **properties: Any
) -> ConfigFlowResult:
    """Start discovery through the network with this announcement."""
    info = ZeroconfServiceInfo(
        ip_address=ip_address(HOST),
        ip_addresses=[ip_address(HOST)],
        port=port,
        hostname="hearken.local.",
        type="_hearken._tcp.local.",
        name="Hearken._hearken._tcp.local.",
        properties=properties,
    )
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_ZEROCONF}, data=info
    )
    await hass.async_block_till_done()
    return result


async def answer(
    hass: HomeAssistant, flow: ConfigFlowResult, **answers: Any
) -> ConfigFlowResult:
    """Submit the form and return the result."""
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], answers)
    await hass.async_block_till_done()
    return result


def app(server: SpeechServer, control: ControlServer) -> dict[str, Any]:
    """Return the discovery data of the app."""
    return {
        "host": HOST,
        "port": server.port,
        "http_port": control.port,
        "token": TOKEN,
    }


async def test_app_is_added_with_one_click(
    hass: HomeAssistant, server: SpeechServer, control: ControlServer
) -> None:
    """The card asks for nothing; speech and health are available at once."""
    result = await app_says(hass, **app(server, control))
    assert result["step_id"] == "hassio_confirm"
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": "Speech", "host": HOST}

    result = await answer(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Speech"
    assert result["data"] == {
        CONF_KIND: "server",
        CONF_HOST: HOST,
        CONF_PORT: server.port,
        CONF_TOKEN: TOKEN,
    }
    assert result["result"].unique_id == "server-1"
    state = hass.states.get("sensor.speech_state")
    assert state is not None
    assert state.state == "ready"


async def test_app_completes_what_was_added_by_hand(
    hass: HomeAssistant,
    server: SpeechServer,
    control: ControlServer,
    server_entry: MockConfigEntry,
) -> None:
    """Discovery adds the token and address of the app to an existing entry."""
    hass.config_entries.async_update_entry(
        server_entry, data={**server_entry.data, CONF_HOST: "localhost"}
    )
    result = await app_says(hass, **app(server, control))
    assert result["reason"] == "already_configured"
    assert server_entry.data[CONF_TOKEN] == TOKEN
    assert server_entry.data[CONF_HOST] == HOST
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_app_comes_after_the_announcement(
    hass: HomeAssistant, server: SpeechServer, control: ControlServer
) -> None:
    """The app's card works even if the network discovered the same server first."""
    await network_says(hass, server.port, id="server-1", kind="server", name="Speech")
    result = await app_says(hass, **app(server, control))
    assert result["step_id"] == "hassio_confirm"
    result = await answer(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not hass.config_entries.flow.async_progress()


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": ""},
        {"host": None},
        {"port": "many"},
        {"port": 0},
        {"port": True},
        {"token": 5},
        {"token": ""},
    ],
    ids=str,
)
async def test_app_that_says_nonsense(
    hass: HomeAssistant,
    server: SpeechServer,
    control: ControlServer,
    wrong: dict[str, Any],
) -> None:
    """Missing or invalid data abort the flow with a reason."""
    result = await app_says(hass, **{**app(server, control), **wrong})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] in {"invalid_discovery", "cannot_connect"}
    assert (result["reason"] == "invalid_discovery") == (wrong != {"port": True})


@pytest.mark.parametrize("trouble", ["gone", "token"])
async def test_app_that_does_not_answer(
    hass: HomeAssistant, server: SpeechServer, control: ControlServer, trouble: str
) -> None:
    """An unreachable server, or one with another token, is not offered."""
    if trouble == "gone":
        server.fault = Fault.HANGS_UP
    else:
        control.token = "another"  # noqa: S105 - of a simulator
    result = await app_says(hass, **app(server, control))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "cannot_connect"


async def test_satellite_in_the_network_asks_for_its_key_only(
    hass: HomeAssistant, satellite: SatelliteSimulator
) -> None:
    """Only the key is asked for: the address is known."""
    result = await network_says(
        hass, satellite.port, id="satellite-1", kind="satellite", name="Kitchen"
    )
    assert result["step_id"] == "zeroconf_satellite"
    assert result["description_placeholders"] == {"name": "Kitchen"}
    result = await answer(hass, result, key="wrong")
    assert result["errors"] == {CONF_KEY: "invalid_key"}
    result = await answer(hass, result, key=satellite.key)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_PORT] == satellite.port
    assert result["result"].unique_id == "satellite-1"
    assert result["result"].state is ConfigEntryState.LOADED


async def test_server_in_the_network(
    hass: HomeAssistant, server: SpeechServer, control: ControlServer
) -> None:
    """A server is added with its token, or without one for now."""
    found = {"id": "server-1", "kind": "server", "name": "Speech"}
    result = await network_says(hass, server.port, **found)
    assert result["step_id"] == "zeroconf_server"
    result = await answer(hass, result, token="wrong")  # noqa: S106 - it is wrong
    assert result["errors"] == {CONF_TOKEN: "invalid_token"}
    await control.stop()
    result = await answer(hass, result, token=TOKEN)
    assert result["errors"] == {CONF_TOKEN: "control_unreachable"}
    result = await answer(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert CONF_TOKEN not in result["data"]


async def test_somebody_else_answers(hass: HomeAssistant, server: SpeechServer) -> None:
    """The device must match its announcement."""
    result = await network_says(
        hass, server.port, id="server-2", kind="server", name="Speech"
    )
    result = await answer(hass, result)
    assert result["reason"] == "wrong_device"


@pytest.mark.parametrize(
    ("port", "properties"),
    [
        (None, {"id": "server-1", "kind": "server"}),
        (10400, {"kind": "server"}),
        (10400, {"id": "", "kind": "server"}),
        (10400, {"id": "server-1"}),
        (10400, {"id": "server-1", "kind": "toaster"}),
        (10400, {"id": None, "kind": None}),
    ],
)
async def test_announcement_that_says_too_little(
    hass: HomeAssistant, port: int | None, properties: dict[str, Any]
) -> None:
    """An incomplete announcement aborts the flow with a reason."""
    result = await network_says(hass, port, **properties)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "invalid_discovery"


async def test_one_that_works_is_not_moved(
    hass: HomeAssistant, server_entry: MockConfigEntry, running_server: SpeechServer
) -> None:
    """Announcements are not trusted; only a lost server gets a new address."""
    port = running_server.port
    found = {"id": "server-1", "kind": "server", "name": "Speech"}
    result = await network_says(hass, 4711, **found)
    assert result["reason"] == "already_configured"
    assert server_entry.data[CONF_PORT] == port


async def test_one_that_is_away_is_moved_to_where_it_answers(
    hass: HomeAssistant, server_entry: MockConfigEntry, server: SpeechServer
) -> None:
    """It is not moved to where nobody answers, or another server does."""
    found = {"id": "server-1", "kind": "server", "name": "Speech"}
    port = server.port
    async with SpeechServer() as other:
        other.welcome = replace(other.welcome, id="server-2")
        for wrong in (4711, other.port):
            result = await network_says(hass, wrong, **found)
            assert result["reason"] == "already_configured"
            assert server_entry.data[CONF_PORT] == port
        other.welcome = server.welcome
        result = await network_says(hass, other.port, **found)
        assert result["reason"] == "already_configured"
        assert server_entry.data[CONF_PORT] == other.port


async def test_satellite_that_works_is_not_moved(
    hass: HomeAssistant,
    satellite_entry: MockConfigEntry,
    running_satellite: SatelliteSimulator,
) -> None:
    """Only a lost satellite gets a new address."""
    port = running_satellite.port
    result = await network_says(hass, 4711, id="satellite-1", kind="satellite")
    assert result["reason"] == "already_configured"
    assert satellite_entry.data[CONF_PORT] == port


async def test_satellite_is_not_moved_to_who_does_not_know_its_key(
    hass: HomeAssistant,
    satellite_entry: MockConfigEntry,
    running_satellite: SatelliteSimulator,
) -> None:
    """Anybody can announce its id, but only the satellite itself has the key."""
    found = {"id": "satellite-1", "kind": "satellite"}
    port = running_satellite.port
    await running_satellite.stop()
    await until(lambda: not is_connected(satellite_entry))
    async with SatelliteSimulator() as impostor:
        result = await network_says(hass, impostor.port, **found)
        assert result["reason"] == "already_configured"
        assert satellite_entry.data[CONF_PORT] == port
    async with SatelliteSimulator(running_satellite.key) as moved:
        await network_says(hass, moved.port, **found)
        assert satellite_entry.data[CONF_PORT] == moved.port
        await moved.wait_for("run-satellite")
        assert await hass.config_entries.async_unload(satellite_entry.entry_id)
