"""Numbers: volume, microphone gain, and wake word thresholds of a satellite."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.number import NumberEntity, NumberEntityDescription
from homeassistant.components.number.const import NumberMode
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfSoundPressure
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .data import HearkenConfigEntry, SatelliteData
from .entity import HearkenSettingEntity, HearkenThresholdEntity
from .protocol import MAX_GAIN_DB, MIN_GAIN_DB, Ability, SatelliteSettings
from .satellite.wake_words import SLOTS

PARALLEL_UPDATES = 0

ATTR_REASON: Final = "reason"


@dataclass(frozen=True, kw_only=True)
class SatelliteNumberDescription(NumberEntityDescription):
    """Describes a numeric setting of a satellite."""

    ability: Ability
    value_fn: Callable[[SatelliteSettings], float | None]
    set_fn: Callable[[float], SatelliteSettings]


DESCRIPTIONS: Final = (
    SatelliteNumberDescription(
        key="volume",
        ability=Ability.VOLUME,
        native_min_value=0,
        native_max_value=100,
        native_step=1,
        native_unit_of_measurement=PERCENTAGE,
        mode=NumberMode.SLIDER,
        value_fn=lambda settings: _percent(settings.volume),
        set_fn=lambda value: SatelliteSettings(volume=value / 100),
    ),
    SatelliteNumberDescription(
        key="microphone_gain",
        ability=Ability.GAIN,
        entity_category=EntityCategory.CONFIG,
        native_min_value=MIN_GAIN_DB,
        native_max_value=MAX_GAIN_DB,
        native_step=1,
        native_unit_of_measurement=UnitOfSoundPressure.DECIBEL,
        mode=NumberMode.SLIDER,
        value_fn=lambda settings: settings.gain_db,
        set_fn=lambda value: SatelliteSettings(gain_db=value),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the numbers that the satellite supports."""
    data = entry.runtime_data
    if not isinstance(data, SatelliteData):
        return
    async_add_entities(
        HearkenSatelliteNumber(data, description)
        for description in DESCRIPTIONS
        if data.control.can(description.ability)
    )
    if not data.wake_words.is_fixed:
        async_add_entities(HearkenThresholdNumber(data, slot) for slot in range(SLOTS))


def _percent(share: float | None) -> float | None:
    """Convert a fraction to a percentage."""
    return None if share is None else round(share * 100)


class HearkenSatelliteNumber(HearkenSettingEntity, NumberEntity):
    """Represents a numeric setting of a satellite."""

    entity_description: SatelliteNumberDescription

    def __init__(
        self, data: SatelliteData, description: SatelliteNumberDescription
    ) -> None:
        """Initialize the number."""
        super().__init__(data, description.key)
        self.entity_description = description

    @property
    @override
    def native_value(self) -> float | None:
        """Return the value that the satellite reported."""
        return self.entity_description.value_fn(self.control.settings)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Change the setting on the satellite."""
        await self.control.async_change(self.entity_description.set_fn(value))


class HearkenThresholdNumber(HearkenThresholdEntity, NumberEntity):
    """Represents the threshold of the wake word in a slot."""

    _attr_entity_category = EntityCategory.CONFIG
    _attr_native_min_value = 0.1
    _attr_native_max_value = 1.0
    _attr_native_step = 0.01
    _attr_mode = NumberMode.SLIDER

    def __init__(self, data: SatelliteData, slot: int) -> None:
        """Initialize the number for a slot of the satellite."""
        super().__init__(data, "wake_word_threshold", slot)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, str] | None:
        """Return why the threshold was changed, if it was not the owner."""
        word = self.wake_words.word(self.slot)
        reason = self._calibrator.explanation(word) if word else None
        return {ATTR_REASON: reason} if reason else None

    @property
    @override
    def available(self) -> bool:
        """Return whether a wake word is selected in the slot."""
        return super().available and self.wake_words.word(self.slot) is not None

    @property
    @override
    def native_value(self) -> float | None:
        """Return the threshold of the selected wake word."""
        return self.wake_words.threshold(self.slot)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Change the threshold of the selected wake word."""
        await self.wake_words.async_set_threshold(self.slot, value)
