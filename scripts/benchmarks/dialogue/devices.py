"""Simulated devices: real entities of Home Assistant that only remember."""

# The signatures and class attributes are Home Assistant's.
# ruff: noqa: ARG002, RUF012
# mypy: disable-error-code="explicit-override, misc, no-any-return, attr-defined"

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from homeassistant.components.climate import ClimateEntity
from homeassistant.components.climate.const import ClimateEntityFeature, HVACMode
from homeassistant.components.cover import (
    CoverDeviceClass,
    CoverEntity,
    CoverEntityFeature,
)
from homeassistant.components.fan import FanEntity, FanEntityFeature
from homeassistant.components.light import ColorMode, LightEntity
from homeassistant.components.lock import LockEntity
from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.components.switch import SwitchEntity
from homeassistant.const import UnitOfTemperature

from benchmarks.dialogue import others
from benchmarks.dialogue.appliances import Alarm, Player, Vacuum

if TYPE_CHECKING:
    from homeassistant.helpers.entity import Entity

_COVERS: Final = {
    "garage": CoverDeviceClass.GARAGE,
    "gate": CoverDeviceClass.GATE,
    "curtain": CoverDeviceClass.CURTAIN,
    "drape": CoverDeviceClass.CURTAIN,
    "awning": CoverDeviceClass.AWNING,
    "shutter": CoverDeviceClass.SHUTTER,
    "blind": CoverDeviceClass.BLIND,
    "shade": CoverDeviceClass.SHADE,
    "window": CoverDeviceClass.WINDOW,
}
_SENSORS: Final = {
    "_temperature": (SensorDeviceClass.TEMPERATURE, "°C"),
    "_humidity": (SensorDeviceClass.HUMIDITY, "%"),
    "_carbon_dioxide": (SensorDeviceClass.CO2, "ppm"),
}


class Light(LightEntity):
    """A light of every color."""

    _attr_supported_color_modes = {ColorMode.COLOR_TEMP, ColorMode.HS}
    _attr_color_mode = ColorMode.COLOR_TEMP
    _attr_color_temp_kelvin = 3500
    _attr_min_color_temp_kelvin = 2000
    _attr_max_color_temp_kelvin = 6500

    def restore(self, state: str) -> None:
        """Return to a first state."""
        self._attr_is_on = state == "on"
        self._attr_brightness = 255
        self._attr_color_mode = ColorMode.COLOR_TEMP
        self._attr_color_temp_kelvin = 3500
        self._attr_hs_color = None

    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn on."""
        self._attr_is_on = True
        self._attr_brightness = kwargs.get("brightness", self._attr_brightness)
        if "color_temp_kelvin" in kwargs:
            self._attr_color_temp_kelvin = kwargs["color_temp_kelvin"]
            self._attr_color_mode = ColorMode.COLOR_TEMP
        if "hs_color" in kwargs:
            self._attr_hs_color = kwargs["hs_color"]
            self._attr_color_mode = ColorMode.HS
        self.async_write_ha_state()

    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn off."""
        self._attr_is_on = False
        self.async_write_ha_state()


class Switch(SwitchEntity):
    """A switch."""

    def restore(self, state: str) -> None:
        """Return to a first state."""
        self._attr_is_on = state == "on"

    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn on."""
        self._attr_is_on = True
        self.async_write_ha_state()

    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn off."""
        self._attr_is_on = False
        self.async_write_ha_state()


class Fan(FanEntity):
    """A fan with speeds."""

    _attr_supported_features = (
        FanEntityFeature.SET_SPEED
        | FanEntityFeature.TURN_ON
        | FanEntityFeature.TURN_OFF
    )
    _attr_speed_count = 10

    def restore(self, state: str) -> None:
        """Return to a first state."""
        self._attr_percentage = 50 if state == "on" else 0

    async def async_set_percentage(self, percentage: int) -> None:
        """Set the speed."""
        self._attr_percentage = percentage
        self.async_write_ha_state()

    async def async_turn_on(
        self,
        percentage: int | None = None,
        preset_mode: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Turn on."""
        self._attr_percentage = percentage or self._attr_percentage or 50
        self.async_write_ha_state()

    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn off."""
        self._attr_percentage = 0
        self.async_write_ha_state()


class Cover(CoverEntity):
    """A cover with positions."""

    _attr_supported_features = (
        CoverEntityFeature.OPEN
        | CoverEntityFeature.CLOSE
        | CoverEntityFeature.STOP
        | CoverEntityFeature.SET_POSITION
    )

    def restore(self, state: str) -> None:
        """Return to a first state."""
        self._attr_current_cover_position = 100 if state == "open" else 0

    @property
    def is_closed(self) -> bool | None:
        """Return whether it is closed."""
        return self._attr_current_cover_position == 0

    async def async_open_cover(self, **kwargs: Any) -> None:
        """Open."""
        self._attr_current_cover_position = 100
        self.async_write_ha_state()

    async def async_close_cover(self, **kwargs: Any) -> None:
        """Close."""
        self._attr_current_cover_position = 0
        self.async_write_ha_state()

    async def async_set_cover_position(self, **kwargs: Any) -> None:
        """Move."""
        self._attr_current_cover_position = kwargs["position"]
        self.async_write_ha_state()

    async def async_stop_cover(self, **kwargs: Any) -> None:
        """Stop."""
        self.async_write_ha_state()


class Lock(LockEntity):
    """A lock."""

    def restore(self, state: str) -> None:
        """Return to a first state."""
        self._attr_is_locked = state != "unlocked"

    async def async_lock(self, **kwargs: Any) -> None:
        """Lock."""
        self._attr_is_locked = True
        self.async_write_ha_state()

    async def async_unlock(self, **kwargs: Any) -> None:
        """Unlock."""
        self._attr_is_locked = False
        self.async_write_ha_state()


class Climate(ClimateEntity):
    """A thermostat."""

    _attr_temperature_unit = UnitOfTemperature.CELSIUS
    _attr_hvac_modes = [HVACMode.HEAT, HVACMode.COOL, HVACMode.OFF]
    _attr_supported_features = (
        ClimateEntityFeature.TARGET_TEMPERATURE
        | ClimateEntityFeature.TURN_ON
        | ClimateEntityFeature.TURN_OFF
    )
    _attr_current_temperature = 19.0
    _attr_target_temperature_step = 0.5
    _attr_min_temp = 7
    _attr_max_temp = 35

    def restore(self, state: str) -> None:
        """Return to a first state."""
        self._attr_hvac_mode = HVACMode(state)
        self._attr_target_temperature = 20.0

    async def async_set_temperature(self, **kwargs: Any) -> None:
        """Set the temperature."""
        self._attr_target_temperature = kwargs["temperature"]
        self.async_write_ha_state()

    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        """Set the mode."""
        self._attr_hvac_mode = hvac_mode
        self.async_write_ha_state()


class Sensor(SensorEntity):
    """A sensor."""

    def restore(self, state: str) -> None:
        """Return to a first state."""
        self._attr_native_value = state


_CLASSES: Final[dict[str, tuple[type[Any], str]]] = {
    "light": (Light, "off"),
    "switch": (Switch, "off"),
    "fan": (Fan, "off"),
    "cover": (Cover, "closed"),
    "lock": (Lock, "locked"),
    "climate": (Climate, "heat"),
    "media_player": (Player, "off"),
    "vacuum": (Vacuum, "docked"),
    "alarm_control_panel": (Alarm, "disarmed"),
    "sensor": (Sensor, "20"),
}
DOMAINS: Final = tuple(_CLASSES)


def first_state(entity_id: str) -> str:
    """Return the state that a device has unless a set says otherwise."""
    domain = entity_id.partition(".")[0]
    return _CLASSES[domain][1] if domain in _CLASSES else others.first_state(domain)


def device(entity_id: str) -> Entity:
    """Return a new device; its class follows its name."""
    domain = entity_id.partition(".")[0]
    if domain not in _CLASSES:
        return others.Other(entity_id)
    entity = _CLASSES[domain][0]()
    entity.entity_id = entity_id
    entity._attr_unique_id = entity_id  # noqa: SLF001 - Home Assistant's way
    entity._attr_should_poll = False  # noqa: SLF001
    if domain == "cover":
        entity._attr_device_class = next(  # noqa: SLF001
            (kind for word, kind in _COVERS.items() if word in entity_id), None
        )
    if domain == "sensor":
        for ending, (kind, unit) in _SENSORS.items():
            if entity_id.endswith(ending):
                entity._attr_device_class = kind  # noqa: SLF001
                entity._attr_native_unit_of_measurement = unit  # noqa: SLF001
    return entity
