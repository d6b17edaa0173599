"""Sensors: the health of a server, the last command, and what is due next."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.components.sensor import (
    RestoreSensor,
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    MAX_LENGTH_STATE_STATE,
    PERCENTAGE,
    EntityCategory,
    UnitOfInformation,
    UnitOfTime,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .client.status import ServerStatus, StageTimes
from .const import DOMAIN
from .data import HearkenConfigEntry, SatelliteData
from .entity import HearkenLinkEntity, HearkenSettingEntity, device_info
from .protocol import ServerStage, ServerState
from .schedule import Item, ItemKind, async_get_schedule
from .server.link import ServerLink
from .server.mistakes import Mistakes

PARALLEL_UPDATES = 0

REMOVED_KEYS: Final = ("model",)
"""Sensors that no longer exist: the select and the update show the model."""


@dataclass(frozen=True, kw_only=True)
class ServerSensorDescription(SensorEntityDescription):
    """Describes a sensor of a speech server."""

    value_fn: Callable[[ServerStatus], StateType]


def _latency(stage: ServerStage, percent: str) -> ServerSensorDescription:
    """Describe a latency of a stage; it is unknown until the stage has run."""

    def value(status: ServerStatus) -> float | None:
        """Return the latency in milliseconds."""
        times: StageTimes = status.stages[stage]
        return times.p50_ms if percent == "p50" else times.p95_ms

    return ServerSensorDescription(
        key=f"{stage}_{percent}",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
        value_fn=value,
    )


DESCRIPTIONS = (
    ServerSensorDescription(
        key="state",
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in ServerState],
        value_fn=lambda status: status.state.value,
    ),
    ServerSensorDescription(
        key="download",
        # The update entity shows the progress as well.
        entity_registry_enabled_default=False,
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        value_fn=lambda status: min(status.downloads.values(), default=None),
    ),
    ServerSensorDescription(
        key="requests",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda status: status.requests,
    ),
    ServerSensorDescription(
        key="wake_words_per_hour",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda status: status.wake_words_last_hour,
    ),
    ServerSensorDescription(
        key="phantoms_stopped",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda status: status.phantoms_stopped,
    ),
    ServerSensorDescription(
        key="memory",
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.BYTES,
        suggested_unit_of_measurement=UnitOfInformation.MEBIBYTES,
        suggested_display_precision=0,
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda status: status.memory_bytes,
    ),
    ServerSensorDescription(
        key="uptime",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.HOURS,
        suggested_display_precision=1,
        entity_registry_enabled_default=False,
        value_fn=lambda status: status.uptime_seconds,
    ),
    *(_latency(stage, percent) for stage in ServerStage for percent in ("p50", "p95")),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of a speech server or a satellite."""
    data = entry.runtime_data
    if isinstance(data, SatelliteData):
        info = device_info(data.link.peer.welcome)
        unique_id = data.link.peer.welcome.id
        async_add_entities([HearkenLastCommandSensor(data)])
        async_add_entities(_due_sensors(hass, unique_id, info, is_house=False))
        return
    welcome = data.coordinator.data.welcome
    async_add_entities(
        _due_sensors(hass, welcome.id, device_info(welcome), is_house=True)
    )
    async_add_entities(
        [HearkenMistakesSensor(data.mistakes, welcome.id, device_info(welcome))]
    )
    if data.link is not None:
        link = data.link
        _async_remove_old_sensors(hass, link)
        async_add_entities(
            HearkenServerSensor(link, description) for description in DESCRIPTIONS
        )


def _due_sensors(
    hass: HomeAssistant, unique_id: str, info: DeviceInfo, *, is_house: bool
) -> list[SensorEntity]:
    """Return the sensors of what is due next, at one satellite or in the house."""
    return [
        HearkenNextSensor(hass, unique_id, info, kind, is_house=is_house)
        for kind in (ItemKind.TIMER, ItemKind.ALARM, ItemKind.REMINDER)
    ]


@callback
def _async_remove_old_sensors(hass: HomeAssistant, link: ServerLink) -> None:
    """Remove sensors of earlier versions from the entity registry."""
    registry = er.async_get(hass)
    server_id = link.coordinator.data.welcome.id
    for key in REMOVED_KEYS:
        if entity_id := registry.async_get_entity_id(
            SENSOR_DOMAIN, DOMAIN, f"{server_id}_{key}"
        ):
            registry.async_remove(entity_id)


class HearkenServerSensor(HearkenLinkEntity, SensorEntity):
    """Represents a sensor of a speech server."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    entity_description: ServerSensorDescription

    def __init__(self, link: ServerLink, description: ServerSensorDescription) -> None:
        """Initialize the sensor."""
        super().__init__(link, description.key)
        self.entity_description = description

    @property
    @override
    def native_value(self) -> StateType:
        """Return the value of the sensor."""
        status = self.link.status
        return self.entity_description.value_fn(status) if status else None


class HearkenMistakesSensor(RestoreSensor):
    """Represents how many orders were taken back at once; it goes on counting."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_state_class = SensorStateClass.TOTAL_INCREASING
    _attr_translation_key = "mistakes"

    def __init__(self, mistakes: Mistakes, server_id: str, info: DeviceInfo) -> None:
        """Follow the count of one server's conversation agent."""
        self._mistakes = mistakes
        self._attr_unique_id = f"{server_id}_mistakes"
        self._attr_device_info = info

    @override
    async def async_added_to_hass(self) -> None:
        """Go on from the last count, and subscribe to changes."""
        await super().async_added_to_hass()
        last = await self.async_get_last_sensor_data()
        if last is not None and isinstance(last.native_value, int):
            self._mistakes.add(last.native_value)
        self.async_on_remove(
            self._mistakes.async_add_listener(self.async_write_ha_state)
        )

    @property
    @override
    def native_value(self) -> int:
        """Return the count."""
        return self._mistakes.count


class HearkenLastCommandSensor(HearkenSettingEntity, SensorEntity):
    """Represents the text of the last command that a satellite heard."""

    _attr_entity_registry_enabled_default = False

    def __init__(self, data: SatelliteData) -> None:
        """Initialize the sensor."""
        super().__init__(data, "last_command")

    @property
    @override
    def available(self) -> bool:
        """Return True: the text stays known while the satellite is disconnected."""
        return True

    @property
    @override
    def native_value(self) -> str | None:
        """Return the text, truncated to the maximum length of a state."""
        text = self.control.last_command
        return text[:MAX_LENGTH_STATE_STATE] if text is not None else None


class HearkenNextSensor(SensorEntity):
    """Represents when the next timer, alarm or reminder is due."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _attr_device_class = SensorDeviceClass.TIMESTAMP
    # What someone wants to be reminded of stays out of the history.
    _unrecorded_attributes = frozenset({"items"})

    def __init__(
        self,
        hass: HomeAssistant,
        unique_id: str,
        info: DeviceInfo,
        kind: ItemKind,
        *,
        is_house: bool,
    ) -> None:
        """Follow what was set at this device, or anywhere."""
        self._schedule = async_get_schedule(hass)
        self._kind = kind
        self._is_house = is_house
        self._attr_translation_key = f"next_{kind}"
        self._attr_unique_id = f"{unique_id}_next_{kind}"
        self._attr_device_info = info

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to changes of the schedule."""
        await super().async_added_to_hass()
        self.async_on_remove(self._schedule.async_listen(self.async_write_ha_state))

    @property
    @override
    def native_value(self) -> datetime | None:
        """Return when the next one is due."""
        return next((item.due for item in self._items), None)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return all of them."""
        items = [{"name": item.name, "due": item.due} for item in self._items]
        return {"items": items}

    @property
    def _items(self) -> list[Item]:
        """Return what was set at this device, or anywhere."""
        device_id = self.device_entry.id if self.device_entry else None
        return [
            item
            for item in self._schedule.items
            if item.kind is self._kind
            and (self._is_house or item.device_id == device_id)
        ]
