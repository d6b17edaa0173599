"""Switches of a satellite: mute, wake sound, follow-up commands."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import CONF_FOLLOW_UP
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
    SatelliteSwitchDescription(
        key="wake_sound",
        ability=Ability.WAKE_SOUND,
        entity_category=EntityCategory.CONFIG,
        value_fn=lambda settings: settings.wake_sound,
        set_fn=lambda value: SatelliteSettings(wake_sound=value),
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
        async_add_entities([HearkenFollowUpSwitch(data, entry)])


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


class HearkenFollowUpSwitch(HearkenSettingEntity, SwitchEntity):
    """Represents whether commands may follow an answer without a wake word."""

    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, data: SatelliteData, entry: HearkenConfigEntry) -> None:
        """Initialize the switch, which is stored in the options of the entry."""
        super().__init__(data, "follow_up")
        self._entry = entry

    @property
    @override
    def available(self) -> bool:
        """Return True: the setting does not depend on the connection."""
        return True

    @property
    @override
    def is_on(self) -> bool:
        """Return whether commands may follow."""
        return self._entry.options.get(CONF_FOLLOW_UP) is True

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Let commands follow."""
        self._store(is_on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Require the wake word for each command."""
        self._store(is_on=False)

    def _store(self, *, is_on: bool) -> None:
        """Store the setting."""
        options = {**self._entry.options, CONF_FOLLOW_UP: is_on}
        self.hass.config_entries.async_update_entry(self._entry, options=options)
        self.async_write_ha_state()
