"""Base classes of the entities."""

from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .client.abilities import Abilities
from .client.connection import Address
from .const import DOMAIN, MANUFACTURER
from .coordinator import ServerCoordinator
from .data import SatelliteData
from .protocol import PeerKind, Welcome
from .satellite.connection import SatelliteLink
from .server.link import ServerLink

_MODELS = {PeerKind.SERVER: "Speech server", PeerKind.SATELLITE: "Satellite"}


def device_info(welcome: Welcome) -> DeviceInfo:
    """Return the device information of a peer."""
    return DeviceInfo(
        identifiers={(DOMAIN, welcome.id)},
        name=welcome.name,
        manufacturer=MANUFACTURER,
        model=_MODELS[welcome.kind],
        sw_version=welcome.version or None,
    )


@callback
def register_device(hass: HomeAssistant, entry: ConfigEntry, welcome: Welcome) -> None:
    """Update the name and version of the device in the registry."""
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, **device_info(welcome)
    )


@callback
def add_device(
    hass: HomeAssistant, entry: ConfigEntry, welcome: Welcome, area: str = ""
) -> None:
    """Add the device in its area, with a name of its own if another has its name."""
    registry = dr.async_get(hass)
    is_new = not dr.async_entries_for_config_entry(registry, entry.entry_id)
    info = device_info(welcome)
    if area:
        info["suggested_area"] = area
    device = registry.async_get_or_create(config_entry_id=entry.entry_id, **info)
    if is_new and entry.title != welcome.name and device.name_by_user is None:
        registry.async_update_device(device.id, name_by_user=entry.title)


class HearkenServerEntity(CoordinatorEntity[ServerCoordinator]):
    """Base class of the entities of a speech server."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: ServerCoordinator, key: str) -> None:
        """Initialize the entity; its key names it."""
        super().__init__(coordinator)
        welcome = coordinator.data.welcome
        self._attr_translation_key = key
        self._attr_unique_id = f"{welcome.id}_{key}"
        self._attr_device_info = device_info(welcome)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Update the device, too: the server may have a new version."""
        register_device(
            self.hass,
            self.coordinator.config_entry,
            self.coordinator.data.welcome,
        )
        super()._handle_coordinator_update()

    @property
    def abilities(self) -> Abilities:
        """Return the abilities that the server reported most recently."""
        return self.coordinator.abilities

    @property
    def server_address(self) -> Address:
        """Return the address of the server."""
        return self.coordinator.address


class HearkenLinkEntity(Entity):
    """Base class of the entities that follow the live connection of a server."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, link: ServerLink, key: str) -> None:
        """Initialize the entity; its key names it."""
        super().__init__()
        welcome = link.coordinator.data.welcome
        self.link = link
        self._attr_translation_key = key
        self._attr_unique_id = f"{welcome.id}_{key}"
        self._attr_device_info = device_info(welcome)

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to status updates."""
        await super().async_added_to_hass()
        self.async_on_remove(self.link.async_add_listener(self.async_write_ha_state))

    @property
    @override
    def available(self) -> bool:
        """Return whether the server is connected."""
        return self.link.status is not None


class HearkenSatelliteEntity(Entity):
    """Base class of the entities of a satellite."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, link: SatelliteLink) -> None:
        """Initialize the entity."""
        super().__init__()
        self.link = link
        self._attr_device_info = device_info(link.peer.welcome)

    @property
    @override
    def available(self) -> bool:
        """Return whether the satellite is connected."""
        return self.link.is_connected


class HearkenSettingEntity(HearkenSatelliteEntity):
    """Base class of the entities that follow the settings of a satellite."""

    def __init__(self, data: SatelliteData, key: str) -> None:
        """Initialize the entity; its key names it."""
        super().__init__(data.link)
        self.control = data.control
        self._attr_translation_key = key
        self._attr_unique_id = f"{data.link.peer.welcome.id}_{key}"

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to changes of the settings."""
        await super().async_added_to_hass()
        self.async_on_remove(self.control.async_add_listener(self.async_write_ha_state))


class HearkenWordEntity(HearkenSatelliteEntity):
    """Base class of the entities of one wake word slot of a satellite."""

    def __init__(self, data: SatelliteData, key: str, slot: int) -> None:
        """Initialize the entity; slots are numbered as core numbers them."""
        super().__init__(data.link)
        self.wake_words = data.wake_words
        self.slot = slot
        self._attr_translation_key = key
        if slot > 0:
            self._attr_translation_key = f"{key}_n"
            self._attr_translation_placeholders = {"index": str(slot + 1)}
            key = f"{key}_{slot + 1}"
        self._attr_unique_id = f"{data.link.peer.welcome.id}-{key}"

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to changes of the wake words."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.wake_words.async_add_listener(self.async_write_ha_state)
        )


class HearkenThresholdEntity(HearkenWordEntity):
    """Base class of the entities about the threshold of a wake word slot."""

    def __init__(self, data: SatelliteData, key: str, slot: int) -> None:
        """Initialize the entity for a slot of the satellite."""
        super().__init__(data, key, slot)
        self._calibrator = data.calibrator

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to changes that the house makes."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self._calibrator.async_add_listener(self.async_write_ha_state)
        )
