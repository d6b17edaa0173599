"""Which devices a noun may be used for. Independent of Home Assistant.

A noun never stands for a device that is not such a thing: "the TV" is no loudspeaker
only because that is the one media player in the room.
"""

from collections.abc import Collection, Mapping
from typing import Final

from .home import Device, DeviceState

_DOOR_CLASSES: Final = frozenset({"door", "garage", "gate"})
KINDS: Final[dict[str, tuple[str, ...]]] = {
    "light": ("light",),
    "switch": ("switch",),
    "plug": ("switch",),
    "fan": ("fan",),
    "purifier": ("fan",),
    "covering": ("cover",),
    "blind": ("cover",),
    "shutter": ("cover",),
    "curtain": ("cover",),
    "awning": ("cover",),
    "garage": ("cover",),
    "gate": ("cover",),
    "lock": ("lock",),
    "door": ("lock", "cover"),
    "window": ("cover",),
    "climate": ("climate",),
    "heating": ("climate",),
    "cooling": ("climate",),
    "media": ("media_player",),
    "sound": ("media_player",),
    "radio": ("media_player",),
    "speaker": ("media_player",),
    "projector": ("media_player",),
    "tv": ("media_player",),
    "vacuum": ("vacuum", "lawn_mower"),
    "alarm": ("alarm_control_panel",),
    "humidifier": ("humidifier",),
    "dehumidifier": ("humidifier",),
    "scene": ("scene",),
    "thing": ("light", "switch", "fan", "media_player"),
}
"""Domains of what a noun may stand for."""
PLUGGED: Final = ("switch", "input_boolean")
"""Domains of what is whatever its name says: a lamp behind a plug that is switched."""
_PLUGGED_KINDS: Final = frozenset(
    {
        *("light", "fan", "purifier", "heating", "cooling", "humidifier"),
        *("dehumidifier", "tv", "radio", "media", "speaker", "projector"),
    }
)
_FAMILIES: Final = (
    frozenset({"covering", "blind", "shutter", "curtain"}),
    frozenset({"climate", "heating", "cooling"}),
    frozenset({"media", "sound", "radio", "speaker", "projector", "tv"}),
    frozenset({"humidifier", "dehumidifier"}),
    frozenset({"fan", "purifier"}),
)
"""Nouns for devices of one domain that are different things."""
_INCLUDED: Final[Mapping[str, frozenset[str]]] = {
    "covering": _FAMILIES[0],
    "blind": frozenset({"covering", "blind", "shutter"}),
    "shutter": frozenset({"covering", "blind", "shutter"}),
    "curtain": frozenset({"covering", "curtain"}),
    "climate": _FAMILIES[1],
    "heating": frozenset({"climate", "heating"}),
    "cooling": frozenset({"climate", "cooling"}),
    "sound": _FAMILIES[2],
    "media": frozenset({"media", "sound", "radio", "speaker"}),
    "speaker": frozenset({"media", "sound", "speaker"}),
}
"""Nouns in a name that another noun may be used for."""
_CLASSES: Final[Mapping[str, frozenset[str]]] = {
    "blind": frozenset({"blind", "shutter", "shade"}),
    "shutter": frozenset({"blind", "shutter", "shade"}),
    "curtain": frozenset({"curtain"}),
}
_COVERINGS: Final = frozenset({"blind", "shutter", "shade", "curtain"})
_SEEN: Final = frozenset({"tv", "projector"})
_MODES: Final = {"heating": {"heat", "heat_cool"}, "cooling": {"cool", "heat_cool"}}


def domains_of(kind: str) -> tuple[str, ...]:
    """Return the domains that devices of a kind may have."""
    domains = KINDS.get(kind, ())
    return (*domains, *PLUGGED) if kind in _PLUGGED_KINDS else domains


def is_such(  # noqa: PLR0911 - one for each domain
    kind: str,
    device: Device,
    named: Collection[str],
    state: DeviceState,
    *,
    is_active: bool,
) -> bool:
    """Return whether a noun may stand for a device, in whose name are these nouns."""
    if device.domain not in KINDS.get(kind, ()):
        return device.domain in PLUGGED and kind in _PLUGGED_KINDS and kind in named
    family = next((one for one in _FAMILIES if kind in one), frozenset())
    if others := family & set(named):
        included = _INCLUDED.get(kind, frozenset({kind}))
        return bool(others & included) or (is_active and _plays(kind, others))
    match device.domain:
        case "cover":
            return _is_such_cover(kind, device.device_class)
        case "lock":
            return True
        case "climate":
            return _has_mode(kind, state)
        case "media_player":
            return _is_such_player(kind, device.device_class, is_active=is_active)
        case "humidifier":
            is_drying = device.device_class == "dehumidifier"
            return (kind == "dehumidifier") == is_drying
    if kind == "plug":
        return device.device_class == "outlet" or kind in named
    return kind != "purifier"


def _plays(kind: str, others: Collection[str]) -> bool:
    """Return whether what plays may be meant by what is heard: "the radio"."""
    return kind == "media" or (kind == "radio" and not _SEEN & set(others))


def _is_such_cover(kind: str, device_class: str | None) -> bool:
    """Return whether a cover that is named by no such noun may be one."""
    if kind == "door":
        return device_class in _DOOR_CLASSES
    if kind in {"awning", "garage", "gate", "window"}:
        return device_class == kind
    if device_class in {*_DOOR_CLASSES, "awning"}:
        return False
    allowed = _CLASSES.get(kind)
    return allowed is None or device_class not in _COVERINGS - allowed


def _has_mode(kind: str, state: DeviceState) -> bool:
    """Return whether what has no telling name can heat, or cool, as far as is known."""
    modes = state.attributes.get("hvac_modes")
    wanted = _MODES.get(kind)
    if not modes or wanted is None:
        return True
    return bool({*wanted, "auto"} & {str(one) for one in modes})


def _is_such_player(kind: str, device_class: str | None, *, is_active: bool) -> bool:
    """Return whether a media player that is named by no such noun may be one."""
    match kind:
        case "tv" | "projector":
            return device_class == kind
        case "radio":
            return is_active and device_class not in _SEEN
        case "speaker":
            return device_class not in _SEEN
        case "media":
            return is_active or device_class not in _SEEN
    return True
