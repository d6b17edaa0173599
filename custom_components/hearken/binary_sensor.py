"""Binary sensors: connections, and whether a satellite is listening."""

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
from .entity import HearkenLinkEntity, HearkenSettingEntity
from .satellite.settings import SatelliteControl
from .server.link import ServerLink

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SatelliteBinarySensorDescription(BinarySensorEntityDescription):
    """Describes a binary sensor of a satellite."""

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
        key="listening",
        # Disabled: the state of the Assist satellite entity shows the same.
        entity_registry_enabled_default=False,
        value_fn=lambda control: control.is_listening,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of a speech server or a satellite."""
    data = entry.runtime_data
    if isinstance(data, SatelliteData):
        async_add_entities(
            HearkenSatelliteBinarySensor(data, description)
            for description in DESCRIPTIONS
        )
    elif data.link is not None:
        async_add_entities([HearkenConnectedSensor(data.link)])


class HearkenSatelliteBinarySensor(HearkenSettingEntity, BinarySensorEntity):
    """Represents a binary sensor of a satellite."""

    entity_description: SatelliteBinarySensorDescription

    def __init__(
        self, data: SatelliteData, description: SatelliteBinarySensorDescription
    ) -> None:
        """Initialize the binary sensor."""
        super().__init__(data, description.key)
        self.entity_description = description

    @property
    @override
    def available(self) -> bool:
        """Return whether the state is known."""
        return self.entity_description.is_always_known or super().available

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the binary sensor is on."""
        return self.entity_description.value_fn(self.control)


class HearkenConnectedSensor(HearkenLinkEntity, BinarySensorEntity):
    """Represents the live connection to a speech server."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, link: ServerLink) -> None:
        """Initialize the binary sensor."""
        super().__init__(link, "connected")

    @property
    @override
    def available(self) -> bool:
        """Return True: the state is always known."""
        return True

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the server is connected."""
        return self.link.status is not None
