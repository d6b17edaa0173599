"""Test the live connection to a speech server and the device's entities."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT, STATE_UNAVAILABLE
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.hearken.const import CONF_KIND, CONF_TOKEN, DOMAIN
from tests.integration.conftest import state_of, troubles
from tests.integration.server.entities import CONNECTED, MODEL, SPEECH, STATE
from tests.integration.waiting import until
from tests.simulators.control_server import TOKEN, ControlServer
from tests.simulators.peer import HOST
from tests.speech.program import Server

if TYPE_CHECKING:
    from pathlib import Path

    from freezegun.api import FrozenDateTimeFactory
    from homeassistant.core import HomeAssistant

    from custom_components.hearken.data import ServerData
    from tests.simulators.speech_server import SpeechServer


COORDINATOR = "custom_components.hearken.coordinator"
LASTING = "custom_components.hearken.client.lasting"


async def test_server_goes_and_comes_back(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """Entities are unavailable while the server is away, and recover."""
    await connected.stop()
    await until(lambda: state_of(hass, STATE) == STATE_UNAVAILABLE)
    assert state_of(hass, CONNECTED) == "off"
    assert state_of(hass, MODEL) == STATE_UNAVAILABLE
    connected.status["requests"] = 0
    await connected.start()
    await until(lambda: state_of(hass, STATE) == "ready")
    assert state_of(hass, "sensor.speech_requests") == "0"
    assert state_of(hass, CONNECTED) == "on"


async def test_speech_follows_the_live_connection(
    hass: HomeAssistant,
    server: SpeechServer,
    control: ControlServer,
    control_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Speech entities follow the live connection without waiting for a poll."""
    core = "homeassistant.helpers.update_coordinator"
    monkeypatch.setattr(f"{core}.REQUEST_REFRESH_DEFAULT_COOLDOWN", 3600)
    monkeypatch.setattr(f"{COORDINATOR}._POLL_WHILE_AWAY", timedelta(hours=1))
    assert await hass.config_entries.async_setup(control_entry.entry_id)
    await hass.async_block_till_done()
    for _ in range(3):
        await server.stop()
        await control.stop()
        await until(lambda: state_of(hass, SPEECH) == STATE_UNAVAILABLE)
        assert state_of(hass, STATE) == STATE_UNAVAILABLE
        await server.start()
        await control.start()
        await until(lambda: state_of(hass, SPEECH) != STATE_UNAVAILABLE)
        assert state_of(hass, STATE) == "ready"


async def test_live_connection_follows_speech(
    hass: HomeAssistant,
    server: SpeechServer,
    connected: ControlServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a successful poll, the live connection is made at the new port."""
    for name in ("MIN", "MAX"):
        monkeypatch.setattr(f"{LASTING}.RECONNECT_{name}_SECONDS", 3600)
    await server.stop()
    await connected.stop()
    await until(lambda: state_of(hass, SPEECH) == STATE_UNAVAILABLE)
    connected.port = 0
    await connected.start()
    server.welcome = replace(server.welcome, http_port=connected.port)
    await server.start()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=4))
    await until(lambda: state_of(hass, STATE) == "ready")
    assert state_of(hass, SPEECH) != STATE_UNAVAILABLE


async def test_frozen_server_is_noticed(
    hass: HomeAssistant,
    control: ControlServer,
    control_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that stops answering is treated as lost."""
    module = "custom_components.hearken.client"
    monkeypatch.setattr(f"{module}.control.LIVE_SILENCE_SECONDS", 0.2)
    monkeypatch.setattr(f"{module}.live.HELLO_TIMEOUT_SECONDS", 0.2)
    control.is_frozen = True
    assert await hass.config_entries.async_setup(control_entry.entry_id)
    await hass.async_block_till_done()
    assert control_entry.state is ConfigEntryState.LOADED
    assert state_of(hass, STATE) == STATE_UNAVAILABLE
    await control.wait_until_connected(2)
    control.is_frozen = False
    await until(lambda: state_of(hass, STATE) == "ready")


def test_loss_is_noticed_in_time() -> None:
    """The heartbeat detects a dead connection within five seconds."""
    from custom_components.hearken.const import (  # noqa: PLC0415 - one test's
        LIVE_SILENCE_SECONDS,
    )

    assert 2 * LIVE_SILENCE_SECONDS < 5


async def test_changed_token_asks_for_the_new_one(
    hass: HomeAssistant, connected: ControlServer, control_entry: MockConfigEntry
) -> None:
    """A refused token starts reauthentication once; speech works meanwhile."""
    connected.token = "another"  # noqa: S105 - of a simulator
    await connected.stop()
    await connected.start()
    await until(lambda: bool(hass.config_entries.flow.async_progress()))
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert flow["step_id"] == "reauth_token"
    assert state_of(hass, "stt.speech_speech_to_text") != STATE_UNAVAILABLE

    configure = hass.config_entries.flow.async_configure
    result = await configure(flow["flow_id"], {CONF_TOKEN: "wrong"})
    assert result["errors"] == {CONF_TOKEN: "invalid_token"}
    result = await configure(flow["flow_id"], {CONF_TOKEN: "another"})
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert control_entry.data[CONF_TOKEN] == "another"
    assert state_of(hass, STATE) == "ready"


async def test_events_are_handed_on(
    hass: HomeAssistant, connected: ControlServer, control_entry: MockConfigEntry
) -> None:
    """Listeners receive each event of the server."""
    data: ServerData = control_entry.runtime_data
    assert data.link is not None
    heard: list[dict[str, Any]] = []
    stop = data.link.async_add_event_listener(heard.append)
    await connected.send({"type": "event", "event": {"kind": "spoken"}, "dropped": 0})
    await until(lambda: bool(heard))
    stop()
    await connected.send({"type": "event", "event": {"kind": "later"}, "dropped": 0})
    await connected.change(requests=99)
    await until(lambda: state_of(hass, "sensor.speech_requests") == "99")
    assert heard == [{"kind": "spoken"}]


async def test_without_token_there_is_a_hint(
    hass: HomeAssistant,
    control: ControlServer,
    server_entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Speech works without a token; a repair asks for it later, not at once."""
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await hass.async_block_till_done()
    assert troubles(hass) == set()
    assert await hass.config_entries.async_unload(server_entry.entry_id)
    freezer.tick(timedelta(days=2))
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get(STATE) is None
    assert state_of(hass, "stt.speech_speech_to_text") != STATE_UNAVAILABLE
    assert troubles(hass) == {"token_missing"}

    result = await server_entry.start_reconfigure_flow(hass)
    address = {CONF_HOST: HOST, CONF_PORT: server_entry.data[CONF_PORT]}
    configure = hass.config_entries.flow.async_configure
    result = await configure(result["flow_id"], {**address, CONF_TOKEN: "wrong"})
    assert result["errors"] == {CONF_TOKEN: "invalid_token"}
    result = await configure(result["flow_id"], {**address, CONF_TOKEN: TOKEN})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert state_of(hass, STATE) == "ready"
    assert troubles(hass) == set()


async def test_unload_ends_the_connection(
    hass: HomeAssistant, connected: ControlServer, control_entry: MockConfigEntry
) -> None:
    """Unloading closes the connection; reloading opens a new one."""
    assert await hass.config_entries.async_unload(control_entry.entry_id)
    await hass.async_block_till_done()
    assert state_of(hass, STATE) == STATE_UNAVAILABLE
    assert await hass.config_entries.async_setup(control_entry.entry_id)
    await connected.wait_until_connected(2)
    await until(lambda: state_of(hass, STATE) == "ready")


@pytest.mark.usefixtures("all_entities_enabled")
async def test_real_server(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real server is shown, passes the test, and is lost when it hangs or ends."""
    module = "custom_components.hearken.client"
    monkeypatch.setattr(f"{module}.control.LIVE_SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(f"{module}.lasting.RECONNECT_MAX_SECONDS", 1)
    with Server(tmp_path, "--name", "Speech", "--no-download") as program:
        await asyncio.to_thread(program.wait_until_ready)
        stored = json.loads((program.data_dir / "server.json").read_text())
        real = MockConfigEntry(
            domain=DOMAIN,
            title="Speech",
            unique_id=stored["id"],
            data={
                CONF_KIND: "server",
                CONF_HOST: HOST,
                CONF_PORT: program.port,
                CONF_TOKEN: stored["token"],
            },
        )
        real.add_to_hass(hass)
        assert await hass.config_entries.async_setup(real.entry_id)
        await hass.async_block_till_done()
        assert state_of(hass, STATE) == "ready"
        assert state_of(hass, MODEL) == "hearken-commands-en"
        assert float(state_of(hass, "sensor.speech_memory")) > 10
        await hass.services.async_call(
            "button",
            "press",
            {"entity_id": "button.speech_test_recognition"},
            blocking=True,
        )
        assert troubles(hass) == set()
        await until(lambda: state_of(hass, "sensor.speech_requests") == "2")
        assert float(state_of(hass, "sensor.speech_decoding_time_median")) > 0
        os.kill(program.pid, signal.SIGSTOP)
        await until(lambda: state_of(hass, STATE) == STATE_UNAVAILABLE)
        os.kill(program.pid, signal.SIGCONT)
        await until(lambda: state_of(hass, STATE) == "ready")
        assert await asyncio.to_thread(program.end) == 0
        await until(lambda: state_of(hass, STATE) == STATE_UNAVAILABLE)
        assert state_of(hass, CONNECTED) == "off"
