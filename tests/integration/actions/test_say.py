"""Test the say action in one area, several, or everywhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import voluptuous as vol
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import area_registry as ar
from pytest_homeassistant_custom_component.common import MockConfigEntry
from wyoming.pipeline import PipelineStage

from custom_components.hearken.const import CONF_KEY, CONF_KIND, DOMAIN
from hearken_speech.protocol import TurnPhase
from tests.integration.conftest import state_of
from tests.integration.talking import SATELLITE, call, put_satellite, speak
from tests.integration.waiting import until
from tests.simulators.peer import HOST
from tests.simulators.satellite import SatelliteSimulator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from homeassistant.core import HomeAssistant

    from tests.simulators.speech_server import SpeechServer

BEDROOM = "assist_satellite.bedroom"


@pytest.fixture(autouse=True)
def _quick_server(server: SpeechServer) -> None:
    """Make the server detect the end of speech quickly."""
    server.ends_speech_after_ms = 200


@pytest.fixture
async def bedroom(
    hass: HomeAssistant, running_satellite: SatelliteSimulator
) -> AsyncGenerator[SatelliteSimulator]:
    """Set up a second satellite."""
    async with SatelliteSimulator() as satellite:
        satellite.become("satellite-2", "Bedroom")
        entry = MockConfigEntry(
            domain=DOMAIN,
            title="Bedroom",
            unique_id="satellite-2",
            data={
                CONF_KIND: "satellite",
                "host": HOST,
                "port": satellite.port,
                CONF_KEY: satellite.key,
            },
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await satellite.wait_for("run-satellite")
        yield satellite


async def say(hass: HomeAssistant, **data: Any) -> dict[str, Any]:
    """Say something and return the satellites that spoke."""
    return await call(hass, "say", **{"message": "Dinner!", "chime": False, **data})


async def test_say_waits_until_it_was_spoken(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The action ends when the satellite has finished playing."""
    response = await say(hass, entity_id=SATELLITE)
    assert response == {"spoken": [SATELLITE], "failed": {}}
    assert len(running_satellite.heard) == pytest.approx(6400, abs=200)
    spoken = await running_server.wait_for("synthesize")
    assert spoken.data["text"] == "Dinner!"


async def test_say_in_an_area_and_everywhere(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    bedroom: SatelliteSimulator,
) -> None:
    """An area selects its satellites; everywhere selects all."""
    galley = ar.async_get(hass).async_create("Galley")
    put_satellite(hass, galley.id)
    assert (await say(hass, area_id=galley.id))["spoken"] == [SATELLITE]
    assert not bedroom.heard

    response = await say(hass, where="everywhere")
    assert set(response["spoken"]) == {SATELLITE, BEDROOM}
    assert bedroom.heard


async def test_say_where_somebody_spoke_last(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    bedroom: SatelliteSimulator,
) -> None:
    """The nearest satellite is the available one that was last spoken to."""
    with pytest.raises(ServiceValidationError) as error:
        await say(hass, where="nearest")
    assert error.value.translation_key == "nobody_spoke"
    with pytest.raises(ServiceValidationError) as error:
        await say(hass)
    assert error.value.translation_key == "nobody_spoke"
    response = await say(hass, where="nearest", entity_id=BEDROOM)
    assert response["spoken"] == [BEDROOM]

    await speak(bedroom)
    await speak(running_satellite)
    assert (await say(hass, where="nearest"))["spoken"] == [SATELLITE]
    await speak(bedroom)
    assert (await say(hass, where="nearest"))["spoken"] == [BEDROOM]
    assert (await say(hass))["spoken"] == [BEDROOM]
    await bedroom.stop()
    await until(lambda: state_of(hass, BEDROOM) == "unavailable")
    assert (await say(hass, where="nearest"))["spoken"] == [SATELLITE]


async def test_one_after_the_other(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """Two messages at once are both played."""
    responses = await asyncio.gather(
        say(hass, entity_id=SATELLITE, message="One"),
        say(hass, entity_id=SATELLITE, message="Two"),
    )
    assert [response["spoken"] for response in responses] == [[SATELLITE]] * 2
    starts = [e for e in running_satellite.received if e.type == "audio-start"]
    assert len(starts) == 2


async def test_somebody_who_speaks_is_not_interrupted(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """A message waits for the current command and its answer."""
    running_server.ends_speech_after_ms = 1_000_000
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    await running_satellite.wait_turn(TurnPhase.LISTENING)
    action = hass.async_create_task(say(hass, entity_id=SATELLITE, message="Later"))
    await running_server.wait_for("audio-chunk")
    assert not action.done()
    await running_satellite.mute()
    assert (await action)["spoken"] == [SATELLITE]
    transcribed = [e.type for e in running_satellite.received].index("transcript")
    starts = [
        number
        for number, event in enumerate(running_satellite.received)
        if event.type == "audio-start"
    ]
    assert len(starts) == 2
    assert transcribed < starts[0]


async def test_some_cannot_say_it(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    bedroom: SatelliteSimulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A satellite that disconnects does not affect the others."""
    bedroom.says_played = False
    action = hass.async_create_task(say(hass, where="everywhere"))
    await bedroom.wait_for("audio-stop")
    await bedroom.stop()
    response = await action
    assert response["spoken"] == [SATELLITE]
    assert list(response["failed"]) == [BEDROOM]
    assert f"{BEDROOM} said nothing" in caplog.text


async def test_nobody_can_say_it(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """If no satellite could play the message, the action fails with a reason."""
    running_satellite.says_played = False
    action = hass.async_create_task(say(hass, entity_id=SATELLITE))
    await running_satellite.wait_for("audio-stop")
    await running_satellite.stop()
    with pytest.raises(HomeAssistantError) as error:
        await action
    assert error.value.translation_key == "nobody_said_it"

    with pytest.raises(ServiceValidationError) as invalid:
        await say(hass, where="everywhere")
    assert invalid.value.translation_key == "no_satellite"


@pytest.mark.parametrize(
    "data",
    [
        {"where": "nowhere"},
        {"where": "everywhere", "message": ""},
        {"where": "everywhere", "message": "x" * 3000},
        {"where": "everywhere", "chime": "perhaps"},
        {"entity_id": "no entity"},
    ],
)
async def test_wrong_calls_are_refused(
    hass: HomeAssistant, running_satellite: SatelliteSimulator, data: dict[str, Any]
) -> None:
    """Invalid calls are refused."""
    with pytest.raises(vol.Invalid):
        await say(hass, **data)


async def test_unknown_targets(
    hass: HomeAssistant, running_satellite: SatelliteSimulator
) -> None:
    """The error names unknown satellites, or the area without any."""
    with pytest.raises(ServiceValidationError) as error:
        await say(hass, entity_id="light.kitchen")
    assert error.value.translation_key == "unknown_satellite"
    attic = ar.async_get(hass).async_create("Attic")
    with pytest.raises(ServiceValidationError) as error:
        await say(hass, area_id=attic.id)
    assert error.value.translation_key == "no_satellite"


@pytest.mark.parametrize("message", ["“Quotes” & 'apostrophes'", "x " * 500])
async def test_odd_messages(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    message: str,
) -> None:
    """Quotes and long messages arrive unchanged."""
    await say(hass, entity_id=SATELLITE, message=message)
    spoken = await running_server.wait_for("synthesize")
    assert spoken.data["text"].strip() == message.strip()
