"""Test Home Assistant's own integration of miIO with simulated devices."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import SOURCE_USER
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er

from benchmarks.xiaomi import house
from house.xiaomi import simulate
from tests.integration.conftest import state_of
from tests.simulators.device import Command
from tests.simulators.miio import MODELS, PORT, MiioDevice, Refusal, build, serve
from tests.simulators.miio.packet import GREETING, seal, unseal

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

TOKEN = bytes(range(16))
OTHER_TOKEN = bytes(16)


def request(number: int, method: str, params: Any, token: bytes = TOKEN) -> bytes:
    """Return the packet of a request."""
    text = json.dumps({"id": number, "method": method, "params": params})
    return seal(text.encode(), token, 1, 0)


async def first_answer(device: MiioDevice, *packets: bytes) -> bytes:
    """Send packets in a row and return the first answer."""
    async with serve([device]):
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.setblocking(False)  # noqa: FBT003 - of the standard library
            await loop.sock_connect(client, (device.address, PORT))
            for packet in packets:
                await loop.sock_sendall(client, packet)
            async with asyncio.timeout(10):
                return await loop.sock_recv(client, 4096)


async def test_strangers_get_no_answer() -> None:
    """Packets that are damaged or of another token are not even refused."""
    device = build("philips.light.bulb", TOKEN)
    mine = request(7, "set_power", ["on"])

    answer = await first_answer(
        device,
        request(1, "set_power", ["on"], OTHER_TOKEN),
        mine[:-1],
        mine[:-1] + bytes([mine[-1] ^ 1]),
        b"",
        GREETING[:-1],
        seal(b"no JSON", TOKEN, 1, 0),
        mine,
    )

    text = unseal(answer, TOKEN)
    assert text is not None
    assert json.loads(text) == {"id": 7, "result": ["ok"]}
    assert list(device.commands) == [Command("set_power", ["on"])]


async def test_greeting_tells_no_token() -> None:
    """Anybody learns a device's ID and clock, and nothing else."""
    answer = await first_answer(build("chuangmi.plug.m1", TOKEN, 0x1234), GREETING)

    assert answer[:4] == b"\x21\x31\x00\x20"
    assert int.from_bytes(answer[8:12]) == 0x1234
    assert answer[16:] == b"\xff" * 16


@pytest.mark.parametrize(
    ("model", "method", "params"),
    [
        ("philips.light.bulb", "set_bright", [0]),
        ("philips.light.bulb", "set_bright", [20.5]),
        ("philips.light.bulb", "set_bright", []),
        ("philips.light.bulb", "set_power", [True]),
        ("chuangmi.plug.m1", "set_bright", [50]),
        ("zhimi.airpurifier.mb3", "set_power", ["on"]),
        ("zhimi.airpurifier.mb3", "get_properties", [{"siid": 2, "piid": 2}] * 16),
        ("rockrobo.vacuum.v1", "set_custom_mode", [0]),
        ("rockrobo.vacuum.v1", "set_power", ["on"]),
    ],
)
def test_device_refuses(model: str, method: str, params: list[Any]) -> None:
    """A device refuses what its model does not have, and does nothing."""
    device = build(model, TOKEN)

    with pytest.raises(Refusal):
        device.answer(method, params)

    assert not device.on
    assert not device.commands


@pytest.mark.parametrize(
    ("place", "value", "code"),
    [((2, 5), 4, -4005), ((2, 5), "0", -4005), ((3, 6), 1, -4002), ((9, 9), 1, -4003)],
)
def test_miot_property_is_refused(
    place: tuple[int, int], value: Any, code: int
) -> None:
    """MIoT refuses a property by itself, with a code of its own."""
    device = build("zhimi.airpurifier.mb3", TOKEN)
    siid, piid = place

    (answer,) = device.answer(
        "set_properties", [{"did": "x", "siid": siid, "piid": piid, "value": value}]
    )

    assert answer == {"did": "x", "siid": siid, "piid": piid, "code": code}


async def test_owner_adds_a_device(hass: HomeAssistant) -> None:
    """Home Assistant's dialog adds a device by its address and token."""
    device = build("philips.light.bulb", TOKEN)
    async with serve([device]):
        flow = hass.config_entries.flow
        step: Any = await flow.async_init(
            "xiaomi_miio", context={"source": SOURCE_USER}
        )
        step = await flow.async_configure(step["flow_id"], {"manual": True})
        step = await flow.async_configure(
            step["flow_id"], {"host": device.address, "token": TOKEN.hex()}
        )
        await hass.async_block_till_done()

        assert step["type"] is FlowResultType.CREATE_ENTRY
        assert step["data"]["model"] == "philips.light.bulb"
        assert state_of(hass, "light.philips_light_bulb") == "off"


async def test_every_model_is_switched(hass: HomeAssistant) -> None:
    """Home Assistant shows every model as available, and switches it."""
    areas = {"room": house.create_areas(hass, "en")["study"]}
    devices = [
        house.Device(model, "room", model, simulate(model, number))
        for number, model in enumerate(MODELS, start=1)
    ]
    async with house.served(device.simulated for device in devices):
        await house.add(hass, devices, areas)
        for device in devices:
            entity_id = main_entity(hass, device)
            assert state_of(hass, entity_id) in {"off", "docked"}, device.key
            domain = entity_id.partition(".")[0]
            await hass.services.async_call(
                domain,
                "start" if domain == "vacuum" else "turn_on",
                {"entity_id": entity_id},
                blocking=True,
            )
            assert device.simulated.on, device.key
            assert len(device.simulated.commands) == 1, device.simulated.commands


def main_entity(hass: HomeAssistant, device: house.Device) -> str:
    """Return the one entity of a device that has no name of its own."""
    assert device.entry is not None
    found = er.async_entries_for_config_entry(er.async_get(hass), device.entry.entry_id)
    (entity_id,) = [
        one.entity_id
        for one in found
        if one.domain in {"light", "switch", "fan", "humidifier", "vacuum"}
        and one.entity_category is None
        and not one.entity_id.endswith("_usb")
    ]
    return entity_id
