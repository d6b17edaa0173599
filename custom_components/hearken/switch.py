"""What a satellite can be switched to."""

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
    """A setting of a satellite that is on or off."""

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
    """Add the switches of what the satellite can do."""
    data = entry.runtime_data
    if isinstance(data, SatelliteData):
        async_add_entities(
            HearkenSatelliteSwitch(data, description)
            for description in DESCRIPTIONS
            if data.control.can(description.ability)
        )


class HearkenSatelliteSwitch(HearkenSettingEntity, SwitchEntity):
    """A setting of a satellite that is on or off."""

    entity_description: SatelliteSwitchDescription

    def __init__(
        self, data: SatelliteData, description: SatelliteSwitchDescription
    ) -> None:
        """Switch what is described."""
        super().__init__(data, description.key)
        self.entity_description = description

    @property
    @override
    def is_on(self) -> bool | None:
        """Return how the satellite says that it is set."""
        return self.entity_description.value_fn(self.control.settings)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch it on."""
        await self.control.async_change(self.entity_description.set_fn(True))

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch it off."""
        await self.control.async_change(self.entity_description.set_fn(False))
