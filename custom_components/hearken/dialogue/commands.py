"""From what was said to service calls. Independent of Home Assistant."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from .home import Device, DeviceState
from .reading import Clause
from .values import changed, valued

_SWITCHED: Final = frozenset(
    {
        *("light", "switch", "fan", "media_player", "input_boolean", "humidifier"),
        *("siren", "remote", "climate", "group", "water_heater", "automation"),
    }
)
_SWITCHES: Final = {"on": "turn_on", "off": "turn_off", "toggle": "toggle"}
_RUNNING: Final = frozenset(
    {"switch", "fan", "media_player", "humidifier", "climate", "input_boolean"}
)
"""What is started by turning it on."""
_STARTED: Final = frozenset({"scene", "script"})
_BY_ACT: Final[dict[str, dict[str, str]]] = {
    "open": {"cover": "open_cover", "lock": "unlock", "valve": "open_valve"},
    "close": {"cover": "close_cover", "lock": "lock", "valve": "close_valve"},
    "stop": {
        "cover": "stop_cover",
        "media_player": "media_stop",
        "vacuum": "stop",
        "valve": "stop_valve",
    },
    "pause": {"media_player": "media_pause", "vacuum": "pause"},
    "play": {"media_player": "media_play"},
    "next": {"media_player": "media_next_track"},
    "previous": {"media_player": "media_previous_track"},
    "lock": {"lock": "lock"},
    "unlock": {"lock": "unlock"},
    "start": {
        "valve": "open_valve",
        "vacuum": "start",
        "lawn_mower": "start_mowing",
        "script": "turn_on",
    },
    "clean": {"vacuum": "start"},
    "dock": {"vacuum": "return_to_base", "lawn_mower": "dock"},
    "arm_away": {"alarm_control_panel": "alarm_arm_away"},
    "arm_home": {"alarm_control_panel": "alarm_arm_home"},
    "disarm": {"alarm_control_panel": "alarm_disarm"},
    "activate": {"scene": "turn_on", "script": "turn_on"},
    "on": {
        "valve": "open_valve",
        "vacuum": "start",
        "alarm_control_panel": "alarm_arm_away",
    },
    "off": {
        "valve": "close_valve",
        "vacuum": "return_to_base",
        "alarm_control_panel": "alarm_disarm",
    },
}


@dataclass(frozen=True, slots=True)
class Command:
    """A service call for one device."""

    entity_id: str
    service: str
    """The name without the domain, which is the device's own."""
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        """Return the domain of the service."""
        return self.entity_id.partition(".")[0]

    def as_dict(self) -> dict[str, Any]:
        """Return the command as JSON data."""
        return {
            "entity_id": self.entity_id,
            "service": self.service,
            "data": dict(self.data),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return a command from JSON data."""
        return cls(data["entity_id"], data["service"], data.get("data", {}))


def command_for(clause: Clause, device: Device, state: DeviceState) -> Command | None:
    """Return the service call for a device, None if the order does not fit it."""
    for build in _BUILDERS:
        built = build(clause, device, state)
        if built is not None:
            service, data = built
            return Command(device.entity_id, service, data)
    return None


def _color(
    clause: Clause, device: Device, _state: DeviceState
) -> tuple[str, dict[str, Any]] | None:
    """Return the call that sets a color."""
    if device.domain != "light":
        return None
    if clause.color:
        return "turn_on", {"color_name": clause.color}
    if clause.tone:
        return "turn_on", {"color_temp_kelvin": int(clause.tone)}
    return None


def _act(
    clause: Clause, device: Device, _state: DeviceState
) -> tuple[str, dict[str, Any]] | None:
    """Return the call that an act alone leads to."""
    if clause.has_value or clause.change is not None:
        return None
    domain = device.domain
    for act in clause.acts:
        if act in {"mute", "unmute"} and domain == "media_player":
            return "volume_mute", {"is_volume_muted": act == "mute"}
        if service := _service(act, domain):
            return service, {}
    return None


def _service(act: str, domain: str) -> str | None:
    """Return the service for an act that has no data."""
    if domain in _SWITCHED and act in _SWITCHES:
        return _SWITCHES[act]
    if domain in _RUNNING and act == "start":
        return "turn_on"
    if domain in _STARTED and act == "on":
        return "turn_on"
    return _BY_ACT.get(act, {}).get(domain)


type _Builder = Callable[
    [Clause, Device, DeviceState], tuple[str, dict[str, Any]] | None
]
_BUILDERS: Final[tuple[_Builder, ...]] = (_color, valued, changed, _act)
