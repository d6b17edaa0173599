"""Service calls that bring back a recorded state. Independent of Home Assistant."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from .commands import Command
from .home import DeviceState

_LIGHT_COLORS = ("rgbww_color", "rgbw_color", "rgb_color", "hs_color", "xy_color")


def restore(entity_id: str, before: DeviceState, now: DeviceState) -> list[Command]:
    """Return what brings a device back to how it was."""
    domain = entity_id.partition(".")[0]
    calls = list(_calls(domain, before, now))
    return [Command(entity_id, service, data) for service, data in calls]


type _Calls = Iterable[tuple[str, dict[str, Any]]]


def _calls(domain: str, before: DeviceState, now: DeviceState) -> _Calls:
    """Yield the services and their data."""
    build = _BY_DOMAIN.get(domain)
    if build is not None:
        yield from build(before, now)
    elif domain in {"cover", "valve"}:
        yield from _cover(domain, before, now)
    elif domain not in {"scene", "script", "button"}:
        yield ("turn_on" if before.state == "on" else "turn_off"), {}


def _light(before: DeviceState, _now: DeviceState) -> _Calls:
    """Yield the calls for a light."""
    if before.state != "on":
        yield "turn_off", {}
        return
    attributes = before.attributes
    data: dict[str, Any] = {}
    if (brightness := attributes.get("brightness")) is not None:
        data["brightness"] = brightness
    data.update(_color(attributes))
    yield "turn_on", data


def _color(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the color of a light in the mode that it was in."""
    mode = attributes.get("color_mode")
    if mode == "color_temp":
        kelvin = attributes.get("color_temp_kelvin")
        return {} if kelvin is None else {"color_temp_kelvin": kelvin}
    name = {"rgb": "rgb_color", "hs": "hs_color", "xy": "xy_color"}.get(
        str(mode), f"{mode}_color"
    )
    if name in _LIGHT_COLORS and attributes.get(name) is not None:
        return {name: list(attributes[name])}
    return {}


def _cover(domain: str, before: DeviceState, now: DeviceState) -> _Calls:
    """Yield the calls for a cover or a valve."""
    position = before.attributes.get("current_position")
    if position is not None and now.attributes.get("current_position") is not None:
        yield f"set_{domain}_position", {"position": position}
    elif before.state in {"closed", "closing"}:
        yield f"close_{domain}", {}
    else:
        yield f"open_{domain}", {}


def _climate(before: DeviceState, now: DeviceState) -> _Calls:
    """Yield the calls for a thermostat."""
    if before.state != now.state and before.state not in {"unavailable", "unknown"}:
        yield "set_hvac_mode", {"hvac_mode": before.state}
    temperature = before.attributes.get("temperature")
    if temperature is not None:
        yield "set_temperature", {"temperature": temperature}


def _fan(before: DeviceState, _now: DeviceState) -> _Calls:
    """Yield the calls for a fan."""
    if before.state != "on":
        yield "turn_off", {}
        return
    percentage = before.attributes.get("percentage")
    yield "turn_on", {} if percentage is None else {"percentage": percentage}


def _player(before: DeviceState, now: DeviceState) -> _Calls:
    """Yield the calls for a media player."""
    old, new = before.attributes, now.attributes
    volume = old.get("volume_level")
    if volume is not None and volume != new.get("volume_level"):
        yield "volume_set", {"volume_level": volume}
    muted = old.get("is_volume_muted")
    if muted is not None and muted != new.get("is_volume_muted"):
        yield "volume_mute", {"is_volume_muted": muted}
    if before.state == now.state:
        return
    is_off = now.state in _OFF
    if is_off and before.state not in _OFF:
        yield "turn_on", {}
    if before.state in _OFF:
        yield "turn_off", {}
    elif before.state in _PLAYER_STATES:
        yield _PLAYER_STATES[before.state], {}
    elif not is_off:
        yield "turn_on", {}


def _lock(before: DeviceState, _now: DeviceState) -> _Calls:
    """Yield the calls for a lock."""
    yield ("lock" if before.state in {"locked", "locking"} else "unlock"), {}


def _vacuum(before: DeviceState, _now: DeviceState) -> _Calls:
    """Yield the calls for a vacuum cleaner."""
    yield _VACUUM_STATES.get(before.state, "return_to_base"), {}


def _alarm(before: DeviceState, _now: DeviceState) -> _Calls:
    """Yield the calls for an alarm."""
    if before.state == "disarmed":
        yield "alarm_disarm", {}
    elif before.state.startswith("armed_"):
        yield f"alarm_arm_{before.state.removeprefix('armed_')}", {}


def _humidifier(before: DeviceState, now: DeviceState) -> _Calls:
    """Yield the calls for a humidifier."""
    humidity = before.attributes.get("humidity")
    if humidity is not None and humidity != now.attributes.get("humidity"):
        yield "set_humidity", {"humidity": humidity}
    yield ("turn_on" if before.state == "on" else "turn_off"), {}


_OFF: Final = frozenset({"off", "standby"})
_PLAYER_STATES: Final = {
    "playing": "media_play",
    "buffering": "media_play",
    "paused": "media_pause",
    "idle": "media_stop",
}
_VACUUM_STATES: Final = {"cleaning": "start", "paused": "pause", "idle": "stop"}
_BY_DOMAIN: Final[Mapping[str, Callable[[DeviceState, DeviceState], _Calls]]] = {
    "light": _light,
    "lock": _lock,
    "climate": _climate,
    "water_heater": _climate,
    "fan": _fan,
    "media_player": _player,
    "vacuum": _vacuum,
    "alarm_control_panel": _alarm,
    "humidifier": _humidifier,
}
