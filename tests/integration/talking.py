"""Helpers for speaking to satellites and running automations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from wyoming.pipeline import PipelineStage

from custom_components.hearken.exchanges.house import async_get_house
from hearken_speech.protocol import TurnPhase

if TYPE_CHECKING:
    from custom_components.hearken.exchanges.events import HearkenEvent
    from tests.simulators.satellite import SatelliteSimulator

SATELLITE = "assist_satellite.kitchen"
TEXT_OF_A_COMMAND = "turn on the kitchen light"


async def speak(satellite: SatelliteSimulator, **run: str) -> None:
    """Speak after a wake word detected on the satellite, or after a button press."""
    await satellite.ask_for_run(PipelineStage.ASR, **run)
    await _open_microphone(satellite)
    await satellite.wait_turn(TurnPhase.LISTENING)
    await satellite.wait_turn(TurnPhase.IDLE)
    await satellite.mute()


async def answer(satellite: SatelliteSimulator) -> None:
    """Speak when the satellite's microphone is opened."""
    await satellite.wait_for(
        "hearken-turn",
        lambda event: (
            event.data["phase"] == "idle" and event.data.get("listen_again") is True
        ),
    )
    await satellite.ask_for_run(PipelineStage.ASR)
    await _open_microphone(satellite)
    await satellite.wait_turn(TurnPhase.LISTENING)


async def _open_microphone(satellite: SatelliteSimulator) -> None:
    """Open the microphone if it is closed."""
    if not satellite.is_microphone_open:
        await satellite.open_microphone()


def put_satellite(hass: HomeAssistant, area_id: str) -> str:
    """Assign the satellite to an area; return its device."""
    entry = er.async_get(hass).async_get(SATELLITE)
    assert entry is not None
    assert entry.device_id is not None
    dr.async_get(hass).async_update_device(entry.device_id, area_id=area_id)
    return entry.device_id


def recorded_events(hass: HomeAssistant) -> list[HearkenEvent]:
    """Return a list that collects all events from now on."""
    events: list[HearkenEvent] = []
    async_get_house(hass).dispatcher.listen(events.append)
    return events


async def call(hass: HomeAssistant, action: str, **data: Any) -> dict[str, Any]:
    """Call an action of Hearken and return its response."""
    response = await hass.services.async_call(
        "hearken", action, data, blocking=True, return_response=True
    )
    assert response is not None
    return dict(response)


async def automate(
    hass: HomeAssistant, *triggers: dict[str, Any], **more: Any
) -> list[dict[str, Any]]:
    """Set up an automation; return the list of its run variables."""
    runs: list[dict[str, Any]] = []

    @callback
    def note(event: Any) -> None:
        runs.append(dict(event.data))

    hass.bus.async_listen("automation_ran", note)
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "alias": "Test",
                "triggers": list(triggers),
                "actions": {
                    "event": "automation_ran",
                    "event_data_template": {
                        "type": "{{ trigger.type }}",
                        "text": "{{ trigger.text | default }}",
                        "entity_id": "{{ trigger.entity_id }}",
                    },
                },
                **more,
            }
        },
    )
    await hass.async_block_till_done()
    state = hass.states.get("automation.test")
    assert state is not None
    assert state.state == "on"
    return runs
