"""Test adding speech servers and satellites manually."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component import plugins

from custom_components.hearken.const import CONF_KEY, CONF_KIND, CONF_TOKEN, DOMAIN
from custom_components.hearken.protocol.pairing import new_key
from tests.simulators.control_server import TOKEN, ControlServer
from tests.simulators.faults import Fault
from tests.simulators.peer import HOST

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigFlowResult
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


async def choose(hass: HomeAssistant, kind: str) -> str:
    """Start adding a device of this kind; return the flow."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert result["type"] is FlowResultType.MENU
    assert result["menu_options"] == ["server", "satellite"]
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"next_step_id": kind}
    )
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == kind
    assert not result["errors"]
    return result["flow_id"]


async def fill_in(
    hass: HomeAssistant, flow_id: str, **answers: Any
) -> ConfigFlowResult:
    """Submit the form and return the result."""
    result = await hass.config_entries.flow.async_configure(flow_id, answers)
    await hass.async_block_till_done()
    return result


async def test_server_is_added(hass: HomeAssistant, server: SpeechServer) -> None:
    """A speech server that answers is added under its own name."""
    flow_id = await choose(hass, "server")
    result = await fill_in(hass, flow_id, host=f" {HOST} ", port=server.port)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Speech"
    assert result["data"] == {
        CONF_KIND: "server",
        CONF_HOST: HOST,
        CONF_PORT: server.port,
    }
    assert result["result"].unique_id == "server-1"
    assert result["result"].state is ConfigEntryState.LOADED


async def test_satellite_is_added(
    hass: HomeAssistant, satellite: SatelliteSimulator
) -> None:
    """A satellite with the correct key is added."""
    flow_id = await choose(hass, "satellite")
    typed = satellite.key.lower().replace("-", " ")
    result = await fill_in(hass, flow_id, host=HOST, port=satellite.port, key=typed)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Kitchen"
    assert result["data"][CONF_KIND] == "satellite"
    assert result["data"][CONF_KEY] == typed
    assert result["result"].unique_id == "satellite-1"
    assert result["result"].state is ConfigEntryState.LOADED


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.HANGS_UP, "cannot_connect"),
        (Fault.NEVER_ANSWERS, "cannot_connect"),
        (Fault.SPEAKS_HTTP, "not_hearken"),
        (Fault.SPEAKS_GARBAGE, "not_hearken"),
        (Fault.ENDLESS_LINE, "not_hearken"),
        (Fault.HUGE_CLAIM, "not_hearken"),
        (Fault.KNOWS_NO_HELLO, "not_hearken"),
        (Fault.NONSENSE_WELCOME, "not_hearken"),
        (Fault.NONSENSE_INFO, "not_hearken"),
    ],
)
async def test_server_in_trouble_can_be_added_later(
    hass: HomeAssistant,
    server: SpeechServer,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
    error: str,
) -> None:
    """Each failure has its own error, and the form can be submitted again."""
    monkeypatch.setattr(
        "custom_components.hearken.client.connection.HELLO_TIMEOUT_SECONDS", 0.2
    )
    server.fault = fault
    flow_id = await choose(hass, "server")
    result = await fill_in(hass, flow_id, host=HOST, port=server.port)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": error}

    server.fault = Fault.NONE
    result = await fill_in(hass, flow_id, host=HOST, port=server.port)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_token_for_a_server_without_control(
    hass: HomeAssistant, server: SpeechServer
) -> None:
    """If there is no control API, the error is shown at the token field."""
    flow_id = await choose(hass, "server")
    result = await fill_in(hass, flow_id, host=HOST, port=server.port, token=TOKEN)
    assert result["errors"] == {CONF_TOKEN: "control_unreachable"}


async def test_control_of_another_server(
    hass: HomeAssistant, server: SpeechServer
) -> None:
    """The control API of another server is not accepted."""
    async with ControlServer("server-2") as control:
        server.welcome = replace(server.welcome, http_port=control.port)
        flow_id = await choose(hass, "server")
        result = await fill_in(hass, flow_id, host=HOST, port=server.port, token=TOKEN)
        assert result["type"] is FlowResultType.FORM
        assert result["errors"]


@pytest.mark.parametrize(
    "host",
    ["x" * 300, "\N{PILE OF POO}" * 80, "", HOST],
    ids=["long", "odd", "empty", "off"],
)
async def test_nobody_answers(
    hass: HomeAssistant,
    unused_tcp_port: int,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
) -> None:
    """An unreachable or invalid host is an error of the form."""
    monkeypatch.setattr(socket, "getaddrinfo", plugins._real_getaddrinfo)  # noqa: SLF001 - the test plugin lets no name through
    flow_id = await choose(hass, "server")
    result = await fill_in(hass, flow_id, host=host, port=unused_tcp_port)
    assert result["errors"] == {"base": "cannot_connect"}


async def test_server_of_the_future(hass: HomeAssistant, server: SpeechServer) -> None:
    """A server with another version of the protocol is not added."""
    server.speak_protocol(99)
    flow_id = await choose(hass, "server")
    result = await fill_in(hass, flow_id, host=HOST, port=server.port)
    assert result["errors"] == {"base": "incompatible_version"}


async def test_server_is_taken_for_a_satellite(
    hass: HomeAssistant, server: SpeechServer
) -> None:
    """A server at the satellite's address is recognized as one."""
    flow_id = await choose(hass, "satellite")
    result = await fill_in(hass, flow_id, host=HOST, port=server.port, key=new_key())
    assert result["errors"] == {"base": "wrong_kind"}


async def test_satellite_without_key_is_taken_for_a_server(
    hass: HomeAssistant, server: SpeechServer
) -> None:
    """A satellite at the server's address is recognized as one."""
    server.pose_as_satellite()
    flow_id = await choose(hass, "server")
    result = await fill_in(hass, flow_id, host=HOST, port=server.port)
    assert result["errors"] == {"base": "wrong_kind"}


@pytest.mark.parametrize("key", ["", "secret", "A" * 27, "AAAA-" * 6 + "AA"])
async def test_wrong_key(
    hass: HomeAssistant, satellite: SatelliteSimulator, key: str
) -> None:
    """Neither an invalid nor a wrong key is accepted."""
    flow_id = await choose(hass, "satellite")
    result = await fill_in(hass, flow_id, host=HOST, port=satellite.port, key=key)
    assert result["errors"] == {CONF_KEY: "invalid_key"}

    result = await fill_in(
        hass, flow_id, host=HOST, port=satellite.port, key=satellite.key
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_web_server_is_no_satellite(
    hass: HomeAssistant, server: SpeechServer
) -> None:
    """A service without the satellite's encryption is not accepted."""
    server.fault = Fault.SPEAKS_HTTP
    flow_id = await choose(hass, "satellite")
    result = await fill_in(hass, flow_id, host=HOST, port=server.port, key=new_key())
    assert result["errors"] == {"base": "not_hearken"}


async def test_server_is_added_once(
    hass: HomeAssistant, server_entry: MockConfigEntry, server: SpeechServer
) -> None:
    """Adding the same server again only updates its address."""
    hass.config_entries.async_update_entry(
        server_entry, data={**server_entry.data, CONF_PORT: 1}
    )
    flow_id = await choose(hass, "server")
    result = await fill_in(hass, flow_id, host=HOST, port=server.port)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert server_entry.data[CONF_PORT] == server.port
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_server_moves(
    hass: HomeAssistant, server_entry: MockConfigEntry, running_server: SpeechServer
) -> None:
    """Reconfiguring a server changes its address."""
    await running_server.stop()
    running_server.port = 0
    await running_server.start()

    result = await server_entry.start_reconfigure_flow(hass)
    assert result["step_id"] == "reconfigure_server"
    assert result["description_placeholders"]["name"] == "Speech"
    result = await fill_in(hass, result["flow_id"], host=HOST, port=running_server.port)
    assert result["reason"] == "reconfigure_successful"
    assert server_entry.data[CONF_PORT] == running_server.port
    assert server_entry.data[CONF_KIND] == "server"
    assert server_entry.state == ConfigEntryState.LOADED


async def test_another_server_does_not_take_over(
    hass: HomeAssistant, server_entry: MockConfigEntry, running_server: SpeechServer
) -> None:
    """Another server replaces the configured one only if the owner says so."""
    running_server.rename("server-2")
    result = await server_entry.start_reconfigure_flow(hass)
    result = await fill_in(
        hass, result["flow_id"], host="localhost", port=running_server.port
    )
    assert result["step_id"] == "replace_server"
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert placeholders["name"] == "Speech"
    assert server_entry.data[CONF_HOST] == HOST
    assert server_entry.unique_id == "server-1"


async def test_satellite_moves(
    hass: HomeAssistant,
    satellite_entry: MockConfigEntry,
    running_satellite: SatelliteSimulator,
) -> None:
    """Reconfiguring a satellite changes its address and key."""
    await running_satellite.stop()
    running_satellite.port = 0
    running_satellite.change_key()
    await running_satellite.start()

    result = await satellite_entry.start_reconfigure_flow(hass)
    assert result["step_id"] == "reconfigure_satellite"
    answers = {"host": HOST, "port": running_satellite.port}
    result = await fill_in(hass, result["flow_id"], key=new_key(), **answers)
    assert result["errors"] == {CONF_KEY: "invalid_key"}
    result = await fill_in(
        hass, result["flow_id"], key=running_satellite.key, **answers
    )
    assert result["reason"] == "reconfigure_successful"
    assert satellite_entry.data[CONF_KEY] == running_satellite.key


async def test_satellite_with_a_new_key_asks_for_it(
    hass: HomeAssistant,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """A satellite with a new key asks for reauthentication."""
    await satellite.stop()
    satellite.change_key()
    await satellite.start()
    assert not await hass.config_entries.async_setup(satellite_entry.entry_id)
    assert satellite_entry.state == ConfigEntryState.SETUP_ERROR

    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["step_id"] == "reauth_confirm"
    result = await fill_in(hass, flow["flow_id"], key=new_key())
    assert result["errors"] == {CONF_KEY: "invalid_key"}
    assert result["description_placeholders"] == {"name": "Kitchen"}
    result = await fill_in(hass, flow["flow_id"], key=satellite.key)
    assert result["reason"] == "reauth_successful"
    assert satellite_entry.data[CONF_KEY] == satellite.key
    assert satellite_entry.state == ConfigEntryState.LOADED
