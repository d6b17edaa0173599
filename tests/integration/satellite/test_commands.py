"""Test commands and their answers on a satellite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from homeassistant.components.assist_pipeline.pipeline import (
    async_get_pipeline,
    async_update_pipeline,
)
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, callback
from wyoming.audio import AudioChunk, AudioStart
from wyoming.pipeline import PipelineStage
from wyoming.wake import Detection

from hearken_speech.protocol import TurnPhase
from tests.integration.conftest import state_of
from tests.integration.speaker import add_house_speech
from tests.simulators.faults import Fault

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, ServiceCall
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

ENTITY = "assist_satellite.kitchen"


@pytest.fixture(autouse=True)
def _quick_server(server: SpeechServer) -> None:
    """Make the server detect wake words and the end of speech quickly."""
    server.wakes_after_ms = 200
    server.ends_speech_after_ms = 200


async def test_command_after_the_servers_wake_word(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
) -> None:
    """A command turns on the light, is answered, and the next one works."""
    satellite = running_satellite
    await satellite.ask_for_run(PipelineStage.WAKE)
    await satellite.open_microphone()

    detection = await satellite.wait_for("detection")
    assert detection.data["name"] == "hey_jarvis"
    await satellite.wait_turn(TurnPhase.LISTENING)
    await satellite.wait_turn(TurnPhase.PROCESSING)
    transcript = await satellite.wait_for("transcript")
    assert transcript.data["text"] == "turn on the kitchen light"
    await satellite.wait_turn(TurnPhase.RESPONDING)
    assert (await satellite.wait_for("synthesize")).data["text"]
    await satellite.wait_for("audio-stop")
    running_server.wakes_after_ms = None
    turn = await satellite.wait_turn(TurnPhase.IDLE)
    assert turn.error is None
    assert not turn.listen_again
    # The simulated speech is 0.2 s long after conversion.
    assert len(satellite.heard) == pytest.approx(6400, abs=200)
    assert [call.data["entity_id"] for call in light_calls] == [["light.kitchen"]]

    await running_server.wait_for("detect")
    await running_server.wait_for("detect")
    assert state_of(hass, ENTITY) == "idle"


async def test_command_after_the_satellites_wake_word(
    hass: HomeAssistant,
    running_server: SpeechServer,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
    light_calls: list[ServiceCall],
) -> None:
    """After its own wake word, the satellite's audio is used at once."""
    satellite.knows_wake_words = True
    assert await hass.config_entries.async_setup(satellite_entry.entry_id)
    await satellite.wait_for("run-satellite")
    await satellite.ask_for_run(PipelineStage.ASR, wake_word_name="hey_mycroft")
    await satellite.open_microphone()

    await satellite.wait_turn(TurnPhase.LISTENING)
    await satellite.wait_turn(TurnPhase.PROCESSING)
    await satellite.mute()
    await satellite.wait_turn(TurnPhase.IDLE)
    await hass.async_block_till_done()
    assert len(light_calls) == 1
    assert state_of(hass, ENTITY) == "idle"
    assert not [e for e in running_server.received if e.type == "detect"]


@pytest.mark.parametrize(
    ("end_ms", "first_sample"),
    [(1000, 0), (1230, 3680), (1000 + 60_000, 0), (None, 0)],
)
async def test_wake_word_is_no_part_of_the_command(
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    end_ms: int | None,
    first_sample: int,
) -> None:
    """The wake word is removed from the audio sent before the detection.

    An invalid position removes nothing.
    """
    satellite = running_satellite
    layout = {"rate": 16_000, "width": 2, "channels": 1}
    sound = np.arange(16_000, dtype="<i2")
    await satellite.send(Detection(name="hey_mycroft", timestamp=end_ms))
    await satellite.ask_for_run(PipelineStage.ASR, wake_word_name="hey_mycroft")
    await satellite.send(AudioStart(**layout, timestamp=1000))
    for first in range(0, len(sound), 1600):
        piece = sound[first : first + 1600].tobytes()
        at = 1000 + first // 16
        await satellite.send(AudioChunk(**layout, audio=piece, timestamp=at))
    await satellite.wait_turn(TurnPhase.IDLE)

    received = b"".join(
        event.payload or b""
        for event in running_server.received
        if event.type == "audio-chunk"
    )
    heard = np.frombuffer(received, "<i2")
    assert len(heard) > 3200
    np.testing.assert_array_equal(heard, sound[first_sample:][: len(heard)])


async def test_states_follow_the_command(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
) -> None:
    """The entity goes through all states of a command."""
    states: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] == ENTITY:
            assert event.data["new_state"] is not None
            states.append(event.data["new_state"].state)

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    await running_satellite.wait_turn(TurnPhase.IDLE)
    await hass.async_block_till_done()
    assert [new for new in dict.fromkeys(states) if new != "idle"] == [
        "listening",
        "processing",
        "responding",
    ]
    assert state_of(hass, ENTITY) == "idle"


async def test_sentence_that_nobody_understands(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The apology is spoken and is not an error."""
    running_server.text = "my hovercraft is full of eels"
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    spoken = await running_satellite.wait_for("synthesize")
    assert "Sorry" in spoken.data["text"]
    turn = await running_satellite.wait_turn(TurnPhase.IDLE)
    assert turn.error is None
    assert running_satellite.heard


@pytest.mark.parametrize(
    ("text", "fault", "code"),
    [
        ("", Fault.NONE, "stt-no-text-recognized"),
        ("x", Fault.REFUSES, "stt-stream-failed"),
        ("x", Fault.DIES_IN_REQUEST, "stt-stream-failed"),
    ],
)
async def test_failed_command_is_told_and_the_next_works(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
    text: str,
    fault: Fault,
    code: str,
) -> None:
    """The error is sent to the satellite, and the next command works."""
    satellite = running_satellite
    good_text, running_server.text = running_server.text, text
    running_server.fault = fault
    await satellite.ask_for_run(PipelineStage.ASR)
    await satellite.open_microphone()
    assert (await satellite.wait_turn(TurnPhase.IDLE)).error == code
    assert state_of(hass, ENTITY) == "idle"

    running_server.text, running_server.fault = good_text, Fault.NONE
    await satellite.ask_for_run(PipelineStage.ASR)
    assert (await satellite.wait_turn(TurnPhase.IDLE)).error is None
    assert len(light_calls) == 1


async def test_pipeline_without_speech_stays_silent(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
) -> None:
    """Without text-to-speech, the command is still executed."""
    pipeline = async_get_pipeline(hass)
    await async_update_pipeline(hass, pipeline, tts_engine=None, tts_language=None)
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    assert (await running_satellite.wait_turn(TurnPhase.IDLE)).error is None
    assert len(light_calls) == 1
    assert not running_satellite.heard
    assert state_of(hass, ENTITY) == "idle"


async def test_broken_speech_is_told(
    hass: HomeAssistant,
    server: SpeechServer,
    running_satellite: SatelliteSimulator,
    server_entry: MockConfigEntry,
    light_calls: list[ServiceCall],
) -> None:
    """An error in text-to-speech does not keep the satellite from listening."""
    engine = await add_house_speech(hass, "en")
    engine.failure = RuntimeError("out of breath")
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await hass.async_block_till_done()
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    assert (await running_satellite.wait_turn(TurnPhase.IDLE)).error == "tts-failed"
    assert len(light_calls) == 1
    assert state_of(hass, ENTITY) == "idle"


async def test_deaf_server_is_told_once(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a wake word engine, runs are retried with increasing delays."""
    monkeypatch.setattr(
        "custom_components.hearken.satellite.retry.RESTART_MIN_SECONDS", 0.05
    )
    monkeypatch.setattr(
        "custom_components.hearken.satellite.turn.RESTART_MAX_SECONDS", 0.1
    )
    running_server.fault = Fault.REFUSES
    await running_satellite.ask_for_run(PipelineStage.WAKE)
    await running_satellite.open_microphone()
    for _ in range(3):
        await running_server.wait_for("detect")
    assert not [e for e in running_satellite.received if e.type == "hearken-turn"]

    running_server.fault = Fault.NONE
    await running_satellite.wait_turn(TurnPhase.LISTENING)


async def test_missing_wake_word_engine_is_told_once(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    server_entry: MockConfigEntry,
    server: SpeechServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a usable pipeline, the satellite gets a single error."""
    monkeypatch.setattr(
        "custom_components.hearken.satellite.retry.RESTART_MIN_SECONDS", 0.05
    )
    await running_satellite.ask_for_run(PipelineStage.WAKE)
    await running_satellite.open_microphone()
    turn = await running_satellite.wait_turn(TurnPhase.IDLE)
    assert turn.error == "validation-error"

    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await running_satellite.wait_turn(TurnPhase.LISTENING)
    turns = [e for e in running_satellite.received if e.type == "hearken-turn"]
    assert [turn.data["phase"] for turn in turns[:2]] == ["idle", "listening"]


async def test_pipeline_is_chosen(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The select determines the pipeline of a command."""
    await hass.services.async_call(
        "select",
        "select_option",
        {"entity_id": "select.kitchen_assistant", "option": "Home Assistant"},
        blocking=True,
    )
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    turn = await running_satellite.wait_turn(TurnPhase.IDLE)
    assert turn.error == "validation-error"


async def test_closed_microphone_ends_the_command(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
) -> None:
    """Closing the microphone ends the command."""
    running_server.ends_speech_after_ms = 100_000
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    await running_server.wait_for("audio-chunk")
    await running_satellite.mute()
    assert (await running_satellite.wait_turn(TurnPhase.IDLE)).error is None
    assert len(light_calls) == 1
