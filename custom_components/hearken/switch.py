"""Switches: mute of a satellite."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .data import HearkenConfigEntry, SatelliteData
from .entity import HearkenSettingEntity
from .protocol import Ability, SatelliteSettings

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SatelliteSwitchDescription(SwitchEntityDescription):
    """Describes an on/off setting of a satellite."""

    ability: Ability
    value_fn: Callable[[SatelliteSettings], bool | None]
    set_fn: Callable[[bool], SatelliteSettings]


DESCRIPTIONS: Final = (
    SatelliteSwitchDescription(
        key="mute",
        ability=Ability.MUTE,
        value_fn=lambda settings: settings.muted,
        set_fn=lambda value: SatelliteSettings(muted=value),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the switches that the satellite supports."""
    data = entry.runtime_data
    if isinstance(data, SatelliteData):
        async_add_entities(
            HearkenSatelliteSwitch(data, description)
            for description in DESCRIPTIONS
            if data.control.can(description.ability)
        )


class HearkenSatelliteSwitch(HearkenSettingEntity, SwitchEntity):
    """Represents an on/off setting of a satellite."""

    entity_description: SatelliteSwitchDescription

    def __init__(
        self, data: SatelliteData, description: SatelliteSwitchDescription
    ) -> None:
        """Initialize the switch."""
        super().__init__(data, description.key)
        self.entity_description = description

    @property
    @override
    def is_on(self) -> bool | None:
        """Return the state that the satellite reported."""
        return self.entity_description.value_fn(self.control.settings)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn the setting on."""
        await self.control.async_change(self.entity_description.set_fn(True))

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn the setting off."""
        await self.control.async_change(self.entity_description.set_fn(False))
