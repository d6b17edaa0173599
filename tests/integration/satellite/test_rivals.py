"""Test two satellites that hear the same wake word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homeassistant.const import CONF_HOST, CONF_PORT
from pytest_homeassistant_custom_component.common import MockConfigEntry
from wyoming.pipeline import PipelineStage
from wyoming.wake import Detection

from custom_components.hearken.const import CONF_KEY, CONF_KIND, DOMAIN
from hearken_speech.protocol import DetectionDetails, Turn, TurnPhase
from tests.integration.conftest import HOST
from tests.integration.talking import recorded_events
from tests.integration.waiting import until
from tests.simulators.satellite import SatelliteSimulator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from homeassistant.core import HomeAssistant

    from tests.simulators.speech_server import SpeechServer

ENVELOPE = tuple(-70.0 + 5 * (step % 9) for step in range(80))


@pytest.fixture
async def hall(
    hass: HomeAssistant, running_server: SpeechServer, kitchen: SatelliteSimulator
) -> AsyncGenerator[SatelliteSimulator]:
    """Set up a second satellite beside the kitchen's."""
    running_server.ends_speech_after_ms = 200
    async with SatelliteSimulator() as satellite:
        satellite.become("satellite-2", "Hall")
        entry = MockConfigEntry(
            domain=DOMAIN,
            title="Hall",
            unique_id="satellite-2",
            data={
                CONF_KIND: "satellite",
                CONF_HOST: HOST,
                CONF_PORT: satellite.port,
                CONF_KEY: satellite.key,
            },
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        await satellite.wait_for("run-satellite")
        yield satellite


async def wake(satellite: SatelliteSimulator, level_dbfs: float) -> None:
    """Hear the wake word at this level, and ask for a run."""
    details = DetectionDetails(
        score=0.9, threshold=0.5, level_dbfs=level_dbfs, envelope=ENVELOPE
    )
    await satellite.send(
        Detection(name="hey_jarvis", timestamp=500, context=details.context())
    )
    await satellite.ask_for_run(PipelineStage.ASR)
    await satellite.open_microphone()


async def lost(satellite: SatelliteSimulator) -> Turn:
    """Return the turn that says that another satellite answers."""
    event = await satellite.wait_for(
        "hearken-turn", lambda event: event.data.get("heard_elsewhere") is True
    )
    await satellite.mute()
    return Turn.from_event(event)


async def test_the_one_that_hears_it_better_answers(
    hass: HomeAssistant, kitchen: SatelliteSimulator, hall: SatelliteSimulator
) -> None:
    """The other one is silent, and says so; only one command is carried out."""
    events = recorded_events(hass)
    await wake(hall, -45.0)
    await wake(kitchen, -30.0)
    assert (await lost(hall)).error is None
    await kitchen.wait_turn(TurnPhase.LISTENING)
    await kitchen.wait_turn(TurnPhase.PROCESSING)
    await kitchen.mute()
    await until(lambda: "command_heard" in [event.kind for event in events])
    kinds = [(event.source.name, event.kind.value) for event in events]
    assert ("Hall", "heard_elsewhere") in kinds
    assert [name for name, kind in kinds if kind == "command_heard"] == ["Kitchen"]


async def test_who_is_alone_is_not_kept_waiting(
    kitchen: SatelliteSimulator, hall: SatelliteSimulator
) -> None:
    """A satellite that nobody else can replace answers, whenever it hears."""
    await hall.stop()
    await wake(kitchen, -60.0)
    await kitchen.wait_turn(TurnPhase.LISTENING)
    await kitchen.mute()
