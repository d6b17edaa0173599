"""Test servers of other versions, and invalid data from a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE

from tests.integration.conftest import state_of, troubles
from tests.integration.server.entities import STATE
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import (
        MockConfigEntry,
    )

    from tests.simulators.control_server import ControlServer
    from tests.simulators.speech_server import SpeechServer


@pytest.mark.parametrize(
    ("version", "trouble"),
    [(0, "server_too_old"), (None, "server_too_old"), (2, "integration_too_old")],
)
async def test_other_version(
    hass: HomeAssistant,
    control: ControlServer,
    control_entry: MockConfigEntry,
    version: Any,
    trouble: str,
) -> None:
    """One repair says which side to update, and disappears afterwards."""
    control.status["api_version"] = version
    assert await hass.config_entries.async_setup(control_entry.entry_id)
    await control.wait_until_connected(3)
    assert troubles(hass) == {trouble}
    assert state_of(hass, STATE) == STATE_UNAVAILABLE
    control.status["api_version"] = 1
    await until(lambda: state_of(hass, STATE) == "ready")
    assert troubles(hass) == set()


async def test_server_from_before_the_live_connection(
    hass: HomeAssistant, control: ControlServer, control_entry: MockConfigEntry
) -> None:
    """A server without the live connection is too old."""
    await control.stop()
    control.has_live = False
    await control.start()
    assert await hass.config_entries.async_setup(control_entry.entry_id)
    assert troubles(hass) == {"server_too_old"}
    assert await hass.config_entries.async_unload(control_entry.entry_id)
    assert troubles(hass) == set()


@pytest.mark.parametrize(("version", "trouble"), [(0, "server"), (99, "integration")])
async def test_other_protocol(
    hass: HomeAssistant,
    server: SpeechServer,
    server_entry: MockConfigEntry,
    version: int,
    trouble: str,
) -> None:
    """The same repair is shown if the protocol versions differ."""
    server.speak_protocol(version)
    assert not await hass.config_entries.async_setup(server_entry.entry_id)
    assert troubles(hass) == {f"{trouble}_too_old"}
    await hass.config_entries.async_remove(server_entry.entry_id)
    assert troubles(hass) == set()


@pytest.mark.parametrize(
    "first",
    [
        {},
        [],
        {"type": "event", "event": {}},
        {"type": "status", "status": None},
        {"type": "status", "status": {"api_version": 1, "id": "server-2"}},
        {"type": "status", "status": {"api_version": 1, "id": ["x"]}},
    ],
)
async def test_nonsense_at_the_beginning(
    hass: HomeAssistant,
    control: ControlServer,
    control_entry: MockConfigEntry,
    first: Any,
) -> None:
    """Speech works and figures are unavailable until the data is valid."""
    control.first = first
    assert await hass.config_entries.async_setup(control_entry.entry_id)
    await control.wait_until_connected(2)
    assert state_of(hass, STATE) == STATE_UNAVAILABLE
    assert state_of(hass, "stt.speech_speech_to_text") != STATE_UNAVAILABLE
    control.first = None
    await until(lambda: state_of(hass, STATE) == "ready")


@pytest.mark.parametrize(
    "models",
    [
        None,
        [],
        {"models": 5},
        {
            "models": [
                None,
                7,
                {},
                {"name": ""},
                {"name": ["x"]},
                {"name": "x" * 10_000},
            ]
        },
        {"models": [{"name": "a", "rank": "high", "languages": 7, "size_mb": -1}]},
    ],
)
async def test_nonsense_about_models(
    hass: HomeAssistant,
    control: ControlServer,
    control_entry: MockConfigEntry,
    models: Any,
) -> None:
    """With invalid models nothing is offered, and speech works."""
    control.models = models
    assert await hass.config_entries.async_setup(control_entry.entry_id)
    await hass.async_block_till_done()
    assert control_entry.state is ConfigEntryState.LOADED
    assert state_of(hass, "stt.speech_speech_to_text") != STATE_UNAVAILABLE
    offer = state_of(hass, "update.speech_model_update")
    assert offer in {"off", STATE_UNAVAILABLE}
    assert troubles(hass) == set()


@pytest.mark.usefixtures("all_entities_enabled")
async def test_nonsense_later_is_passed_over(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """Invalid messages are ignored, and the connection stays open."""
    everything: list[Any] = ["", "{", "[" * 100_000, b"\xff", [], {"type": "status"}]
    for nonsense in everything:
        await connected.send(nonsense)
    await connected.change(
        state=["odd"],
        model=7,
        memory_bytes=float("nan"),
        requests="many",
        stages=[],
        downloads={"x": {"done_bytes": True, "total_bytes": 0}},
    )
    await until(lambda: state_of(hass, STATE) == "problem")
    assert state_of(hass, "sensor.speech_requests") == "0"
    assert state_of(hass, "sensor.speech_memory") == "unknown"
    assert state_of(hass, "sensor.speech_model_download") == "0.0"
    assert connected.connection_count == 1
