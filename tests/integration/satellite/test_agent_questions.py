"""Test the questions of Hearken's agent at a satellite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homeassistant.components.assist_pipeline.pipeline import (
    async_get_pipeline,
    async_update_pipeline,
)
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.hearken.exchanges.exchange import Kind
from custom_components.hearken.protocol import TranscriptDetails
from custom_components.hearken.satellite.open_questions import (
    async_take_back_question,
)
from tests.integration.satellite.users import command, sounds, spoken
from tests.integration.talking import SATELLITE, answer, recorded_events
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, ServiceCall

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

QUESTION = "Should I open Garage door?"
CANCELLED = "Okay, I will not."
DONE = "Opening Garage door."


@pytest.fixture
async def opened(
    hass: HomeAssistant, running_server: SpeechServer
) -> list[ServiceCall]:
    """Add a garage door that Hearken's agent commands; return what opens it."""
    running_server.ends_speech_after_ms = 200
    hass.states.async_set(
        "cover.garage",
        "closed",
        {"friendly_name": "Garage door", "device_class": "garage"},
    )
    registry = er.async_get(hass)
    agent = next(
        one.entity_id
        for one in registry.entities.values()
        if one.domain == "conversation" and one.platform == "hearken"
    )
    await async_update_pipeline(
        hass, async_get_pipeline(hass), conversation_engine=agent
    )
    calls: list[ServiceCall] = async_mock_service(hass, "cover", "open_cover")
    return calls


@pytest.mark.parametrize("is_by_server", [False, True])
async def test_silence_takes_a_question_back(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    opened: list[ServiceCall],
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_by_server: bool,
) -> None:
    """It is said once, the microphone stays closed, and "yes" means nothing then."""
    running_server.text = "open the garage door"
    await command(running_satellite)
    if is_by_server:
        running_server.text = ""
    else:
        running_server.ends_speech_after_ms = 1_000_000
        module = "custom_components.hearken.satellite.turn"
        monkeypatch.setattr(f"{module}.FOLLOW_UP_SECONDS", 0.1)
    await answer(running_satellite)
    await until(lambda: sounds(running_satellite) == len((QUESTION, CANCELLED)))
    assert spoken(running_server) == [QUESTION, CANCELLED]
    await running_satellite.mute()
    running_server.ends_speech_after_ms = 200
    running_server.text = "yes"
    await command(running_satellite)
    said = [QUESTION, CANCELLED, "Okay."]
    await until(lambda: sounds(running_satellite) == len(said))
    assert spoken(running_server) == said
    assert not opened


async def test_an_answer_is_carried_out(
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    opened: list[ServiceCall],
) -> None:
    """Whoever says yes is heard, and nothing is taken back."""
    running_server.text = "open the garage door"
    await command(running_satellite)
    running_server.text = "yes"
    await answer(running_satellite)
    await until(lambda: sounds(running_satellite) == len((QUESTION, DONE)))
    assert spoken(running_server) == [QUESTION, DONE]
    assert len(opened) == 1


async def test_a_name_that_was_not_understood_is_asked_about(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    opened: list[ServiceCall],
) -> None:
    """The event of what is not understood fires, and the microphone stays open."""
    lit = async_mock_service(hass, "light", "turn_on")
    hass.states.async_set("light.study", "off", {"friendly_name": "Study light"})
    events = recorded_events(hass)
    running_server.text = "turn on the studdy light"
    await command(running_satellite)
    running_server.text = "yes"
    await answer(running_satellite)
    question = "Sorry, I do not know “studdy light”. Did you mean Study light?"
    said = [question, "Turned on Study light."]
    await until(lambda: sounds(running_satellite) == len(said))
    assert spoken(running_server) == said
    assert len(lit) == 1
    kinds = [event.kind for event in events]
    assert kinds.count(Kind.NOT_UNDERSTOOD) == 1
    assert Kind.COMMAND_DONE in kinds


async def test_words_that_were_not_heard_well_are_asked_about(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    opened: list[ServiceCall],
) -> None:
    """The server says how sure it is; after a yes, it is done."""
    del opened
    entry = MockConfigEntry(domain="shopping_list")
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    running_server.text = "add bacon powder to my shopping list"
    running_server.transcript_context = TranscriptDetails(
        audio_seconds=2.0, decode_seconds=0.1, confidence=0.6
    ).context()
    await command(running_satellite)
    question = "Did you say: add bacon powder to my shopping list?"
    await until(lambda: spoken(running_server) == [question])
    assert entry.runtime_data.items == []
    running_server.text = "yes"
    await answer(running_satellite)
    await until(lambda: len(entry.runtime_data.items) == 1)
    assert entry.runtime_data.items[0]["name"].casefold() == "bacon powder"


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", CANCELLED), ("de-CH", "Gut, dann nicht."), ("zh-CN", "好的\uff0c不做了。")],
)
async def test_without_a_question_there_is_nothing_to_say(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    opened: list[ServiceCall],
    language: str,
    text: str,
) -> None:
    """A question is taken back once, in the language of the conversation."""
    assert async_take_back_question(hass, SATELLITE, language) is None
    running_server.text = "open the garage door"
    await command(running_satellite)
    await until(lambda: sounds(running_satellite) == 1)
    assert spoken(running_server) == [QUESTION]
    assert async_take_back_question(hass, SATELLITE, language) == text
    assert async_take_back_question(hass, SATELLITE, language) is None
    assert not opened
