"""Test connecting to satellites, losing them and reconnecting."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from wyoming.audio import AudioChunk
from wyoming.event import Event
from wyoming.ping import Ping
from wyoming.pipeline import PipelineStage
from wyoming.wake import Detection

from hearken_speech.protocol import PeerKind, TurnPhase
from tests.integration.conftest import state_of
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, ServiceCall
    from homeassistant.helpers import entity_registry as er
    from pytest_homeassistant_custom_component.common import MockConfigEntry
    from pytest_homeassistant_custom_component.typing import WebSocketGenerator

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

ENTITY = "assist_satellite.kitchen"
LASTING = "custom_components.hearken.client.lasting"
LINK = "custom_components.hearken.satellite.connection"
NONSENSE = b"\x55"
"""Is in no sound that is meant to be heard: microphones here are silent."""


@pytest.fixture(autouse=True)
def _impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reconnect quickly."""
    monkeypatch.setattr(f"{LASTING}.RECONNECT_MIN_SECONDS", 0.05)
    monkeypatch.setattr(f"{LASTING}.RECONNECT_MAX_SECONDS", 0.1)


async def test_satellite_goes_and_comes_back(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The entity is unavailable in between; each change is logged once."""
    await running_satellite.stop()
    await running_satellite.wait_until(lambda: not running_satellite.is_visited)
    await wait_for_state(hass, STATE_UNAVAILABLE)
    await running_satellite.start()
    await running_satellite.wait_for("run-satellite")
    assert state_of(hass, ENTITY) == "idle"

    lost = [r for r in caplog.records if "is not connected" in r.getMessage()]
    back = [r for r in caplog.records if "is connected again" in r.getMessage()]
    assert len(lost) == len(back) == 1
    assert lost[0].levelno == logging.WARNING


async def wait_for_state(hass: HomeAssistant, state: str) -> None:
    """Wait until the satellite's entity has this state."""
    await until(lambda: state_of(hass, ENTITY) == state)


async def test_silent_satellite_is_given_up(
    hass: HomeAssistant,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A satellite that does not answer pings is reconnected."""
    monkeypatch.setattr(f"{LINK}.PING_INTERVAL_SECONDS", 0.05)
    assert await hass.config_entries.async_setup(satellite_entry.entry_id)
    await satellite.wait_for("ping")
    await satellite.wait_for("ping")
    assert satellite.connection_count == 1
    satellite.answers_pings = False
    # Shortened only now, since setup may take longer.
    monkeypatch.setattr(f"{LINK}.SILENCE_TIMEOUT_SECONDS", 0.2)
    await satellite.wait_until(lambda: satellite.connection_count > 1)
    satellite.answers_pings = True
    await satellite.wait_for("run-satellite")


async def test_satellite_that_reads_nothing_is_given_up(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Events do not accumulate for a satellite that does not read."""
    monkeypatch.setattr("custom_components.hearken.satellite.outbox._LIMIT", 4)
    flood = b'{"type": "ping"}\n' * 1000
    await running_satellite.send_bytes(flood)
    await running_satellite.wait_until(lambda: running_satellite.connection_count > 1)


async def test_pings_are_answered(
    hass: HomeAssistant, running_satellite: SatelliteSimulator
) -> None:
    """A satellite's pings are answered."""
    await running_satellite.send(Ping(text="hello"))
    pong = await running_satellite.wait_for("pong")
    assert pong.data["text"] == "hello"


@pytest.mark.parametrize(
    "nonsense",
    [
        Event("run-pipeline", {"start_stage": "wake"}),
        Event("run-pipeline", {"start_stage": "dance", "end_stage": "tts"}),
        Event("run-pipeline", {"start_stage": "tts", "end_stage": "tts"}),
        Event("audio-chunk", {"rate": "fast"}, b"\0\0"),
        Event("detection", {"name": {"a": 1}}),
        Event("some-event-of-tomorrow", {"x": 1}),
        Event("ping", {"text": 5}),
        Event("played"),
        Event("audio-stop"),
        Event("hearken-welcome", {"kind": "server"}),
    ],
    ids=lambda event: f"{event.type}",
)
async def test_nonsense_is_passed_over(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
    nonsense: Event,
) -> None:
    """Invalid events are ignored, and the next command works."""
    for _ in range(3):
        await running_satellite.send(nonsense)
    await command(running_server, running_satellite)
    assert len(light_calls) == 1
    assert running_satellite.connection_count == 1


async def command(server: SpeechServer, satellite: SatelliteSimulator) -> None:
    """Speak a command and wait for the end of its answer."""
    server.ends_speech_after_ms = 200
    await satellite.ask_for_run(PipelineStage.ASR)
    await satellite.open_microphone()
    assert (await satellite.wait_turn(TurnPhase.IDLE)).error is None
    await satellite.mute()


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xff\xfe\xfd\n",
        b"[]\n",
        b"{}\n",
        b'{"type": 5}\n',
        b'{"type": "x", "data": []}\n{"type": "x", "data": 5}\n',
        b'{"type": "x", "data_length": -1}\n',
        b'{"type": "x", "data_length": true}\n',
        b'{"type": "x", "payload_length": 1e9}\n',
        b'{"type": "x", "payload_length": 99999999}\n',
        b'{"type": "x", "data_length": 2}\n[]',
        b"[" * 50_000 + b"\n",
        b"x" * 100_000,
    ],
    ids=range(13),
)
async def test_garbage_is_answered_by_a_new_connection(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
    garbage: bytes,
) -> None:
    """Data that is not an event closes the connection; the next one works."""
    await running_satellite.send_bytes(garbage)
    await running_satellite.wait_until(lambda: running_satellite.connection_count > 1)
    await running_satellite.wait_for("run-satellite")
    await command(running_server, running_satellite)
    assert len(light_calls) == 1


@pytest.mark.parametrize(
    "chunk",
    [
        AudioChunk(rate=44100, width=2, channels=1, audio=NONSENSE * 100),
        AudioChunk(rate=16000, width=2, channels=2, audio=NONSENSE * 100),
        AudioChunk(rate=16000, width=2, channels=1, audio=NONSENSE * 101),
    ],
)
async def test_audio_of_another_kind_is_passed_over(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    caplog: pytest.LogCaptureFixture,
    chunk: AudioChunk,
) -> None:
    """Unsupported audio is logged once and not passed to the pipeline."""
    running_server.ends_speech_after_ms = 100
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.wait_turn(TurnPhase.LISTENING)
    for _ in range(5):
        await running_satellite.send(chunk)
    await running_satellite.open_microphone()
    await running_satellite.wait_turn(TurnPhase.IDLE)
    assert running_server.audio
    assert NONSENSE not in running_server.audio
    assert caplog.text.count("sent an invalid event") == 1


async def test_satellite_goes_in_the_middle_of_a_command(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
) -> None:
    """The run ends with the connection, and the next command works."""
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    await running_satellite.wait_turn(TurnPhase.LISTENING)
    await running_satellite.stop()
    await wait_for_state(hass, STATE_UNAVAILABLE)
    await running_server.wait_until(lambda: not running_server.is_visited)

    await running_satellite.start()
    await running_satellite.wait_for("run-satellite")
    await command(running_server, running_satellite)
    assert len(light_calls) == 1


async def test_entry_is_removed_in_the_middle_of_a_command(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """Removing the entry leaves no run behind."""
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    await running_satellite.wait_turn(TurnPhase.LISTENING)
    await hass.config_entries.async_remove(satellite_entry.entry_id)
    await running_satellite.wait_until(lambda: not running_satellite.is_visited)
    await running_server.wait_until(lambda: not running_server.is_visited)


async def test_entry_is_removed_in_the_middle_of_an_answer(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
    light_calls: list[ServiceCall],
) -> None:
    """Removing the entry leaves no playback behind."""
    running_server.ends_speech_after_ms = 200
    running_satellite.says_played = False
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    await running_satellite.wait_for("audio-stop")
    assert state_of(hass, ENTITY) == "responding"
    await hass.config_entries.async_remove(satellite_entry.entry_id)
    await running_satellite.wait_until(lambda: not running_satellite.is_visited)
    assert hass.states.get(ENTITY) is None


async def test_renamed_entity_goes_on(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    entity_registry: er.EntityRegistry,
    light_calls: list[ServiceCall],
) -> None:
    """After renaming the entity, the satellite is asked to start again."""
    entity_registry.async_update_entity(ENTITY, new_entity_id="assist_satellite.nook")
    await hass.async_block_till_done()
    await running_satellite.wait_for("pause-satellite")
    await running_satellite.wait_for("run-satellite")
    await command(running_server, running_satellite)
    assert state_of(hass, "assist_satellite.nook") == "idle"
    assert len(light_calls) == 1


async def test_new_key_while_running(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """A satellite that returns with another key asks for reauthentication."""
    await running_satellite.stop()
    running_satellite.change_key()
    await running_satellite.start()
    await until(lambda: bool(hass.config_entries.flow.async_progress()))
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["step_id"] == "reauth_confirm"
    await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"key": running_satellite.key}
    )
    await hass.async_block_till_done()
    assert satellite_entry.state is ConfigEntryState.LOADED
    await running_satellite.wait_for("run-satellite")


async def test_another_satellite_takes_the_address(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A satellite with another ID is not accepted."""
    await running_satellite.stop()
    running_satellite.become("satellite-2")
    await running_satellite.start()
    await running_satellite.wait_for("describe")
    await until(lambda: "another satellite answers" in caplog.text)
    assert state_of(hass, ENTITY) == STATE_UNAVAILABLE


async def test_wake_word_of_the_satellite_is_intercepted(
    hass: HomeAssistant,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """Home Assistant's wizard receives the detected wake word."""
    satellite.knows_wake_words = True
    assert await hass.config_entries.async_setup(satellite_entry.entry_id)
    await satellite.wait_for("run-satellite")
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {"type": "assist_satellite/get_configuration", "entity_id": ENTITY}
    )
    configuration = (await client.receive_json())["result"]
    assert configuration["active_wake_words"] == ["hey_mycroft"]
    assert configuration["available_wake_words"] == [
        {"id": "hey_mycroft", "wake_word": "hey mycroft", "trained_languages": ["en"]}
    ]

    await client.send_json_auto_id(
        {"type": "assist_satellite/intercept_wake_word", "entity_id": ENTITY}
    )
    assert (await client.receive_json())["success"]
    await satellite.send(Detection(name="hey_mycroft"))
    await satellite.ask_for_run(PipelineStage.ASR)
    event = (await client.receive_json())["event"]
    assert event == {"wake_word_phrase": "hey mycroft"}
    await satellite.wait_turn(TurnPhase.IDLE)


async def test_wake_words_cannot_be_set(
    hass: HomeAssistant,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """Setting wake words raises an error."""
    satellite.knows_wake_words = True
    assert await hass.config_entries.async_setup(satellite_entry.entry_id)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {
            "type": "assist_satellite/set_wake_words",
            "entity_id": ENTITY,
            "wake_word_ids": ["hey_mycroft"],
        }
    )
    answer = await client.receive_json()
    assert not answer["success"]
    assert "cannot be changed here" in json.dumps(answer["error"])


async def test_another_satellite_answers(
    hass: HomeAssistant,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """A satellite with the same key and another ID is not accepted."""
    satellite.become("satellite-2", "Bedroom")
    await hass.config_entries.async_setup(satellite_entry.entry_id)
    assert satellite_entry.state is not ConfigEntryState.LOADED
    assert satellite_entry.error_reason_translation_key == "wrong_device"


async def test_another_kind_answers(
    hass: HomeAssistant,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """A device of another kind is not accepted as a satellite."""
    satellite.welcome = replace(satellite.welcome, kind=PeerKind.SERVER)
    await hass.config_entries.async_setup(satellite_entry.entry_id)
    assert satellite_entry.state is not ConfigEntryState.LOADED
    assert satellite_entry.error_reason_translation_key == "wrong_kind"
