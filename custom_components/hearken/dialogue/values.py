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
_FULL: Final = 100.0
_MIN_TEMPERATURE: Final = 7.0
_MAX_TEMPERATURE: Final = 35.0
_TONE_STEP_KELVIN: Final = 500
_CONTRARY: Final = frozenset({"25", "33", "66", "75"})

type Built = tuple[str, dict[str, Any]]


def valued(clause: Clause, device: Device, state: DeviceState) -> Built | None:
    """Return the call that sets a value."""
    if clause.number is None and not clause.level:
        return None
    if _is_delta(clause) or "off" in clause.acts:
        return None
    quantity = QUANTITIES.get(device.domain)
    change = clause.change
    if quantity is None or (change and change.quantity not in {"any", quantity}):
        return None
    if quantity == "temperature":
        number = clause.number
        if number is None or clause.unit == "percent" or clause.level:
            return None
        low, high = _limits(state.attributes)
        return (
            ("set_temperature", {"temperature": number})
            if low <= number <= high
            else None
        )
    if clause.unit == "degrees":
        return None
    percent = _percent(clause)
    return _set(device.domain, percent) if 0 <= percent <= _FULL else None


def _is_delta(clause: Clause) -> bool:
    """Return whether the number is a difference: "two degrees warmer"."""
    if clause.number is None or clause.change is None or clause.is_to:
        return False
    return True


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


def _set(domain: str, percent: float) -> Built | None:
    """Return the call that sets a percentage."""
    whole = round(percent)
    match domain:
        case "light":
            if whole == 0:
                return "turn_off", {}
            return "turn_on", {"brightness_pct": whole}
        case "cover":
            return "set_cover_position", {"position": whole}
        case "media_player":
            return "volume_set", {"volume_level": round(percent / _FULL, 2)}
        case "fan":
            return (
                ("set_percentage", {"percentage": whole}) if whole else ("turn_off", {})
            )
        case "humidifier":
            return "set_humidity", {"humidity": whole}
    return None


def changed(clause: Clause, device: Device, state: DeviceState) -> Built | None:
    """Return the call that changes a value relative to what it is."""
    direction = _direction(clause, device)
    if direction is None:
        return None
    sign = 1 if direction == "up" else -1
    change, domain = clause.change, device.domain
    quantity = QUANTITIES.get(domain)
    wanted = "any" if change is None else change.quantity
    if wanted == "temperature" and domain == "light":
        return _toned(sign, state)
    if quantity is None or wanted not in {"any", quantity}:
        return None
    if quantity == "position" and wanted == "any" and _is_plain(clause):
        if device.device_class == "awning":
            return None
        return ("open_cover" if sign > 0 else "close_cover"), {}
    if clause.number is not None:
        if (clause.unit == "percent") == (quantity == "temperature") and clause.unit:
            return None
        return _moved(domain, state, sign * clause.number)
    small, usual, large = _STEPS[quantity]
    step = {"small": small, "large": large}.get(clause.amount, usual)
    return _moved(domain, state, sign * step)


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
    attributes = state.attributes
    match domain:
        case "light":
            now = 0.0
            if state.state == "on":
                now = (attributes.get("brightness") or 255) / 2.55
            lowest = min(_DARKEST, max(1, round(now)))
            return "turn_on", {
                "brightness_pct": round(min(_FULL, max(lowest, now + step)))
            }
        case "climate" | "water_heater":
            now = attributes.get("temperature")
            if now is None:
                return None
            low, high = _limits(attributes)
            return "set_temperature", {"temperature": min(high, max(low, now + step))}
        case "media_player":
            return _louder(attributes.get("volume_level"), step)
        case "fan":
            now = attributes.get("percentage") or 0
            return "set_percentage", {
                "percentage": round(min(_FULL, max(10, now + step)))
            }
        case "cover":
            now = attributes.get("current_position")
            if now is None:
                return None
            return "set_cover_position", {
                "position": round(min(_FULL, max(0, now + step)))
            }
        case "humidifier":
            now = attributes.get("humidity")
            if now is None:
                return None
            return "set_humidity", {"humidity": round(min(_FULL, max(0, now + step)))}
    return None


def _louder(volume: float | None, step: float) -> Built:
    """Return the call that changes the volume."""
    usual = _STEPS["volume"][1]
    if volume is None or abs(step) == usual:
        return ("volume_up" if step > 0 else "volume_down"), {}
    moved = min(1.0, max(0.0, volume + step / _FULL))
    return "volume_set", {"volume_level": round(moved, 2)}
