"""Test the triggers for events of satellites and servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components.automation.const import DOMAIN as AUTOMATION
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import trigger
from homeassistant.setup import async_setup_component

from custom_components.hearken.exchanges.events import HearkenEvent
from custom_components.hearken.exchanges.exchange import (
    Exchange,
    Kind,
    Source,
    TurnKind,
    TurnRecord,
)
from custom_components.hearken.exchanges.house import async_get_house
from custom_components.hearken.exchanges.source import source_of_satellite
from tests.integration.talking import SATELLITE, automate, put_satellite, speak
from tests.integration.test_init import poll

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


UNDO = TurnRecord(kind=TurnKind.UNDO)


@pytest.fixture(autouse=True)
def _quick_server(server: SpeechServer) -> None:
    """Make the server detect the end of speech quickly."""
    server.ends_speech_after_ms = 200


async def happen(hass: HomeAssistant, kind: Kind, **exchange: Any) -> None:
    """Fire an event of the satellite."""
    source = source_of_satellite(hass, "satellite-1", SATELLITE)
    async_get_house(hass).dispatcher.publish(
        HearkenEvent(kind=kind, source=source, exchange=Exchange(**exchange))
    )
    await hass.async_block_till_done()


async def test_sentence_that_is_not_understood_starts_an_automation(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The trigger fires for a sentence from the microphone."""
    runs = await automate(
        hass, {"trigger": "hearken.not_understood", "target": {"entity_id": SATELLITE}}
    )
    running_server.text = "my hovercraft is full of eels"
    await speak(running_satellite)
    await hass.async_block_till_done()
    assert runs == [
        {"type": "not_understood", "text": running_server.text, "entity_id": SATELLITE}
    ]


async def test_targets(
    hass: HomeAssistant, running_satellite: SatelliteSimulator
) -> None:
    """Area, device and entity select the satellite; another area does not."""
    galley = ar.async_get(hass).async_create("Galley")
    attic = ar.async_get(hass).async_create("Attic")
    device_id = put_satellite(hass, galley.id)
    meant: list[dict[str, Any]] = [
        {},
        {"target": {"area_id": galley.id}},
        {"target": {"device_id": device_id}},
        {"target": {"entity_id": [SATELLITE, "assist_satellite.other"]}},
    ]
    other: list[dict[str, Any]] = [
        {"target": {"area_id": attic.id}},
        {"target": {"entity_id": "assist_satellite.other"}},
        {"target": {"device_id": "nothing"}},
    ]
    runs = await automate(
        hass,
        *({"trigger": "hearken.false_wake", **more} for more in meant + other),
        mode="parallel",
    )
    await happen(hass, Kind.FALSE_WAKE)
    assert len(runs) == len(meant)

    put_satellite(hass, attic.id)
    runs.clear()
    await happen(hass, Kind.FALSE_WAKE)
    assert len(runs) == len(meant)


@pytest.mark.parametrize(
    ("kind", "options", "exchange", "starts"),
    [
        ("wake_word_heard", {"word": "Hey Jarvis"}, {"wake_word": "hey jarvis"}, True),
        (
            "wake_word_heard",
            {"word": "hey_jarvis"},
            {"wake_word_id": "hey_jarvis"},
            True,
        ),
        ("wake_word_heard", {"word": "alexa"}, {"wake_word": "hey jarvis"}, False),
        ("wake_word_heard", {"minimum_score": 0.8}, {"score": 0.8}, True),
        ("wake_word_heard", {"minimum_score": 0.8}, {"score": 0.79}, False),
        ("wake_word_heard", {"minimum_score": 0.8}, {}, False),
        ("command_heard", {"text": "the kitchen"}, {"text": "Open the Kitchen!"}, True),
        ("command_heard", {"text": "kitch"}, {"text": "open the kitchen"}, False),
        ("command_heard", {"text": ["x", "open"]}, {"text": "open it"}, True),
        ("command_done", {"text": "Küche"}, {"text": "Licht in der küche an"}, True),
        ("command_done", {"text": "für"}, {"text": "Alles dafür an"}, False),
        ("not_understood", {"text": "厨房灯"}, {"text": "打开厨房灯。"}, True),
        ("not_understood", {"text": "卧室"}, {"text": "打开厨房灯。"}, False),
        ("command_done", {"turn": "undo"}, {"turn": UNDO}, True),
        ("command_done", {"turn": ["order", "undo"]}, {"turn": UNDO}, True),
        ("command_done", {"turn": ["order"]}, {"turn": UNDO}, False),
        ("command_done", {"turn": ["order"]}, {}, False),
        ("command_done", {}, {"turn": UNDO}, True),
        ("question_answered", {"choice": "yes"}, {"choice": "yes"}, True),
        ("question_answered", {"choice": "yes"}, {"choice": None}, False),
        ("timer_finished", {"timer": "Pizza"}, {"timer": "pizza"}, True),
        ("timer_finished", {"timer": "Pizza"}, {}, False),
    ],
)
async def test_options(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    kind: str,
    options: dict[str, Any],
    exchange: dict[str, Any],
    starts: bool,  # noqa: FBT001 - one of the parameters of the test
) -> None:
    """The options of a trigger filter events."""
    runs = await automate(hass, {"trigger": f"hearken.{kind}", "options": options})
    await happen(hass, Kind(kind), **exchange)
    assert len(runs) == starts
    await happen(hass, Kind.COMMAND_FAILED, **exchange)
    assert len(runs) == starts


@pytest.mark.parametrize(
    "config",
    [
        {"trigger": "hearken.nonsense"},
        {"trigger": "hearken.wake_word_heard", "options": {"minimum_score": 1.5}},
        {"trigger": "hearken.wake_word_heard", "options": {"minimum_score": "x"}},
        {"trigger": "hearken.wake_word_heard", "options": {"text": "x"}},
        {"trigger": "hearken.command_heard", "options": {"text": []}},
        {"trigger": "hearken.command_heard", "options": {"turn": "undo"}},
        {"trigger": "hearken.command_done", "options": {"turn": "nonsense"}},
        {"trigger": "hearken.command_done", "options": {"turn": []}},
        {"trigger": "hearken.command_heard", "options": {"text": ""}},
        {"trigger": "hearken.command_heard", "options": {"text": "x" * 3000}},
        {"trigger": "hearken.command_heard", "options": {"text": "?!"}},
        {"trigger": "hearken.false_wake", "target": {"entity_id": "no entity"}},
        {"trigger": "hearken.false_wake", "options": 7},
    ],
)
async def test_wrong_config(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    config: dict[str, Any],
) -> None:
    """An invalid automation is not set up, and everything else works."""
    automation = {"alias": "Test", "triggers": config, "actions": {"event": "x"}}
    await async_setup_component(hass, AUTOMATION, {AUTOMATION: automation})
    await hass.async_block_till_done()
    state = hass.states.get("automation.test")
    assert state is None or state.state == "unavailable"


async def test_server_triggers(
    hass: HomeAssistant, running_server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """Losing and finding a server start automations."""
    target = {"target": {"entity_id": "stt.speech_speech_to_text"}}
    runs = await automate(
        hass,
        {"trigger": "hearken.server_lost", **target},
        {"trigger": "hearken.server_back"},
        {"trigger": "hearken.server_back", "target": {"entity_id": "stt.other"}},
    )
    await running_server.stop()
    await poll(hass)
    assert [run["type"] for run in runs] == ["server_lost"]
    await running_server.start()
    await poll(hass)
    assert [run["type"] for run in runs] == ["server_lost", "server_back"]


async def test_automation_that_is_turned_off_hears_nothing(
    hass: HomeAssistant, running_satellite: SatelliteSimulator
) -> None:
    """A detached trigger does not fire."""
    runs = await automate(hass, {"trigger": "hearken.false_wake"})
    await hass.services.async_call(
        AUTOMATION, "turn_off", {"entity_id": "automation.test"}, blocking=True
    )
    await happen(hass, Kind.FALSE_WAKE)
    assert not runs


async def test_automations_wait_for_a_satellite_that_is_added_later(
    hass: HomeAssistant, satellite: SatelliteSimulator, satellite_entry: MockConfigEntry
) -> None:
    """Triggers can be set up before any entry of Hearken."""
    runs = await automate(
        hass, {"trigger": "hearken.false_wake", "target": {"entity_id": SATELLITE}}
    )
    assert await hass.config_entries.async_setup(satellite_entry.entry_id)
    await happen(hass, Kind.FALSE_WAKE)
    assert len(runs) == 1


async def test_descriptions_can_be_read(
    hass: HomeAssistant, running_satellite: SatelliteSimulator
) -> None:
    """The editor gets the fields and targets of all triggers."""
    assert await async_setup_component(hass, AUTOMATION, {})
    await hass.async_block_till_done()
    all_of_them = await trigger.async_get_all_descriptions(hass)
    ours = {key: value for key, value in all_of_them.items() if "hearken" in key}
    assert set(ours) == {f"hearken.{kind.value}" for kind in Kind}
    description = ours["hearken.wake_word_heard"]
    assert description is not None
    assert set(description["fields"]) == {"word", "minimum_score"}


def test_source_without_device_is_meant_by_none() -> None:
    """An event without a device matches no target."""
    source = Source(id="1", name="Kitchen")
    assert HearkenEvent(kind=Kind.FALSE_WAKE, source=source).exchange.known() == {}
