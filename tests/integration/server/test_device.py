"""Test the entities, repairs and diagnostics of a server's device."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)

from custom_components.hearken.const import CONF_TOKEN, DOMAIN
from custom_components.hearken.protocol import ServerStage
from tests.integration.conftest import state_of, troubles
from tests.integration.server.entities import CONNECTED, MODEL, STATE
from tests.integration.waiting import until
from tests.simulators.control_server import TOKEN, ControlServer

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

    from tests.simulators.speech_server import SpeechServer


FIGURES = {
    STATE: "ready",
    CONNECTED: "on",
    MODEL: "hearken-commands-en",
    "sensor.speech_model_download": "unknown",
    "sensor.speech_requests": "12",
    "sensor.speech_wake_words_in_the_last_hour": "3",
    "sensor.speech_phantom_transcripts_blocked": "2",
    "sensor.speech_memory": "300.0",
    "sensor.speech_decoding_time_median": "80.0",
    "sensor.speech_decoding_time_p95": "140.5",
    "sensor.speech_end_of_speech_delay_median": "500.0",
    "sensor.speech_end_of_speech_delay_p95": "900.0",
    "sensor.speech_transcription_delay_median": "unknown",
    "sensor.speech_transcription_delay_p95": "unknown",
}


@pytest.mark.usefixtures("all_entities_enabled")
async def test_figures(hass: HomeAssistant, connected: ControlServer) -> None:
    """Every figure of the server has an entity."""
    assert {name: state_of(hass, name) for name in FIGURES} == FIGURES
    memory = hass.states.get("sensor.speech_memory")
    assert memory is not None
    assert memory.attributes["unit_of_measurement"] == "MiB"
    assert memory.attributes["state_class"] == "measurement"
    assert troubles(hass) == set()


async def test_entities_are_categorised(
    hass: HomeAssistant,
    connected: ControlServer,
    control_entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    """Only the voices and what is due have no category; some are disabled."""
    entries = er.async_entries_for_config_entry(entity_registry, control_entry.entry_id)
    plain = {e.domain for e in entries if e.entity_category is None}
    assert plain <= {"conversation", "event", "sensor", "stt", "tts", "wake_word"}
    sensors = {
        e.unique_id for e in entries if e.domain == "sensor" and not e.entity_category
    }
    assert all("_next_" in unique_id for unique_id in sensors), sensors
    disabled = {e.unique_id for e in entries if e.disabled_by is not None}
    assert disabled == {
        "server-1_connection",
        "server-1_download",
        "server-1_uptime",
        *(f"server-1_{stage}_{p}" for stage in ServerStage for p in ("p50", "p95")),
    }


@pytest.mark.usefixtures("all_entities_enabled")
async def test_changes_come_by_themselves(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """Changes are pushed by the server without polling."""
    await connected.change(
        requests=13, downloads={"tiny-int8": {"done_bytes": 30, "total_bytes": 120}}
    )
    await until(lambda: state_of(hass, "sensor.speech_requests") == "13")
    assert state_of(hass, "sensor.speech_model_download") == "25.0"


async def test_model_is_chosen(hass: HomeAssistant, connected: ControlServer) -> None:
    """The selected model is sent to the server, which may refuse it."""
    state = hass.states.get(MODEL)
    assert state is not None
    assert state.attributes["options"] == ["hearken-commands-en", "tiny-int8"]
    choice = {"entity_id": MODEL, "option": "tiny-int8"}
    await hass.services.async_call("select", "select_option", choice, blocking=True)
    assert connected.used == [("tiny-int8", {"download": True})]
    connected.models["models"][1]["installed"] = True
    await connected.change(model="mine")
    await until(lambda: state_of(hass, MODEL) == "mine")

    connected.refuses_models = True
    with pytest.raises(HomeAssistantError, match=r"tiny-int8.*rejected the request"):
        await hass.services.async_call("select", "select_option", choice, blocking=True)


async def test_model_that_cannot_be_downloaded_is_told(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """It is a warning that says what to do, and ends by itself."""
    await connected.change(
        state="problem",
        model_problem="the model hub cannot be reached",
        model_trouble="unreachable",
    )
    await until(lambda: troubles(hass) == {"model_not_downloaded"})
    (issue,) = ir.async_get(hass).issues.values()
    assert issue.severity is ir.IssueSeverity.WARNING
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["model"] == "hearken-commands-en"
    await connected.change(state="problem", model_trouble="failed")
    await until(lambda: troubles(hass) == {"model_failed"})
    await connected.change(state="ready", model_problem=None)
    await until(lambda: troubles(hass) == set())


async def test_failed_model_is_told(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """The repair has the reason, stays while loading, and is deleted on success."""
    await connected.change(
        state="problem",
        model_problem="the file has another checksum",
        model_trouble="damaged",
    )
    await until(lambda: troubles(hass) == {"model_failed"})
    (issue,) = ir.async_get(hass).issues.values()
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["reason"] == "the speech model is damaged"
    await connected.change(state="loading")
    await until(lambda: state_of(hass, STATE) == "loading")
    assert troubles(hass) == {"model_failed"}
    await connected.change(state="ready", model_problem=None)
    await until(lambda: troubles(hass) == set())


async def test_house_without_any_voice(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """A house without text-to-speech has a repair."""
    server.voice_languages = []
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await hass.async_block_till_done()
    assert troubles(hass) == {"no_voice"}


async def test_diagnostics_and_health(
    hass: HomeAssistant,
    connected: ControlServer,
    control_entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """Diagnostics and system health show the status without the token."""
    assert await async_setup_component(hass, "diagnostics", {})
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    diagnostics = await get_diagnostics_for_config_entry(
        hass, hass_client, control_entry
    )
    assert diagnostics["live"]["status"]["requests"] == 12
    assert diagnostics["live"]["connections"] == 1
    assert diagnostics["entry"][CONF_TOKEN] == "**REDACTED**"
    assert TOKEN not in json.dumps(diagnostics)
    health = await get_system_health_info(hass, DOMAIN)
    assert health == {
        "servers": 1,
        "satellites": 0,
        "not_loaded": 0,
        "server 1": "1.2.3, ready, hearken-commands-en",
    }
    await connected.change(
        set_aside=["wake.json"],
        connections={"wyoming": {"refused": 3}, "http": {"refused": 1}, "x": None},
    )
    await until(lambda: control_entry.runtime_data.link.status.set_aside)
    control_entry.runtime_data.coordinator.address.reached.cut_off = 2
    health = await get_system_health_info(hass, DOMAIN)
    assert health["server 1"] == (
        "1.2.3, ready, hearken-commands-en, 1 damaged files, "
        "4 connections refused, limits reached 2 times"
    )


async def test_recognition_is_tested(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """The repair is shown until the test sentence is recognized."""
    button = {"entity_id": "button.speech_test_recognition"}
    running_server.text = "something else altogether"
    with pytest.raises(HomeAssistantError, match="something else altogether"):
        await hass.services.async_call("button", "press", button, blocking=True)
    assert troubles(hass) == {"recognition_failed"}
    running_server.text = "Turn on the kitchen lights."
    await hass.services.async_call("button", "press", button, blocking=True)
    assert troubles(hass) == set()
    assert len(running_server.audio) > 32_000


async def test_sensors_of_earlier_versions_are_removed(
    hass: HomeAssistant,
    control: ControlServer,
    control_entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    """Sensors that no longer exist are removed from the registry."""
    old = entity_registry.async_get_or_create(
        "sensor", DOMAIN, "server-1_model", config_entry=control_entry
    )
    kept = entity_registry.async_get_or_create(
        "select", DOMAIN, "server-1_model", config_entry=control_entry
    )
    assert await hass.config_entries.async_setup(control_entry.entry_id)
    await hass.async_block_till_done()
    assert entity_registry.async_get(old.entity_id) is None
    assert entity_registry.async_get(kept.entity_id) is not None
