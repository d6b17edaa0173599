"""Whether a speech server is connected."""

from typing import override

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .control import ServerControl
from .data import HearkenConfigEntry, ServerData
from .entity import HearkenControlEntity

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the state of the live connection."""
    data = entry.runtime_data
    if isinstance(data, ServerData) and data.control is not None:
        async_add_entities([HearkenConnectedSensor(data.control)])


class HearkenConnectedSensor(HearkenControlEntity, BinarySensorEntity):
    """Tells whether the live connection is there."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, control: ServerControl) -> None:
        """Watch the connection."""
        super().__init__(control, "connected")

    @property
    @override
    def available(self) -> bool:
        """Return that this is known at any time."""
        return True

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the server is connected."""
        return self.control.status is not None
