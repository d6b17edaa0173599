"""The live connection to a speech server, as its device shows it."""

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
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    get_system_health_info,
)
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)

from custom_components.hearken.const import CONF_KIND, CONF_TOKEN, DOMAIN
from custom_components.hearken.protocol import ServerStage
from tests.integration.conftest import state_of, troubles
from tests.integration.waiting import until
from tests.simulators.control_server import TOKEN, ControlServer
from tests.simulators.peer import HOST
from tests.speech.program import Server

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

    from custom_components.hearken.data import ServerData
    from tests.simulators.speech_server import SpeechServer

COORDINATOR = "custom_components.hearken.coordinator"
LASTING = "custom_components.hearken.client.lasting"
SPEECH = "stt.speech_speech_to_text"
STATE = "sensor.speech_state"
CONNECTED = "binary_sensor.speech_connection"
MODEL = "select.speech_speech_model"
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
    """Every figure that the server tells has its entity."""
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
    """All but the voice itself are for those who look after it; some are hidden."""
    entries = er.async_entries_for_config_entry(entity_registry, control_entry.entry_id)
    plain = {e.domain for e in entries if e.entity_category is None}
    assert plain <= {"event", "stt", "tts", "wake_word"}
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
    """What the server says is there at once; nobody asks for it."""
    await connected.change(
        requests=13, downloads={"tiny-int8": {"done_bytes": 30, "total_bytes": 120}}
    )
    await until(lambda: state_of(hass, "sensor.speech_requests") == "13")
    assert state_of(hass, "sensor.speech_model_download") == "25.0"


async def test_server_goes_and_comes_back(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """Entities are unavailable while it is away, and come back by themselves."""
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
    """Speech is lost and back with it, without a poll or a pause between checks."""
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
    """A server that answers a poll again is connected at once, at its new port."""
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
    """A server that does not answer any more counts as lost, without being told."""
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
    """The heartbeat finds a dead connection within five seconds."""
    from custom_components.hearken.const import (  # noqa: PLC0415 - one test's
        LIVE_SILENCE_SECONDS,
    )

    assert 2 * LIVE_SILENCE_SECONDS < 5


async def test_changed_token_asks_for_the_new_one(
    hass: HomeAssistant, connected: ControlServer, control_entry: MockConfigEntry
) -> None:
    """A server that refuses the token asks once; speech goes on meanwhile."""
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
    """One repair says which side to update; it goes when that is done."""
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
    """A server that has none is too old."""
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
    """The same repair shows where even speech cannot work."""
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
    """Speech works, the figures are unavailable, until the server comes to reason."""
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
    """Nothing can be offered, speech works, and nothing is offered by mistake."""
    control.models = models
    assert await hass.config_entries.async_setup(control_entry.entry_id)
    await hass.async_block_till_done()
    assert control_entry.state is ConfigEntryState.LOADED
    assert state_of(hass, "stt.speech_speech_to_text") != STATE_UNAVAILABLE
    offer = state_of(hass, "update.speech_speech_model_update")
    assert offer in {"off", STATE_UNAVAILABLE}
    assert troubles(hass) == set()


@pytest.mark.usefixtures("all_entities_enabled")
async def test_nonsense_later_is_passed_over(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """What makes no sense changes nothing, and the connection stays."""
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


async def test_events_are_handed_on(
    hass: HomeAssistant, connected: ControlServer, control_entry: MockConfigEntry
) -> None:
    """Whoever listens hears of each thing that the server does."""
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


async def test_model_is_chosen(hass: HomeAssistant, connected: ControlServer) -> None:
    """The choice goes to the server, which may say no; a rest is no choice."""
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


async def test_failed_model_is_told(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """The repair names the reason, stays while loading, and goes with success."""
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


async def test_without_token_there_is_a_hint(
    hass: HomeAssistant, control: ControlServer, server_entry: MockConfigEntry
) -> None:
    """Speech works; a repair says how to see more, and the token brings it."""
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


async def test_house_without_any_voice(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """Answers that nobody can speak are a repair."""
    server.voice_languages = []
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await hass.async_block_till_done()
    assert troubles(hass) == {"no_voice"}


async def test_unload_ends_the_connection(
    hass: HomeAssistant, connected: ControlServer, control_entry: MockConfigEntry
) -> None:
    """Nothing is left of it; loading begins anew."""
    assert await hass.config_entries.async_unload(control_entry.entry_id)
    await hass.async_block_till_done()
    assert state_of(hass, STATE) == STATE_UNAVAILABLE
    assert await hass.config_entries.async_setup(control_entry.entry_id)
    await connected.wait_until_connected(2)
    await until(lambda: state_of(hass, STATE) == "ready")


async def test_diagnostics_and_health(
    hass: HomeAssistant,
    connected: ControlServer,
    control_entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """Both tell how the server is doing; the token stays where it is."""
    assert await async_setup_component(hass, "diagnostics", {})
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    told = await get_diagnostics_for_config_entry(hass, hass_client, control_entry)
    assert told["live"]["status"]["requests"] == 12
    assert told["live"]["connections"] == 1
    assert told["entry"][CONF_TOKEN] == "**REDACTED**"
    assert TOKEN not in json.dumps(told)
    health = await get_system_health_info(hass, DOMAIN)
    assert health == {
        "servers": 1,
        "satellites": 0,
        "not_loaded": 0,
        "Speech": "1.2.3, ready, hearken-commands-en",
    }


async def test_recognition_is_tested(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """A sentence goes through the server; a repair shows until it is understood."""
    button = {"entity_id": "button.speech_test_recognition"}
    running_server.text = "something else altogether"
    with pytest.raises(HomeAssistantError, match="something else altogether"):
        await hass.services.async_call("button", "press", button, blocking=True)
    assert troubles(hass) == {"recognition_failed"}
    running_server.text = "Turn on the kitchen lights."
    await hass.services.async_call("button", "press", button, blocking=True)
    assert troubles(hass) == set()
    assert len(running_server.audio) > 32_000


@pytest.mark.usefixtures("all_entities_enabled")
async def test_real_server(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is shown, understands itself, and is missed when it hangs or ends."""
    module = "custom_components.hearken.client"
    monkeypatch.setattr(f"{module}.control.LIVE_SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(f"{module}.lasting.RECONNECT_MAX_SECONDS", 1)
    with Server(tmp_path, "--name", "Speech") as program:
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


async def test_sensors_of_earlier_versions_are_removed(
    hass: HomeAssistant,
    control: ControlServer,
    control_entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    """A sensor that no longer exists leaves nothing behind in the registry."""
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
