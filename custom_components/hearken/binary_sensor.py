"""Whether speech servers and satellites are there, and who listens."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .data import HearkenConfigEntry, SatelliteData
from .entity import HearkenControlEntity, HearkenSettingEntity
from .satellite.settings import SatelliteControl
from .server.link import ServerControl

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SatelliteBinarySensorDescription(BinarySensorEntityDescription):
    """Something that is so or not so at a satellite."""

    value_fn: Callable[[SatelliteControl], bool]
    is_always_known: bool = False


DESCRIPTIONS: Final = (
    SatelliteBinarySensorDescription(
        key="connected",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda control: control.link.is_connected,
        is_always_known=True,
    ),
    SatelliteBinarySensorDescription(
        key="listening", value_fn=lambda control: control.is_listening
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add what is so or not so at a speech server or a satellite."""
    data = entry.runtime_data
    if isinstance(data, SatelliteData):
        async_add_entities(
            HearkenSatelliteBinarySensor(data, description)
            for description in DESCRIPTIONS
        )
    elif data.control is not None:
        async_add_entities([HearkenConnectedSensor(data.control)])


class HearkenSatelliteBinarySensor(HearkenSettingEntity, BinarySensorEntity):
    """Tells whether something is so at a satellite."""

    entity_description: SatelliteBinarySensorDescription

    def __init__(
        self, data: SatelliteData, description: SatelliteBinarySensorDescription
    ) -> None:
        """Show what is described."""
        super().__init__(data, description.key)
        self.entity_description = description

    @property
    @override
    def available(self) -> bool:
        """Return whether it can be known now."""
        return self.entity_description.is_always_known or super().available

    @property
    @override
    def is_on(self) -> bool:
        """Return whether it is so."""
        return self.entity_description.value_fn(self.control)


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
