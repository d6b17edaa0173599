"""Values and changes of them, by the kind of device. Independent of Home Assistant."""

from collections.abc import Mapping
from typing import Any, Final

from .home import Device, DeviceState
from .reading import Clause

QUANTITIES: Final[dict[str, str]] = {
    "light": "brightness",
    "climate": "temperature",
    "media_player": "volume",
    "fan": "speed",
    "cover": "position",
    "water_heater": "temperature",
    "humidifier": "humidity",
}
_STEPS: Final[dict[str, tuple[float, float, float]]] = {
    "brightness": (10, 20, 40),
    "temperature": (0.5, 1, 2),
    "volume": (5, 10, 20),
    "speed": (10, 20, 40),
    "position": (10, 20, 40),
    "humidity": (5, 10, 20),
}
"""Steps for a little, as usual, and a lot."""
_DARKEST: Final = 5
_SLOWEST: Final = 10
_FULL: Final = 100.0
_FULL_BRIGHTNESS: Final = 255
_MIN_TEMPERATURE: Final = 7.0
_MAX_TEMPERATURE: Final = 35.0
_TONE_STEP_KELVIN: Final = 500
_CONTRARY: Final = frozenset({"25", "33", "66", "75"})

type Built = tuple[str, dict[str, Any]]


def valued(clause: Clause, device: Device, state: DeviceState) -> Built | None:
    """Return the call that sets a value."""
    if clause.number is None and not clause.level:
        return None
    quantity = QUANTITIES.get(device.domain)
    change = clause.change
    if (
        quantity is None
        or _is_delta(clause)
        or "off" in clause.acts
        or (change is not None and change.quantity not in {"any", quantity})
    ):
        return None
    if quantity == "temperature":
        return _warmed(clause, state)
    percent = _percent(clause)
    is_possible = clause.unit != "degrees" and 0 <= percent <= _FULL
    return _set(device.domain, percent) if is_possible else None


def _warmed(clause: Clause, state: DeviceState) -> Built | None:
    """Return the call that sets a temperature that is possible."""
    number = clause.number
    if number is None or clause.unit == "percent":
        return None
    low, high = _limits(state.attributes)
    is_possible = low <= number <= high
    return ("set_temperature", {"temperature": number}) if is_possible else None


def _is_delta(clause: Clause) -> bool:
    """Return whether the number is a difference: "two degrees warmer"."""
    is_absolute = clause.number is None or clause.change is None or clause.is_to
    return not is_absolute


def _percent(clause: Clause) -> float:
    """Return the percentage that is named."""
    if clause.number is not None:
        return clause.number
    if clause.level == "min":
        return 0 if clause.acts else 1
    percent = float(clause.level)
    # What is closed to three quarters is open to one.
    if "close" in clause.acts and clause.level in _CONTRARY and not clause.is_to:
        return _FULL - percent
    return percent


def _limits(attributes: Mapping[str, Any]) -> tuple[float, float]:
    """Return the lowest and the highest temperature."""
    return (
        float(attributes.get("min_temp") or _MIN_TEMPERATURE),
        float(attributes.get("max_temp") or _MAX_TEMPERATURE),
    )


def _set(domain: str, percent: float) -> Built:
    """Return the call that sets a percentage."""
    whole = round(percent)
    if domain == "media_player":
        return "volume_set", {"volume_level": round(percent / _FULL, 2)}
    if whole == 0 and domain in {"light", "fan"}:
        return "turn_off", {}
    service, _, field = _MOVED[domain]
    return service, {field: whole}


def changed(clause: Clause, device: Device, state: DeviceState) -> Built | None:
    """Return the call that changes a value relative to what it is."""
    direction = _direction(clause, device)
    quantity = QUANTITIES.get(device.domain)
    if direction is None or quantity is None:
        return None
    sign = 1 if direction == "up" else -1
    wanted = "any" if clause.change is None else clause.change.quantity
    if wanted == "temperature" and device.domain == "light":
        return _toned(sign, state)
    if wanted not in {"any", quantity}:
        return None
    if quantity == "position" and wanted == "any" and _is_plain(clause):
        # Whether an awning that is "down" is open is not certain.
        service = "open_cover" if sign > 0 else "close_cover"
        return None if device.device_class == "awning" else (service, {})
    step = _step(clause, quantity)
    return None if step is None else _moved(device.domain, state, sign * step)


def _step(clause: Clause, quantity: str) -> float | None:
    """Return by how much a value changes, None if the unit is another one's."""
    if clause.number is None:
        small, usual, large = _STEPS[quantity]
        return {"small": small, "large": large}.get(clause.amount, usual)
    is_other = clause.unit and (clause.unit == "percent") == (quantity == "temperature")
    return None if is_other else clause.number


def _is_plain(clause: Clause) -> bool:
    """Return whether "up" means all the way."""
    return clause.number is None and not clause.amount and not clause.is_complaint


def _direction(clause: Clause, device: Device) -> str | None:
    """Return `up` or `down`, None if nothing changes relative to what is."""
    if clause.change is not None:
        direction = clause.change.direction
        return direction if direction in {"up", "down"} else None
    if device.domain == "cover" and clause.amount and not clause.has_value:
        # "Open it a bit."
        if "open" in clause.acts:
            return "up"
        if "close" in clause.acts:
            return "down"
    return None


def _toned(sign: int, state: DeviceState) -> Built | None:
    """Return the call that makes the light of a lamp warmer or colder."""
    attributes = state.attributes
    kelvin = attributes.get("color_temp_kelvin")
    if kelvin is None:
        return None
    low = attributes.get("min_color_temp_kelvin") or 2000
    high = attributes.get("max_color_temp_kelvin") or 6500
    moved = min(high, max(low, kelvin - sign * _TONE_STEP_KELVIN))
    return "turn_on", {"color_temp_kelvin": int(moved)}


def _moved(domain: str, state: DeviceState, step: float) -> Built | None:
    """Return the call that moves a value by a step."""
    if domain == "media_player":
        return _louder(state.attributes.get("volume_level"), step)
    service, attribute, field = _MOVED[domain]
    now = _now(domain, state, attribute)
    if now is None:
        return None
    low, high = 0.0, _FULL
    if QUANTITIES[domain] == "temperature":
        low, high = _limits(state.attributes)
        return service, {field: min(high, max(low, now + step))}
    if domain == "light":
        # It never goes off, and what is darker already stays so.
        low = min(_DARKEST, max(1, round(now)))
    elif domain == "fan":
        low = _SLOWEST
    return service, {field: round(min(high, max(low, now + step)))}


def _now(domain: str, state: DeviceState, attribute: str) -> float | None:
    """Return a value as it is, in percent or degrees."""
    value = state.attributes.get(attribute)
    if domain == "light":
        return 0.0 if state.state != "on" else (value or _FULL_BRIGHTNESS) / 2.55
    if domain == "fan":
        return float(value or 0)
    return None if value is None else float(value)


_MOVED: Final[dict[str, tuple[str, str, str]]] = {
    "light": ("turn_on", "brightness", "brightness_pct"),
    "climate": ("set_temperature", "temperature", "temperature"),
    "water_heater": ("set_temperature", "temperature", "temperature"),
    "fan": ("set_percentage", "percentage", "percentage"),
    "cover": ("set_cover_position", "current_position", "position"),
    "humidifier": ("set_humidity", "humidity", "humidity"),
}
"""Service, attribute, and the name of the value in the service's data."""


def _louder(volume: float | None, step: float) -> Built:
    """Return the call that changes the volume."""
    usual = _STEPS["volume"][1]
    if volume is None or abs(step) == usual:
        return ("volume_up" if step > 0 else "volume_down"), {}
    moved = min(1.0, max(0.0, volume + step / _FULL))
    return "volume_set", {"volume_level": round(moved, 2)}
