"""Test that the satellite entity is composed of parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.components.assist_satellite import AssistSatelliteEntity
from homeassistant.components.assist_satellite.const import DATA_COMPONENT

from tests.integration.talking import SATELLITE

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.simulators.satellite import SatelliteSimulator


def test_entity_has_few_attributes(
    hass: HomeAssistant, running_satellite: SatelliteSimulator
) -> None:
    """Every state machine is an object of its own."""
    entity = hass.data[DATA_COMPONENT].get_entity(SATELLITE)
    assert entity is not None
    of_home_assistant = {
        name for base in AssistSatelliteEntity.__mro__ for name in vars(base)
    } | {name for base in AssistSatelliteEntity.__mro__ for name in _annotations(base)}
    own = set(vars(entity)) - of_home_assistant
    assert 0 < len(own) < 15


def _annotations(base: type) -> set[str]:
    """Return the attributes declared by a class."""
    return set(getattr(base, "__annotations__", {}))
