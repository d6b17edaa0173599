"""What is to be at a device after an order, and whether it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.simulators.miio.classic import ClassicDevice
from tests.simulators.miio.miot import MiotDevice
from tests.simulators.miio.vacuum import CHARGING, CLEANING, RETURNING, Vacuum
from tests.simulators.yeelight import Yeelight

if TYPE_CHECKING:
    from tests.simulators.device import SimulatedDevice

_SPEEDS: Final = ("speed_level", (2, 10))
_HUMIDITIES: Final = ("limit_hum", "HumiSet_Value", (2, 6))
_BRIGHTNESSES: Final = ("bright",)
_COLORS: Final = {"red": (0xFF0000, 0), "blue": (0x0000FF, 240)}
"""Each color as RGB and as hue."""
_WARM_KELVIN: Final = 3_500
_BY_RGB: Final = "1"


def prepare(device: SimulatedDevice, wanted: str) -> None:
    """Put a device into a state in which the order has something to do."""
    kind, _, number = wanted.partition(" ")
    device.press(on=kind in {"off", "returning"} or bool(number))
    for place in (*_BRIGHTNESSES, *_SPEEDS, *_HUMIDITIES):
        state = _state(device)
        if number and place in state:
            state[place] = "100" if isinstance(device, Yeelight) else 70
    if isinstance(device, Yeelight) and (kind in _COLORS or kind == "warm"):
        device.press(on=True)
        device.state |= {"color_mode": "2", "ct": "5000"}
    if isinstance(device, Vacuum):
        device.state = CHARGING if kind == "cleaning" else CLEANING


def holds(device: SimulatedDevice, wanted: str) -> bool:
    """Return whether a device is as it is wanted."""
    kind, _, number = wanted.partition(" ")
    match kind:
        case "on" | "off":
            return device.on == (kind == "on")
        case "cleaning" | "returning":
            state = CLEANING if kind == "cleaning" else RETURNING
            return isinstance(device, Vacuum) and device.state == state
        case "bright":
            return device.on and _near(device, _BRIGHTNESSES, number)
        case "speed":
            return device.on and _near(device, _SPEEDS, number)
        case "humidity":
            return _near(device, _HUMIDITIES, number)
        case _:
            return isinstance(device, Yeelight) and device.on and _colored(device, kind)


def _near(device: SimulatedDevice, places: tuple[Any, ...], number: str) -> bool:
    """Return whether a value is the wanted one, up to rounding."""
    values = [_state(device)[place] for place in places if place in _state(device)]
    return any(abs(int(value) - int(number)) <= 1 for value in values)


def _colored(light: Yeelight, color: str) -> bool:
    """Return whether a light has the wanted color."""
    if color == "warm":
        return light.state["color_mode"] == "2" and (
            int(light.state["ct"]) <= _WARM_KELVIN
        )
    rgb, hue = _COLORS[color]
    if light.state["color_mode"] == _BY_RGB:
        return int(light.state["rgb"]) == rgb
    return light.state["color_mode"] == "3" and int(light.state["hue"]) == hue


def _state(device: SimulatedDevice) -> dict[Any, Any]:
    """Return a device's properties."""
    if isinstance(device, ClassicDevice | MiotDevice | Yeelight):
        return device.state
    return {}
