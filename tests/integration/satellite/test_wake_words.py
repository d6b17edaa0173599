"""Test two wake words with two assistants and their thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homeassistant.components.assist_pipeline.pipeline import (
    async_get_pipelines,
    async_update_pipeline,
)
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.exceptions import HomeAssistantError
from wyoming.event import Event
from wyoming.pipeline import PipelineStage
from wyoming.wake import Detection

from hearken_speech.protocol import DetectDetails, SatelliteSettings, TurnPhase
from tests.integration.conftest import state_of
from tests.integration.satellite.test_settings import act
from tests.integration.talking import SATELLITE, call, recorded_events
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.components.assist_pipeline import PipelineEvent
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


WORD, WORD_2 = "select.kitchen_wake_word", "select.kitchen_wake_word_2"
ASSISTANT_2 = "select.kitchen_assistant_2"
THRESHOLD = "number.kitchen_wake_word_threshold"
THRESHOLD_2 = "number.kitchen_wake_word_2_threshold"


@pytest.fixture(autouse=True)
def _quick_server(server: SpeechServer) -> None:
    """Make the server detect the end of speech quickly."""
    server.ends_speech_after_ms = 200


@pytest.fixture(name="second")
async def second_fixture(hass: HomeAssistant, running_server: SpeechServer) -> str:
    """Create a second assistant; return its ID."""
    from homeassistant.components.assist_pipeline.pipeline import (  # noqa: PLC0415 - as the integration does
        KEY_ASSIST_PIPELINE,
    )

    (first,) = [p for p in async_get_pipelines(hass) if p.name == "Hearken"]
    fields = {k: v for k, v in first.to_json().items() if k != "id"}
    store = hass.data[KEY_ASSIST_PIPELINE].pipeline_store
    pipeline = await store.async_create_item({**fields, "name": "Second"})
    return str(pipeline.id)


@pytest.fixture(name="own_words")
async def own_words_fixture(
    hass: HomeAssistant,
    running_server: SpeechServer,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> SatelliteSimulator:
    """Set up a satellite with configurable on-device wake words."""
    satellite.learn(words=True)
    assert await hass.config_entries.async_setup(satellite_entry.entry_id)
    await hass.async_block_till_done()
    await satellite.wait_for("run-satellite")
    return satellite


async def choose(hass: HomeAssistant, entity_id: str, option: str) -> None:
    """Select an option."""
    await act(hass, "select.select_option", entity_id, option=option)


def pipelines_run(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that collects the pipeline of each run."""
    from custom_components.hearken.assist_satellite import (  # noqa: PLC0415 - after the plugin
        HearkenSatellite,
    )

    run: list[str] = []
    original = HearkenSatellite.on_pipeline_event

    def note(satellite: HearkenSatellite, event: PipelineEvent) -> None:
        if event.type == "run-start":
            run.append((event.data or {})["pipeline"])
        original(satellite, event)

    monkeypatch.setattr(HearkenSatellite, "on_pipeline_event", note)
    return run


def detects(server: SpeechServer) -> list[tuple[list[str] | None, dict[str, float]]]:
    """Return the words and thresholds of all requests to the server."""
    return [
        (
            event.data.get("names"),
            {
                word: word_settings.threshold or 0.0
                for word, word_settings in DetectDetails.from_context(
                    event.data.get("context")
                ).words.items()
            },
        )
        for event in server.received
        if event.type == "detect"
    ]


async def test_words_of_the_server_are_chosen(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """The options are the server's words; the selection survives a restart."""
    state = hass.states.get(WORD)
    assert state is not None
    assert state.attributes["options"] == ["word_of_assistant", "alexa", "hey jarvis"]
    assert state.state == "word_of_assistant"
    assert state_of(hass, WORD_2) == "no_wake_word"
    assert state_of(hass, THRESHOLD) == "0.5"
    assert state_of(hass, THRESHOLD_2) == STATE_UNAVAILABLE
    await choose(hass, WORD_2, "alexa")
    await act(hass, "number.set_value", THRESHOLD_2, value=0.7)
    assert await hass.config_entries.async_reload(satellite_entry.entry_id)
    await hass.async_block_till_done()
    assert state_of(hass, WORD_2) == "alexa"
    assert state_of(hass, THRESHOLD_2) == "0.7"
    # Each word has one slot; its threshold moves with it.
    await choose(hass, WORD, "alexa")
    assert state_of(hass, WORD_2) == "no_wake_word"
    assert state_of(hass, THRESHOLD) == "0.7"
    await choose(hass, WORD, "word_of_assistant")
    assert state_of(hass, THRESHOLD) == "0.5"


async def test_changes_hold_while_the_server_listens(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """Changed thresholds apply to the current run."""
    await act(hass, "number.set_value", THRESHOLD, value=1.0)
    await running_satellite.ask_for_run(PipelineStage.WAKE)
    await running_satellite.open_microphone()
    await running_server.wait_for("detect")
    running_server.wakes_after_ms = 200
    await until(lambda: len(running_server.audio) > 3 * 200 * 32)
    assert state_of(hass, SATELLITE) == "idle"
    assert detects(running_server) == [(["hey_jarvis"], {"hey_jarvis": 1.0})]
    connections = running_server.connection_count
    await act(hass, "number.set_value", THRESHOLD, value=0.4)
    await running_satellite.wait_for("detection")
    running_server.wakes_after_ms = None
    assert detects(running_server)[1] == (["hey_jarvis"], {"hey_jarvis": 0.4})
    # Speech-to-text may have begun; wake words used the same connection.
    assert running_server.connection_count <= connections + 1
    await running_satellite.wait_turn(TurnPhase.IDLE)


async def test_the_second_word_has_the_second_assistant(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    second: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After the second word, the other assistant gets the command."""
    run = pipelines_run(hass, monkeypatch)
    events = recorded_events(hass)
    await choose(hass, WORD_2, "alexa")
    await choose(hass, ASSISTANT_2, "Second")
    running_server.wakes_after_ms = 200
    running_server.wakes_with = "alexa"
    await running_satellite.ask_for_run(PipelineStage.WAKE)
    await running_satellite.open_microphone()
    detection = await running_satellite.wait_for("detection")
    assert detection.data["name"] == "alexa"
    running_server.wakes_after_ms = None
    turn = await running_satellite.wait_turn(TurnPhase.IDLE)
    assert turn.error is None
    assert run[1] == second
    assert run[0] != second
    assert detects(running_server)[0][0] == ["hey_jarvis", "alexa"]
    kinds = [event.kind.value for event in events]
    assert kinds[:2] == ["wake_word_heard", "command_heard"]
    assert events[0].exchange.wake_word_id == "alexa"
    # After that, the first assistant waits again.
    await until(lambda: len(run) == 3)
    assert run[2] == run[0]


async def test_the_first_word_stays_in_its_run(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    second: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only a word of another assistant starts another run."""
    run = pipelines_run(hass, monkeypatch)
    await choose(hass, WORD_2, "alexa")
    await choose(hass, ASSISTANT_2, "Second")
    running_server.wakes_after_ms = 200
    await running_satellite.ask_for_run(PipelineStage.WAKE)
    await running_satellite.open_microphone()
    await running_satellite.wait_for("detection")
    running_server.wakes_after_ms = None
    await running_satellite.wait_turn(TurnPhase.IDLE)
    await until(lambda: len(run) == 2)
    assert second not in run


async def test_an_assistant_chosen_while_it_waits_answers(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    second: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The command runs with the new assistant, although the run had begun before."""
    run = pipelines_run(hass, monkeypatch)
    await running_satellite.ask_for_run(PipelineStage.WAKE)
    await running_satellite.open_microphone()
    await running_server.wait_for("detect")
    await choose(hass, "select.kitchen_assistant", "Second")
    running_server.wakes_after_ms = 200
    await running_satellite.wait_for("detection")
    running_server.wakes_after_ms = None
    await running_satellite.wait_turn(TurnPhase.IDLE)
    assert run[1] == second


async def test_another_engine_has_no_words_to_choose(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """With another wake word engine, the selects have no words."""
    (pipeline,) = [p for p in async_get_pipelines(hass) if p.name == "Hearken"]
    entity = pipeline.wake_word_entity
    hass.states.async_set("wake_word.other", "unknown")
    await async_update_pipeline(hass, pipeline, wake_word_entity="wake_word.other")
    await until(lambda: state_of(hass, WORD) == STATE_UNAVAILABLE)
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, "set_wake_word", entity_id=SATELLITE, wake_words=[])
    assert caught.value.translation_key == "wake_words_are_fixed"
    await async_update_pipeline(hass, pipeline, wake_word_entity=entity)
    await until(lambda: state_of(hass, WORD) == "word_of_assistant")


async def test_words_that_come_and_go_on_the_server(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    server_entry: MockConfigEntry,
) -> None:
    """A new word can be selected; a missing one gives way to the assistant's."""
    running_server.wake_words["hey_house"] = "hey house"
    await server_entry.runtime_data.coordinator.async_refresh()
    await choose(hass, WORD, "hey house")
    assert state_of(hass, WORD) == "hey house"
    del running_server.wake_words["hey_house"]
    await server_entry.runtime_data.coordinator.async_refresh()
    assert state_of(hass, WORD) == "word_of_assistant"


async def test_words_on_the_device(
    hass: HomeAssistant, own_words: SatelliteSimulator
) -> None:
    """The satellite stores its words and thresholds, and confirms changes."""
    assert state_of(hass, WORD) == "hey mycroft"
    await choose(hass, WORD_2, "okay nabu")
    assert own_words.settings.wake_words == ("hey_mycroft", "okay_nabu")
    await act(hass, "number.set_value", THRESHOLD_2, value=0.8)
    assert own_words.settings.thresholds == {"hey_mycroft": 0.5, "okay_nabu": 0.8}
    assert state_of(hass, THRESHOLD_2) == "0.8"
    # Set on the satellite itself: words in their slots stay there.
    await own_words.change(SatelliteSettings(wake_words=("okay_nabu",)))
    await until(lambda: state_of(hass, WORD) == "no_wake_word")
    assert state_of(hass, WORD_2) == "okay nabu"
    await own_words.change(SatelliteSettings(wake_words=("hey_mycroft", "okay_nabu")))
    await until(lambda: state_of(hass, WORD) == "hey mycroft")
    own_words.takes_settings = False
    with pytest.raises(HomeAssistantError) as caught:
        await choose(hass, WORD_2, "no_wake_word")
    assert caught.value.translation_key == "settings_refused"
    assert state_of(hass, WORD_2) == "okay nabu"


async def test_the_second_word_on_the_device(
    hass: HomeAssistant,
    own_words: SatelliteSimulator,
    second: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second assistant handles the command and a follow-up, then the first."""
    run = pipelines_run(hass, monkeypatch)
    await choose(hass, WORD_2, "okay nabu")
    await choose(hass, ASSISTANT_2, "Second")
    for word in ("okay_nabu", "hey_mycroft"):
        await own_words.send(Detection(name=word))
        await own_words.ask_for_run(PipelineStage.ASR)
        await own_words.open_microphone()
        await own_words.wait_turn(TurnPhase.LISTENING)
        await own_words.wait_turn(TurnPhase.IDLE)
        await own_words.mute()
    assert run[0] == second
    assert run[1] != second


async def test_a_stray_detection_starts_nothing(
    hass: HomeAssistant, own_words: SatelliteSimulator
) -> None:
    """An unknown word starts the first assistant."""
    await own_words.send(Event("detection", {"name": "what"}))
    await own_words.ask_for_run(PipelineStage.ASR)
    await own_words.open_microphone()
    await own_words.wait_turn(TurnPhase.IDLE)
    await until(lambda: state_of(hass, SATELLITE) == "idle")
