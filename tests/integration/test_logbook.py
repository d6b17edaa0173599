"""The logbook tells what happened, and not what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.hearken.const import DOMAIN, EVENT_HEARKEN
from custom_components.hearken.exchanges.events import HearkenEvent
from custom_components.hearken.exchanges.exchange import Kind, Source
from custom_components.hearken.exchanges.house import async_get_house
from custom_components.hearken.logbook import async_describe_events
from tests.integration.talking import SATELLITE
from tests.integration.test_trigger import happen

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import Event, HomeAssistant

    from tests.simulators.satellite import SatelliteSimulator

type Describe = Callable[[Event[dict[str, Any]]], dict[str, Any]]


@pytest.fixture
def describe(hass: HomeAssistant) -> Describe:
    """Return what the logbook is given to put events into words."""
    found: dict[tuple[str, str], Describe] = {}

    def keep(domain: str, event_type: str, words: Describe) -> None:
        found[(domain, event_type)] = words

    async_describe_events(hass, keep)
    return found[(DOMAIN, EVENT_HEARKEN)]


@pytest.mark.parametrize("kind", list(Kind))
async def test_everything_can_be_put_into_words(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    describe: Describe,
    kind: Kind,
) -> None:
    """Each kind of happening has words and a sign; what was said stays out."""
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
    """The wake word and the error are told."""
    events = async_capture_events(hass, EVENT_HEARKEN)
    await happen(hass, Kind.WAKE_WORD_HEARD, wake_word="hey jarvis")
    await happen(hass, Kind.COMMAND_FAILED, error="stt-stream-failed")
    async_get_house(hass).dispatcher.publish(
        HearkenEvent(kind=Kind.SERVER_LOST, source=Source(id="x", name=""))
    )
    await hass.async_block_till_done()
    assert [describe(event)["message"] for event in events] == [
        "heard the wake word “hey jarvis”",
        "could not carry out a command (stt-stream-failed)",
        "does not answer any more",
    ]
    assert describe(events[2])["name"] == "Hearken"
