"""Test setting up, unloading, reloading and removing entries."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.hearken.const import DOMAIN
from tests.integration.conftest import state_of
from tests.integration.waiting import until
from tests.simulators.faults import Fault

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

OWN_ENTITIES = {
    "conversation.speech_conversation",
    "sensor.speech_next_alarm",
    "sensor.speech_next_reminder",
    "sensor.speech_commands_taken_back",
    "sensor.speech_next_timer",
}
"""What works without a connection to the server."""
SERVER_ENTITIES = OWN_ENTITIES | {
    "button.speech_test_recognition",
    "stt.speech_speech_to_text",
    "tts.speech_text_to_speech",
    "wake_word.speech_wake_word",
}
SATELLITE_ENTITIES = {
    "assist_satellite.kitchen",
    "binary_sensor.kitchen_connection",
    "button.kitchen_listen_now",
    "button.kitchen_report_false_wake_up",
    "button.kitchen_stop",
    "select.kitchen_assistant",
    "select.kitchen_assistant_2",
    "select.kitchen_finished_speaking_detection",
    "sensor.kitchen_next_alarm",
    "sensor.kitchen_next_reminder",
    "sensor.kitchen_next_timer",
    "switch.kitchen_follow_up_commands",
}
# A server also has the words that can be selected.
WORD_ENTITIES = {
    "number.kitchen_wake_word_threshold",
    "select.kitchen_wake_word",
    "select.kitchen_wake_word_2",
}


def entity_ids(hass: HomeAssistant) -> set[str]:
    """Return the entities of the two devices."""
    return {
        state.entity_id
        for state in hass.states.async_all()
        if {"speech", "kitchen"} & set(state.entity_id.replace(".", "_").split("_"))
        and state.state != STATE_UNAVAILABLE
    }


async def poll(hass: HomeAssistant) -> None:
    """Advance the time until the server is polled again."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=40))
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_server_has_device_and_entities(
    hass: HomeAssistant,
    running_server: SpeechServer,
    server_entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """A speech server is one device with its entities."""
    assert entity_ids(hass) == SERVER_ENTITIES
    (device,) = dr.async_entries_for_config_entry(
        device_registry, server_entry.entry_id
    )
    assert device.identifiers == {(DOMAIN, "server-1")}
    assert device.name == "Speech"
    assert device.manufacturer == "Hearken"
    assert device.model == "Speech server"
    assert device.sw_version == "1.2.3"


async def test_satellite_has_device_and_entities(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """A satellite is one device with its voice entity and its settings."""
    assert entity_ids(hass) == SATELLITE_ENTITIES
    assert state_of(hass, "assist_satellite.kitchen") == "idle"
    (device,) = dr.async_entries_for_config_entry(
        device_registry, satellite_entry.entry_id
    )
    assert device.identifiers == {(DOMAIN, "satellite-1")}
    assert device.model == "Satellite"


async def test_unload_and_reload_leave_nothing_behind(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """Both kinds can be unloaded and reloaded, without open connections."""
    entries = hass.config_entries.async_entries(DOMAIN)
    for entry in entries:
        assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()
    assert entity_ids(hass) == set()
    await running_satellite.wait_for("pause-satellite")
    await running_satellite.wait_until(lambda: not running_satellite.is_visited)

    for entry in entries:
        assert await hass.config_entries.async_setup(entry.entry_id)
        assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert entity_ids(hass) == SERVER_ENTITIES | SATELLITE_ENTITIES | WORD_ENTITIES
    await running_satellite.wait_for("run-satellite")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.HANGS_UP, "Unable to connect to Speech at"),
        (Fault.KNOWS_NO_HELLO, "Unable to connect to Speech: the device at"),
    ],
)
async def test_server_is_not_there_at_start(
    hass: HomeAssistant,
    server: SpeechServer,
    server_entry: MockConfigEntry,
    fault: Fault,
    reason: str,
) -> None:
    """Setup is retried, with a readable reason."""
    server.fault = fault
    assert not await hass.config_entries.async_setup(server_entry.entry_id)
    assert server_entry.state == ConfigEntryState.SETUP_RETRY
    assert server_entry.reason is not None
    assert server_entry.reason.startswith(reason)

    server.fault = Fault.NONE
    await poll(hass)
    assert server_entry.state == ConfigEntryState.LOADED


async def test_other_server_at_the_address(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """A server with another ID is not accepted."""
    server.rename("server-2")
    assert not await hass.config_entries.async_setup(server_entry.entry_id)
    assert server_entry.state == ConfigEntryState.SETUP_RETRY
    assert server_entry.reason is not None
    assert server_entry.reason.startswith("Unable to connect to Speech: a different")


async def test_satellite_is_not_there_at_start(
    hass: HomeAssistant,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """Setup is retried until the satellite is on."""
    await satellite.stop()
    assert not await hass.config_entries.async_setup(satellite_entry.entry_id)
    assert satellite_entry.state == ConfigEntryState.SETUP_RETRY

    await satellite.start()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=40))
    await satellite.wait_for("run-satellite")
    # Setup continues after the satellite has been started.
    await until(lambda: satellite_entry.state is ConfigEntryState.LOADED)
    await hass.async_block_till_done()


async def test_other_satellite_at_the_address(
    hass: HomeAssistant,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """A satellite with another ID is not accepted."""
    satellite.become("satellite-2")
    assert not await hass.config_entries.async_setup(satellite_entry.entry_id)
    assert satellite_entry.reason is not None
    assert satellite_entry.reason.startswith(
        "Unable to connect to Kitchen: a different"
    )


async def test_server_goes_and_comes_back(
    hass: HomeAssistant,
    running_server: SpeechServer,
    server_entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Entities are unavailable while the server is away; it is logged once."""
    await running_server.stop()
    caplog.clear()
    for _ in range(3):
        await poll(hass)
    assert entity_ids(hass) == OWN_ENTITIES
    # Other components warn too, about a slow machine for example.
    ours = [r for r in caplog.records if r.name.startswith("custom_components.hearken")]
    lost = [r for r in ours if r.levelno >= logging.WARNING]
    assert len(lost) == 1
    assert "Speech" in lost[0].getMessage()

    running_server.languages = ["en", "de"]
    running_server.update_to("2.0.0")
    await running_server.start()
    for _ in range(2):
        await poll(hass)
    assert entity_ids(hass) == SERVER_ENTITIES
    back = [r for r in caplog.records if "recovered" in r.getMessage()]
    assert len(back) == 1
    (device,) = dr.async_entries_for_config_entry(
        device_registry, server_entry.entry_id
    )
    assert device.sw_version == "2.0.0"


async def test_server_without_voice_has_no_tts(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """A server without text-to-speech has no such entity."""
    server.voice_languages = []
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await hass.async_block_till_done()
    assert entity_ids(hass) == SERVER_ENTITIES - {
        "button.speech_test_recognition",
        "tts.speech_text_to_speech",
    }


async def test_remove(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """Removing entries removes their entities and devices."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert not [
        state
        for state in hass.states.async_all()
        if state.entity_id in SERVER_ENTITIES | SATELLITE_ENTITIES
    ]


async def test_entry_of_a_later_version(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """After a downgrade of Hearken, a newer entry is left unchanged."""
    hass.config_entries.async_update_entry(server_entry, version=2)
    assert not await hass.config_entries.async_setup(server_entry.entry_id)
    assert server_entry.state is ConfigEntryState.MIGRATION_ERROR


async def test_entry_of_a_slightly_later_version(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """An entry with a newer minor version is loaded."""
    hass.config_entries.async_update_entry(server_entry, minor_version=99)
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await hass.async_block_till_done()
    assert server_entry.minor_version == 99
