"""List the sound devices of the machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hearken_speech.satellite.devices.listing import Direction, SoundDevice, devices

if TYPE_CHECKING:
    from hearken_speech.satellite.options import SatelliteOptions

_NOTHING = {
    Direction.MICROPHONE: "none found: is it plugged in? Are you in the group audio?",
    Direction.SPEAKER: "none found",
}


async def run(_options: SatelliteOptions, _seconds: float | None) -> int:
    """Print microphones and speakers, and how to choose one."""
    for direction in Direction:
        found = await asyncio.to_thread(devices, direction)
        print(f"{direction}s:")
        for each in found:
            print("\n".join(described(each)))
        if not found:
            print(f"  {_NOTHING[direction]}")
        print()
    print('Choose one by its name or a part of it: microphone = "device:NAME"')
    return 0


def described(device: SoundDevice) -> list[str]:
    """Return the lines about a device; a star marks the default one."""
    mark = "*" if device.is_default else " "
    channels = "1 channel" if device.channels == 1 else f"{device.channels} channels"
    lines = [f"{mark} {device.name} ({channels}, {device.rate_hz} Hz)"]
    if device.description != device.name:
        lines.append(f"    {device.description}")
    return lines
