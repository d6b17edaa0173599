"""What the owner chooses for a satellite."""

from homeassistant.components.assist_pipeline import (
    AssistPipelineSelect,
    VadSensitivitySelect,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .data import HearkenConfigEntry, SatelliteData
from .entity import device_info
from .satellite.connection import SatelliteLink

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the choices."""
    data = entry.runtime_data
    if isinstance(data, SatelliteData):
        async_add_entities(
            [
                HearkenPipelineSelect(hass, data.link),
                HearkenVadSensitivitySelect(hass, data.link),
            ]
        )


class HearkenPipelineSelect(AssistPipelineSelect):
    """Chooses the pipeline that a satellite uses."""

    _attr_has_entity_name = True

    def __init__(self, hass: HomeAssistant, link: SatelliteLink) -> None:
        """Belong to the satellite."""
        welcome = link.peer.welcome
        super().__init__(hass, DOMAIN, welcome.id)
        self._attr_device_info = device_info(welcome)


class HearkenVadSensitivitySelect(VadSensitivitySelect):
    """Chooses how long a pause ends the command."""

    _attr_has_entity_name = True

    def __init__(self, hass: HomeAssistant, link: SatelliteLink) -> None:
        """Belong to the satellite."""
        welcome = link.peer.welcome
        super().__init__(hass, welcome.id)
        self._attr_device_info = device_info(welcome)
