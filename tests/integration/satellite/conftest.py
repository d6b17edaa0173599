"""Fixtures that the tests of satellites share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.agent import SlowAgent, add_slow_agent

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


@pytest.fixture
async def agent(hass: HomeAssistant, running_server: SpeechServer) -> SlowAgent:
    """Use a slow agent."""
    return await add_slow_agent(hass)


@pytest.fixture
async def kitchen(
    hass: HomeAssistant,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> SatelliteSimulator:
    """Set up a satellite that supports settings and stopping."""
    satellite.learn()
    assert await hass.config_entries.async_setup(satellite_entry.entry_id)
    await hass.async_block_till_done()
    await satellite.wait_for("run-satellite")
    return satellite
