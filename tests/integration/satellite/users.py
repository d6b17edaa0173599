"""Users of a satellite, and the sounds that it has played."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.components.intent import TimerEventType, TimerInfo
from homeassistant.components.intent.const import TIMER_DATA
from wyoming.pipeline import PipelineStage

from hearken_speech.protocol import TurnPhase
from tests.integration.talking import SATELLITE, call, put_satellite

if TYPE_CHECKING:
    import asyncio

    from homeassistant.core import HomeAssistant

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


def spoken(server: SpeechServer) -> list[str]:
    """Return the texts spoken so far."""
    return [e.data["text"] for e in server.received if e.type == "synthesize"]


def sounds(satellite: SatelliteSimulator) -> int:
    """Return the number of sounds sent to the satellite."""
    return len([e for e in satellite.received if e.type == "audio-stop"])


def say(hass: HomeAssistant, message: str, **data: Any) -> asyncio.Task[dict[str, Any]]:
    """Start the say action."""
    whole = {"entity_id": SATELLITE, "message": message, "chime": False, **data}
    return hass.async_create_task(call(hass, "say", **whole))


def core(
    hass: HomeAssistant, action: str, *, returns: bool = False, **data: Any
) -> asyncio.Task[Any]:
    """Start one of Home Assistant's own actions."""
    return hass.async_create_task(
        hass.services.async_call(
            "assist_satellite",
            action,
            {"entity_id": SATELLITE, "preannounce": False, **data},
            blocking=True,
            return_response=returns,
        )
    )


def end_timer(hass: HomeAssistant, name: str) -> None:
    """Finish a timer of the satellite."""
    device_id = put_satellite(hass, "kitchen")
    hass.data[TIMER_DATA].handlers[device_id](
        TimerEventType.FINISHED,
        TimerInfo(
            id=name,
            name=name,
            seconds=0,
            device_id=device_id,
            start_hours=None,
            start_minutes=None,
            start_seconds=1,
            created_at=0,
            updated_at=0,
            language="en",
        ),
    )


async def command(satellite: SatelliteSimulator) -> None:
    """Speak a command after a button press."""
    await satellite.ask_for_run(PipelineStage.ASR)
    await satellite.open_microphone()
    await satellite.wait_turn(TurnPhase.PROCESSING)
    await satellite.mute()
