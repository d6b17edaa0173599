"""Test spoken commands down to the packets at simulated devices of Xiaomi."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from house import xiaomi
from tests.simulators.yeelight import Yeelight

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.end_to_end.conftest import Home

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.end_to_end]

FLOOR_LAMP = xiaomi.Device("Floor lamp", "Bedroom", "philips.light.bulb")
FAN = xiaomi.Device("Bedroom fan", "Bedroom", "dmaker.fan.p10")
DESK_LAMP = xiaomi.Device("Desk lamp", "Office", "color4")


@dataclass
class Room:
    """The devices, and a person who speaks to them."""

    home: Home
    devices: xiaomi.Devices

    async def say(self, text: str) -> list[str]:
        """Speak a command; return the packets that arrived."""
        self.devices.packets.clear()
        command = await self.home.say(text)
        assert command.text == text
        assert command.understood, command.answer
        return [
            f"{packet.device.name}: {packet.command}" for packet in self.devices.packets
        ]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def room(home: Home) -> AsyncGenerator[Room]:
    """Add devices to the house, and remove them afterwards."""
    async with xiaomi.served([FLOOR_LAMP, FAN, DESK_LAMP]) as devices:
        await devices.add(home.api)
        yield Room(home, devices)
        await devices.remove(home.api)


async def test_bulb(room: Room) -> None:
    """A spoken order leaves as one encrypted packet of miIO."""
    assert await room.say("turn on the floor lamp") == ['Floor lamp: set_power ["on"]']
    assert room.devices.simulated[FLOOR_LAMP].on


async def test_fan(room: Room) -> None:
    """A device of the second generation is told by numbers."""
    (packet,) = await room.say("turn on the bedroom fan")

    assert packet.startswith("Bedroom fan: set_properties [{")
    assert room.devices.simulated[FAN].on


async def test_yeelight(room: Room) -> None:
    """A light that speaks another protocol is told over TCP."""
    packets = await room.say("set the desk lamp to forty percent")

    assert packets
    assert {packet.partition(":")[0] for packet in packets} == {"Desk lamp"}
    light = room.devices.simulated[DESK_LAMP]
    assert isinstance(light, Yeelight)
    assert light.state["bright"] == "40"
