"""Test voice timers that ring and trigger automations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homeassistant.components.intent import TimerEventType, TimerInfo
from homeassistant.components.intent.const import TIMER_DATA
from wyoming.pipeline import PipelineStage
from wyoming.snd import Played

from custom_components.hearken.exchanges.exchange import Kind
from tests.integration.talking import (
    SATELLITE,
    automate,
    put_satellite,
    recorded_events,
    speak,
)
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


@pytest.fixture(autouse=True)
def _quick_server(server: SpeechServer) -> None:
    """Make the server detect the end of speech quickly."""
    server.ends_speech_after_ms = 200


async def test_timer_is_set_and_rings(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """A timer set by voice rings and triggers the automation."""
    runs = await automate(hass, {"trigger": "hearken.timer_finished"})
    running_server.text = "set a timer for 1 second"
    recorded = recorded_events(hass)
    await speak(running_satellite)
    # On a slow machine it may have rung already.
    assert Kind.COMMAND_DONE in {event.kind for event in recorded}
    await until(lambda: bool(runs))
    assert runs[0]["entity_id"] == SATELLITE


@pytest.mark.usefixtures("all_entities_enabled")
async def test_timer_with_a_name_says_it(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The name of a timer is spoken when it finishes."""
    device_id = put_satellite(hass, "kitchen")
    handler = hass.data[TIMER_DATA].handlers[device_id]
    timer = TimerInfo(
        id="1",
        name="Pizza 🍕",
        seconds=0,
        device_id=device_id,
        start_hours=None,
        start_minutes=None,
        start_seconds=1,
        created_at=0,
        updated_at=0,
        language="en",
    )
    handler(TimerEventType.UPDATED, timer)
    handler(TimerEventType.FINISHED, timer)
    spoken = await running_server.wait_for("synthesize")
    assert spoken.data["text"].strip() == "Pizza"
    state = hass.states.get("event.kitchen_last_event")
    assert state is not None
    assert state.attributes["event_type"] == "timer_finished"
    assert state.attributes["timer"] == "Pizza 🍕"
    await running_satellite.wait_for("audio-stop")
    await hass.async_block_till_done(wait_background_tasks=False)
    await hass.config_entries.async_unload(satellite_entry.entry_id)
    assert device_id not in hass.data[TIMER_DATA].handlers


async def test_timer_cannot_ring(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A satellite that disconnects while its timer rings is logged."""
    running_server.text = "set a timer for 1 second"
    running_satellite.says_played = False
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    await running_satellite.wait_for("audio-stop")
    await running_satellite.send(Played())
    await running_satellite.wait_for("audio-start")
    await running_satellite.stop()
    await until(lambda: "could not ring" in caplog.text)
