"""Test the conversations of a satellite's assistants."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from homeassistant.components.assist_pipeline.const import DATA_LAST_WAKE_UP
from homeassistant.components.assist_pipeline.pipeline import (
    async_get_pipeline,
    async_get_pipelines,
)
from homeassistant.components.assist_pipeline.runtime import KEY_ASSIST_PIPELINE
from homeassistant.helpers.chat_session import (
    DATA_CHAT_SESSION,
    DATA_CHAT_SESSION_CLEANUP,
)
from homeassistant.util import dt as dt_util
from wyoming.pipeline import PipelineStage

from custom_components.hearken.exchanges.exchange import Kind
from hearken_speech.protocol import TurnPhase
from tests.integration.talking import recorded_events, speak

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.integration.agent import SlowAgent
    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


@pytest.fixture(autouse=True)
def _quick_server(server: SpeechServer) -> None:
    """Make the server detect the end of speech quickly."""
    server.ends_speech_after_ms = 200


async def talk(
    hass: HomeAssistant,
    server: SpeechServer,
    satellite: SatelliteSimulator,
    word: str,
    text: str,
) -> None:
    """Speak a wake word and a command, and wait for the answer."""
    # Home Assistant attributes a quick repetition to another satellite.
    hass.data[DATA_LAST_WAKE_UP].clear()
    server.text = text
    server.wakes_with = word
    server.wakes_after_ms = 100
    await satellite.wait_for("detection")
    server.wakes_after_ms = None
    await satellite.wait_turn(TurnPhase.IDLE)


def pass_minutes(hass: HomeAssistant, minutes: int) -> None:
    """Advance Home Assistant's time for conversations."""
    for session in hass.data[DATA_CHAT_SESSION].values():
        session.last_updated -= timedelta(minutes=minutes)
    cleanup = hass.data[DATA_CHAT_SESSION_CLEANUP]
    if cleanup.unsub is not None:
        cleanup.unsub()
    hass.async_run_hass_job(cleanup.cleanup_job, dt_util.utcnow())


async def test_conversation_is_remembered_as_long_as_home_assistant_does(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    agent: SlowAgent,
) -> None:
    """With pauses below five minutes, a conversation continues indefinitely."""
    await running_satellite.ask_for_run(PipelineStage.WAKE)
    await running_satellite.open_microphone()
    for text in ("one", "two", "three"):
        await talk(hass, running_server, running_satellite, "hey_jarvis", text)
        pass_minutes(hass, 4)
    assert agent.remembered == [[], ["one"], ["one", "two"]]
    pass_minutes(hass, 2)
    await talk(hass, running_server, running_satellite, "hey_jarvis", "four")
    assert agent.remembered[-1] == []


async def test_wake_word_that_is_not_needed(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    agent: SlowAgent,
) -> None:
    """It is no part of the command of somebody who says it to an open microphone."""
    events = recorded_events(hass)
    running_server.text = "Hey Jarvis, turn on the kitchen light."
    await speak(running_satellite)
    heard = [one for one in events if one.kind is Kind.COMMAND_HEARD]
    assert [one.exchange.text for one in heard] == ["turn on the kitchen light."]


async def test_each_assistant_has_a_conversation_of_its_own(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    agent: SlowAgent,
) -> None:
    """Each wake word's assistant has a separate conversation."""
    store = hass.data[KEY_ASSIST_PIPELINE].pipeline_store
    first = async_get_pipeline(hass)
    fields = {k: v for k, v in first.to_json().items() if k != "id"}
    await store.async_create_item({**fields, "name": "Second"})
    assert len(async_get_pipelines(hass)) > 1
    for entity_id, option in (
        ("select.kitchen_wake_word_2", "alexa"),
        ("select.kitchen_assistant_2", "Second"),
    ):
        await hass.services.async_call(
            "select",
            "select_option",
            {"entity_id": entity_id, "option": option},
            blocking=True,
        )
    await running_satellite.ask_for_run(PipelineStage.WAKE)
    await running_satellite.open_microphone()
    for word, text in (
        ("hey_jarvis", "one"),
        ("alexa", "two"),
        ("hey_jarvis", "three"),
        ("alexa", "four"),
    ):
        await talk(hass, running_server, running_satellite, word, text)
    assert agent.remembered == [[], [], ["one"], ["two"]]
