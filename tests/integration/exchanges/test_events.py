"""Test the events, entities and logs of an exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homeassistant.components.assist_pipeline.pipeline import async_get_pipeline
from homeassistant.helpers import area_registry as ar
from wyoming.pipeline import PipelineStage
from wyoming.wake import Detection

from custom_components.hearken.exchanges.events import Dispatcher, HearkenEvent
from custom_components.hearken.exchanges.exchange import Kind, Source
from hearken_speech.protocol import (
    DetectionDetails,
    EmptyReason,
    TranscriptDetails,
    TurnPhase,
)
from tests.integration.talking import (
    SATELLITE,
    TEXT_OF_A_COMMAND,
    put_satellite,
    recorded_events,
    speak,
)
from tests.integration.test_init import poll
from tests.simulators.faults import Fault

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, ServiceCall
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

ACTIVITY = "event.kitchen_last_event"
CONNECTION = "event.speech_last_event"


@pytest.fixture(autouse=True)
def _quick_server(server: SpeechServer) -> None:
    """Make the server detect wake words and the end of speech quickly."""
    server.wakes_after_ms = 200
    server.ends_speech_after_ms = 200


async def test_command_from_wake_word_to_answer(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
) -> None:
    """Each step of a command fires an event with all known details."""
    area = ar.async_get(hass).async_create("Galley")
    put_satellite(hass, area.id)
    recorded = recorded_events(hass)
    details = DetectionDetails(score=0.75, threshold=0.5)
    running_server.detection_context = details.context()
    await running_satellite.ask_for_run(PipelineStage.WAKE)
    await running_satellite.open_microphone()
    await running_satellite.wait_turn(TurnPhase.LISTENING)
    running_server.wakes_after_ms = None
    await running_satellite.wait_turn(TurnPhase.IDLE)

    assert [event.kind for event in recorded] == [
        Kind.WAKE_WORD_HEARD,
        Kind.COMMAND_HEARD,
        Kind.COMMAND_DONE,
    ]
    woken, heard, done = (event.exchange for event in recorded)
    assert woken.wake_word == "hey jarvis"
    assert woken.wake_word_id == "hey_jarvis"
    assert woken.score == 0.75
    assert woken.text is None
    assert heard.text == TEXT_OF_A_COMMAND
    assert heard.understood is None
    assert done.understood is True
    assert done.answer
    assert done.error is None
    assert set(done.seconds) == {"listening", "understanding", "answering"}
    assert all(seconds >= 0 for seconds in done.seconds.values())
    source = recorded[0].source
    assert source.id == "satellite-1"
    assert source.name == "Kitchen"
    assert source.entity_id == SATELLITE
    assert source.area_id == area.id
    assert source.device_id is not None


async def test_satellites_own_wake_word_has_a_score(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
) -> None:
    """A wake word detected on the device has its score."""
    recorded = recorded_events(hass)
    details = DetectionDetails(score=0.87, threshold=0.5)
    await running_satellite.send(
        Detection(name="hey_mycroft", context=details.context())
    )
    await speak(running_satellite, wake_word_name="hey_mycroft")
    woken = recorded[0]
    assert woken.kind is Kind.WAKE_WORD_HEARD
    assert woken.exchange.wake_word == "hey_mycroft"
    assert woken.exchange.score == 0.87

    recorded.clear()
    await speak(running_satellite)
    assert [event.kind for event in recorded] == [
        Kind.COMMAND_HEARD,
        Kind.COMMAND_DONE,
    ]
    assert recorded[0].exchange.score is None


@pytest.mark.parametrize(
    ("text", "fault", "kinds", "error"),
    [
        ("my hovercraft is full of eels", Fault.NONE, "not_understood", None),
        ("turn on the light in Atlantis", Fault.NONE, "not_understood", None),
        ("", Fault.NONE, "nothing_heard", "stt-no-text-recognized"),
        ("x", Fault.REFUSES, "command_failed", "stt-stream-failed"),
    ],
)
async def test_exchanges_that_end_badly(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    text: str,
    fault: Fault,
    kinds: str,
    error: str | None,
) -> None:
    """Sentences that are not understood, silence and failures are distinguished."""
    running_server.text, running_server.fault = text, fault
    recorded = recorded_events(hass)
    await speak(running_satellite, wake_word_name="hey_mycroft")
    ended = recorded[-1]
    assert ended.kind == kinds
    if error is not None:
        assert ended.exchange.error == error
    else:
        assert ended.exchange.understood is False
    assert ended.exchange.wake_word == "hey_mycroft"
    assert len([h for h in recorded if h.kind == kinds]) == 1


@pytest.mark.parametrize(
    ("wake_word", "reason", "kind"),
    [
        ("hey_mycroft", EmptyReason.NO_SPEECH, Kind.FALSE_WAKE),
        ("hey_mycroft", None, Kind.NOTHING_HEARD),
        (None, EmptyReason.NO_SPEECH, Kind.NOTHING_HEARD),
    ],
)
async def test_silence_after_the_wake_word(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    wake_word: str | None,
    reason: EmptyReason | None,
    kind: Kind,
) -> None:
    """Only a wake word without speech after it was a false detection."""
    details = TranscriptDetails(audio_seconds=1, decode_seconds=0, empty_reason=reason)
    running_server.text = ""
    running_server.transcript_context = details.context()
    recorded = recorded_events(hass)
    run = {"wake_word_name": wake_word} if wake_word else {}
    await speak(running_satellite, **run)
    assert recorded[-1].kind is kind


@pytest.mark.usefixtures("all_entities_enabled")
async def test_event_entity_shows_what_happened_last(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The state is the type of the last event; the text is an attribute."""
    state = hass.states.get(ACTIVITY)
    assert state is not None
    assert state.state == "unknown"
    assert "not_understood" in state.attributes["event_types"]
    assert "server_lost" not in state.attributes["event_types"]

    running_server.text = "sing “Ännchen” 🎵"
    await speak(running_satellite, wake_word_name="hey_mycroft")
    state = hass.states.get(ACTIVITY)
    assert state is not None
    assert state.attributes["event_type"] == "not_understood"
    assert state.attributes["text"] == "sing “Ännchen” 🎵"
    assert state.attributes["wake_word"] == "hey_mycroft"
    assert state.attributes["understood"] is False


@pytest.mark.usefixtures("all_entities_enabled")
async def test_server_that_goes_and_comes_back_is_told(
    hass: HomeAssistant, running_server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """A lost and restored server fires one event each, with details available."""
    recorded = recorded_events(hass)
    await running_server.stop()
    await poll(hass)
    await poll(hass)
    state = hass.states.get(CONNECTION)
    assert state is not None
    assert state.attributes["event_type"] == "server_lost"
    await running_server.start()
    await poll(hass)
    assert [event.kind for event in recorded] == [
        Kind.SERVER_LOST,
        Kind.SERVER_BACK,
    ]
    assert recorded[0].source.id == "server-1"
    assert recorded[0].source.name == "Speech"


@pytest.mark.usefixtures("all_entities_enabled")
async def test_text_of_1000_characters(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """A long text with quotes and emoji arrives complete."""
    running_server.text = ('"quote" \'s 🙂 ' * 100)[:1000].strip()
    await speak(running_satellite)
    state = hass.states.get(ACTIVITY)
    assert state is not None
    assert state.attributes["text"] == running_server.text


@pytest.mark.usefixtures("all_entities_enabled")
async def test_removal_in_the_middle_of_a_command(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """Removing a satellite while it listens leaves nothing behind."""
    running_server.ends_speech_after_ms = 1_000_000
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    await running_satellite.wait_turn(TurnPhase.LISTENING)
    await hass.config_entries.async_remove(satellite_entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get(ACTIVITY) is None
    assert async_get_pipeline(hass) is not None


def test_listener_that_fails_does_not_keep_others_from_listening(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An error in a listener is logged, and the others are called."""
    dispatcher, recorded = Dispatcher(), list[HearkenEvent]()

    def fail(event: HearkenEvent) -> None:
        raise RuntimeError(event.kind)

    dispatcher.listen(fail)
    stop = dispatcher.listen(recorded.append)
    event = HearkenEvent(kind=Kind.FALSE_WAKE, source=Source(id="1", name="Kitchen"))
    dispatcher.publish(event)
    assert recorded == [event]
    assert "false_wake could not be handled" in caplog.text
    stop()
    stop()
    dispatcher.publish(event)
    assert recorded == [event]
