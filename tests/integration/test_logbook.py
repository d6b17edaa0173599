"""Test that the logbook shows events without the spoken text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.hearken.const import DOMAIN, EVENT_HEARKEN
from custom_components.hearken.exchanges.events import HearkenEvent
from custom_components.hearken.exchanges.exchange import Kind, Source
from custom_components.hearken.exchanges.house import async_get_house
from custom_components.hearken.logbook import async_describe_events
from tests.integration.talking import SATELLITE, speak
from tests.integration.test_trigger import happen

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import HomeAssistant, ServiceCall

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

# Steps before the outcome have no logbook entry of their own.
STEPS = (Kind.WAKE_WORD_HEARD, Kind.COMMAND_HEARD)
OUTCOMES = [kind for kind in Kind if kind not in STEPS]

type Describe = Callable[[Event[dict[str, Any]]], dict[str, Any]]


@pytest.fixture
def describe(hass: HomeAssistant) -> Describe:
    """Return the function that describes events for the logbook."""
    found: dict[tuple[str, str], Describe] = {}

    def keep(domain: str, event_type: str, words: Describe) -> None:
        found[(domain, event_type)] = words

    async_describe_events(hass, keep)
    return found[(DOMAIN, EVENT_HEARKEN)]


@pytest.mark.parametrize("kind", OUTCOMES)
async def test_everything_can_be_put_into_words(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    describe: Describe,
    kind: Kind,
) -> None:
    """Each type of event has a message and an icon, without the spoken text."""
    events = async_capture_events(hass, EVENT_HEARKEN)
    await happen(hass, kind, text="my secret", answer="secret", choice="secret")
    (event,) = events
    assert "secret" not in str(event.data)
    entry = describe(event)
    assert entry["name"] == "Kitchen"
    assert entry["entity_id"] == SATELLITE
    assert len(entry["message"]) > 10
    assert entry["icon"].startswith("mdi:")


async def test_details(
    hass: HomeAssistant, running_satellite: SatelliteSimulator, describe: Describe
) -> None:
    """The wake word and the error are included."""
    events = async_capture_events(hass, EVENT_HEARKEN)
    await happen(hass, Kind.FALSE_WAKE, wake_word="hey jarvis")
    await happen(hass, Kind.COMMAND_FAILED, error="stt-stream-failed")
    async_get_house(hass).dispatcher.publish(
        HearkenEvent(kind=Kind.SERVER_LOST, source=Source(id="x", name=""))
    )
    await hass.async_block_till_done()
    assert [describe(event)["message"] for event in events] == [
        "was woken by mistake (“hey jarvis”)",
        "failed to carry out a command (stt-stream-failed)",
        "stopped responding",
    ]
    assert describe(events[2])["name"] == "Hearken"


async def test_one_line_per_command(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
) -> None:
    """A command is one line, beside the states of core's own entities."""
    running_server.ends_speech_after_ms = 200
    events = async_capture_events(hass, EVENT_HEARKEN)
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    await speak(running_satellite, wake_word_name="hey_mycroft")
    await hass.async_block_till_done()
    assert [event.data["type"] for event in events] == ["command_done"]
    changed = {event.data["entity_id"].partition(".")[0] for event in changes}
    assert changed <= {"assist_satellite", "conversation", "stt", "tts", "wake_word"}


@pytest.mark.parametrize("kind", STEPS)
async def test_events_of_earlier_versions_are_described(
    describe: Describe, kind: Kind
) -> None:
    """The recorder may still contain events of earlier versions."""
    entry = describe(Event(EVENT_HEARKEN, {"type": kind.value, "wake_word": "alexa"}))
    assert entry["message"].startswith("heard ")
