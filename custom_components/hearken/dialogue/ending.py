"""What ends an order that is only for a while. Independent of Home Assistant."""

from collections.abc import Sequence
from typing import Final

from .commands import Command
from .home import DeviceState, Home
from .pools import INACTIVE
from .restore import restore

_ENDS: Final = {
    "turn_on": "turn_off",
    "open_cover": "close_cover",
    "open_valve": "close_valve",
    "start": "return_to_base",
    "start_mowing": "dock",
    "media_play": "media_pause",
    "unlock": "lock",
}
_KEPT: Final = frozenset(
    {
        *("turn_off", "set_temperature", "set_percentage", "set_cover_position"),
        *("volume_set", "volume_up", "volume_down", "set_humidity", "media_pause"),
        *("volume_mute", "close_cover", "close_valve"),
    }
)
"""What is ended by bringing back what was before."""
_NEVER: Final = frozenset({"scene", "script", "automation", "alarm_control_panel"})


def endings(commands: Sequence[Command], home: Home) -> list[Command] | None:
    """Return what ends some commands, None if that is not certain for all of them."""
    found: list[Command] = []
    for command in commands:
        device = home.devices.get(command.entity_id)
        ends = None if device is None else _ending(command, home.state(device))
        if ends is None:
            return None
        found += ends
    return found or None


def _ending(command: Command, before: DeviceState) -> list[Command] | None:
    """Return what ends one command, None if that is not certain."""
    if command.domain in _NEVER:
        return None
    was_active = before.state not in INACTIVE
    if service := _ENDS.get(command.service):
        if not (was_active and command.data):
            return [Command(command.entity_id, service)]
    elif command.service not in _KEPT or not was_active:
        return None
    position = before.attributes.get("current_position")
    now = {} if position is None else {"current_position": position}
    return restore(command.entity_id, before, DeviceState(before.state, now))
