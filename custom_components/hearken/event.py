"""Event entities: the last event of a speech server or a satellite."""

from typing import override

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import ServerCoordinator
from .data import HearkenConfigEntry, ServerData
from .entity import HearkenSatelliteEntity, HearkenServerEntity
from .exchanges.events import HearkenEvent
from .exchanges.exchange import SATELLITE_KINDS, SERVER_KINDS
from .exchanges.house import async_get_house
from .satellite.connection import SatelliteLink

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the event entity of a speech server or a satellite."""
    data = entry.runtime_data
    if isinstance(data, ServerData):
        async_add_entities([HearkenServerEvent(data.coordinator)])
    else:
        async_add_entities([HearkenSatelliteEvent(data.link)])


class _HearkenEvent(EventEntity):
    """Represents the last event of one source."""

    # The logbook has one line per command; this entity would add one per event.
    _attr_entity_registry_enabled_default = False
    # What someone said is for automations and stays out of the history.
    _unrecorded_attributes = frozenset(
        {"text", "answer", "slots", "choice", "timer", "corrected"}
    )
    _source_id: str

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to events."""
        await super().async_added_to_hass()
        self.async_on_remove(
            async_get_house(self.hass).dispatcher.listen(self._on_event)
        )

    @callback
    def _on_event(self, event: HearkenEvent) -> None:
        """Update the state if the event belongs to this source."""
        if event.source.id == self._source_id:
            self._trigger_event(event.kind.value, event.exchange.known())
            self.async_write_ha_state()


class HearkenSatelliteEvent(HearkenSatelliteEntity, _HearkenEvent):
    """Represents the last event of a satellite."""

    _attr_translation_key = "activity"
    _attr_event_types = [kind.value for kind in SATELLITE_KINDS]  # noqa: RUF012 - as Home Assistant declares it

    def __init__(self, link: SatelliteLink) -> None:
        """Initialize the event entity."""
        super().__init__(link)
        self._source_id = link.peer.welcome.id
        self._attr_unique_id = f"{self._source_id}_activity"


class HearkenServerEvent(HearkenServerEntity, _HearkenEvent):
    """Represents the last event of a speech server."""

    _attr_event_types = [kind.value for kind in SERVER_KINDS]  # noqa: RUF012 - as Home Assistant declares it

    def __init__(self, coordinator: ServerCoordinator) -> None:
        """Initialize the event entity."""
        super().__init__(coordinator, "connection")
        self._source_id = coordinator.data.welcome.id

    @property
    @override
    def available(self) -> bool:
        """Return True: the event can be read while the server is disconnected."""
        return True
