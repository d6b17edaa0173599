"""Test the location of a satellite in its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custom_components.hearken.exchanges.source import source_of_satellite

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


def test_entity_that_is_not_registered(hass: HomeAssistant) -> None:
    """A removed entity still has a name."""
    source = source_of_satellite(hass, "satellite-1", "assist_satellite.gone")
    assert source.name == "assist_satellite.gone"
    assert source.device_id is None
    assert source.area_id is None
