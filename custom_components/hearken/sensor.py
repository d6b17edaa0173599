"""How a speech server is doing, in figures, and what a satellite heard last."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.sensor import (
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
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .client.status import ServerStatus, StageTimes
from .data import HearkenConfigEntry, SatelliteData
from .entity import HearkenControlEntity, HearkenSettingEntity
from .protocol import ServerStage, ServerState
from .server.link import ServerControl

PARALLEL_UPDATES = 0

_SHOWN_STAGES = (ServerStage.END_OF_SPEECH, ServerStage.DECODE, ServerStage.ANSWER)


@dataclass(frozen=True, kw_only=True)
class ServerSensorDescription(SensorEntityDescription):
    """One figure of a speech server."""

    value_fn: Callable[[ServerStatus], StateType]


def _latency(stage: ServerStage, percent: str) -> ServerSensorDescription:
    """Describe how long a stage takes, mostly or at worst."""

    def value(status: ServerStatus) -> float | None:
        """Return the time."""
        times: StageTimes = status.stages[stage]
        return times.p50_ms if percent == "p50" else times.p95_ms

    return ServerSensorDescription(
        key=f"{stage}_{percent}",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        entity_registry_enabled_default=stage in _SHOWN_STAGES,
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
    ServerSensorDescription(key="model", value_fn=lambda status: status.model),
    ServerSensorDescription(
        key="download",
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
    """Add the figures of a server that tells them, or a satellite's last words."""
    data = entry.runtime_data
    if isinstance(data, SatelliteData):
        async_add_entities([HearkenLastCommandSensor(data)])
    elif data.control is not None:
        control = data.control
        async_add_entities(
            HearkenServerSensor(control, description) for description in DESCRIPTIONS
        )


class HearkenServerSensor(HearkenControlEntity, SensorEntity):
    """One figure of a speech server."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    entity_description: ServerSensorDescription

    def __init__(
        self, control: ServerControl, description: ServerSensorDescription
    ) -> None:
        """Show what is described."""
        super().__init__(control, description.key)
        self.entity_description = description

    @property
    @override
    def native_value(self) -> StateType:
        """Return the figure."""
        status = self.control.status
        return self.entity_description.value_fn(status) if status else None


class HearkenLastCommandSensor(HearkenSettingEntity, SensorEntity):
    """The words that a satellite heard last, for owners who want them in history."""

    _attr_entity_registry_enabled_default = False

    def __init__(self, data: SatelliteData) -> None:
        """Show the words of this satellite."""
        super().__init__(data, "last_command")

    @property
    @override
    def available(self) -> bool:
        """Return that the words are known, even of a satellite that is gone."""
        return True

    @property
    @override
    def native_value(self) -> str | None:
        """Return the words, as far as a state can hold them."""
        text = self.control.last_command
        return text[:MAX_LENGTH_STATE_STATE] if text is not None else None
