"""Fixtures of a satellite whose thresholds are calibrated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.calibration.happenings import Happenings

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.control_server import ControlServer
    from tests.simulators.satellite import SatelliteSimulator


@pytest.fixture
def mode() -> str | None:
    """Leave the option as it is; tests choose others."""
    return None


@pytest.fixture
async def house(
    hass: HomeAssistant,
    connected: ControlServer,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
    mode: str | None,
) -> Happenings:
    """Set up a satellite beside its server."""
    if mode is not None:
        options = {"calibration": mode}
        hass.config_entries.async_update_entry(satellite_entry, options=options)
    assert await hass.config_entries.async_setup(satellite_entry.entry_id)
    await hass.async_block_till_done()
    await satellite.wait_for("run-satellite")
    return Happenings(hass, connected)
