"""Simulated devices of Xiaomi, added to the house as their owner would add them."""

from __future__ import annotations

import contextlib
import hashlib
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from house.api import ApiError
from house.house import until
from tests.simulators import miio, yeelight

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from house.api import HomeAssistantApi
    from tests.simulators.device import Command, SimulatedDevice

_READY_SECONDS: Final = 60.0
_MAIN_DOMAINS: Final = ("light", "switch", "fan", "humidifier", "vacuum")


@dataclass(frozen=True)
class Device:
    """A device, what its owner calls it, and where it stands."""

    name: str
    room: str
    model: str


@dataclass(frozen=True)
class Packet:
    """A command that arrived at a device."""

    at: float
    """Seconds since the epoch."""
    device: Device
    command: Command
    where: str
    """Protocol and address."""


@dataclass
class Devices:
    """Devices that are served, and what arrived at them."""

    simulated: dict[Device, SimulatedDevice]
    packets: list[Packet] = field(default_factory=list)
    _entries: list[str] = field(default_factory=list)

    def record(self, command: Command, device: Device) -> None:
        """Note a command that has just arrived."""
        one = self.simulated[device]
        protocol, port = (
            ("TCP", yeelight.PORT)
            if isinstance(one, yeelight.Yeelight)
            else ("UDP", miio.PORT)
        )
        where = f"{protocol} {one.address}:{port}"
        self.packets.append(Packet(time.time(), device, command, where))

    async def add(self, api: HomeAssistantApi) -> dict[Device, str]:
        """Add all devices to Home Assistant; return the main entity of each."""
        return {device: await self._add(api, device) for device in self.simulated}

    async def remove(self, api: HomeAssistantApi) -> None:
        """Remove all devices from Home Assistant."""
        while self._entries:
            await api.delete(f"/api/config/config_entries/entry/{self._entries.pop()}")

    async def _add(self, api: HomeAssistantApi, device: Device) -> str:
        entry_id = await _configure(api, self.simulated[device])
        self._entries.append(entry_id)
        entity = await _main_entity(api, entry_id)
        entity_id = str(entity["entity_id"])
        await api.call(
            "config/device_registry/update",
            device_id=entity["device_id"],
            name_by_user=device.name,
            area_id=await _area(api, device.room),
        )
        if not entity["has_entity_name"]:
            await api.call(
                "config/entity_registry/update", entity_id=entity_id, name=device.name
            )

        async def is_available() -> bool:
            # A plug is unavailable until it is asked for the first time.
            await api.act("homeassistant", "update_entity", {"entity_id": entity_id})
            return await api.state(entity_id) not in {None, "unavailable", "unknown"}

        await until(is_available, _READY_SECONDS, device.name)
        return entity_id


@contextlib.asynccontextmanager
async def served(devices: Sequence[Device]) -> AsyncIterator[Devices]:
    """Serve devices until the context ends."""
    simulated = {
        device: simulate(device.model, number)
        for number, device in enumerate(devices, start=1)
    }
    found = Devices(simulated)
    for device, one in simulated.items():
        one.listener = partial(found.record, device=device)
    lights = [one for one in simulated.values() if isinstance(one, yeelight.Yeelight)]
    others = [one for one in simulated.values() if isinstance(one, miio.MiioDevice)]
    async with miio.serve(others), yeelight.serve(lights):
        yield found


def simulate(model: str, number: int) -> SimulatedDevice:
    """Return a simulated device of a model, with a token of its own."""
    if model in yeelight.MODELS:
        return yeelight.Yeelight(model, number)
    token = hashlib.sha256(f"{model} {number}".encode()).digest()[:16]
    return miio.build(model, token, number)


async def _configure(api: HomeAssistantApi, simulated: SimulatedDevice) -> str:
    """Go through the dialog that adds a device; return its entry."""
    if isinstance(simulated, miio.MiioDevice):
        address = {"host": simulated.address, "token": simulated.token.hex()}
        answer = await api.flow("xiaomi_miio", {"manual": True}, address)
    else:
        answer = await api.flow("yeelight", {"host": simulated.address})
    if answer["type"] != "create_entry":
        raise ApiError(f"the device was not added: {answer}")
    return str(answer["result"]["entry_id"])


async def _main_entity(api: HomeAssistantApi, entry_id: str) -> dict[str, Any]:
    """Return the entity that is the device itself, when it is there."""
    found: list[dict[str, Any]] = []

    async def is_there() -> bool:
        found[:] = [
            entity
            for entity in await api.call("config/entity_registry/list")
            if entity["config_entry_id"] == entry_id
            and entity["entity_category"] is None
            and entity["entity_id"].startswith(_MAIN_DOMAINS)
        ]
        return bool(found)

    await until(is_there, _READY_SECONDS, "the device's entity")
    return found[0]


async def _area(api: HomeAssistantApi, room: str) -> str:
    """Return the ID of a room, which is created if there is none."""
    for area in await api.call("config/area_registry/list"):
        if area["name"] == room:
            return str(area["area_id"])
    return str((await api.call("config/area_registry/create", name=room))["area_id"])
