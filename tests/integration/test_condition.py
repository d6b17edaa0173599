"""Test the conditions about satellites."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import voluptuous as vol
from freezegun import freeze_time
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import condition
from homeassistant.helpers import config_validation as cv
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from wyoming.pipeline import PipelineStage

from hearken_speech.protocol import TurnPhase
from tests.integration.talking import SATELLITE, put_satellite, speak

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


async def holds(hass: HomeAssistant, key: str, **config: Any) -> bool:
    """Return whether a condition is true now."""
    whole = cv.CONDITION_SCHEMA({"condition": f"hearken.{key}", **config})
    validated = await condition.async_validate_condition_config(hass, whole)
    checker = await condition.async_from_config(hass, validated)
    try:
        return bool(checker(hass))
    finally:
        checker.async_unload()


async def test_listening(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """A satellite is listening while somebody speaks to it."""
    running_server.ends_speech_after_ms = 1_000_000
    target = {"target": {"entity_id": SATELLITE}}
    assert not await holds(hass, "is_listening", **target)
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    await running_satellite.wait_turn(TurnPhase.LISTENING)
    assert await holds(hass, "is_listening", **target)


async def test_spoken_to(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """A command counts for a while, and only in its own room."""
    running_server.ends_speech_after_ms = 200
    galley = ar.async_get(hass).async_create("Galley")
    attic = ar.async_get(hass).async_create("Attic")
    put_satellite(hass, galley.id)
    within = {"options": {"within": {"seconds": 30}}}
    assert not await holds(hass, "is_spoken_to", **within)

    await speak(running_satellite)
    assert await holds(hass, "is_spoken_to", **within)
    here = {"target": {"area_id": galley.id}}
    assert await holds(hass, "is_spoken_to", **within, **here)
    there = {"target": {"area_id": attic.id}}
    assert not await holds(hass, "is_spoken_to", **within, **there)

    now = dt_util.utcnow()
    with freeze_time(now + timedelta(seconds=20)):
        assert await holds(hass, "is_spoken_to", **within, **here)
    with freeze_time(now + timedelta(seconds=31)):
        assert not await holds(hass, "is_spoken_to", **within, **here)


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"options": {}},
        {"options": {"within": -1}},
        {"options": {"within": "soon"}},
        {"options": {"within": 1, "more": 2}},
        {"options": {"within": 1}, "target": {"entity_id": 7}},
    ],
)
async def test_wrong_config(hass: HomeAssistant, config: dict[str, Any]) -> None:
    """An invalid condition is refused."""
    with pytest.raises(vol.Invalid):
        await holds(hass, "is_spoken_to", **config)


async def test_descriptions_can_be_read(
    hass: HomeAssistant, running_satellite: SatelliteSimulator
) -> None:
    """The editor gets the fields and targets of all conditions."""
    assert await async_setup_component(hass, "automation", {})
    await hass.async_block_till_done()
    all_of_them = await condition.async_get_all_descriptions(hass)
    ours = {key: value for key, value in all_of_them.items() if "hearken" in key}
    assert set(ours) == {
        f"hearken.{key}" for key in ("is_listening", "is_muted", "is_spoken_to")
    }
    assert all(description is not None for description in ours.values())
