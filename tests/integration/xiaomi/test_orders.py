"""Test typed orders down to the packets at simulated devices."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from homeassistant.components import conversation
from homeassistant.core import Context

from benchmarks.xiaomi import house
from benchmarks.xiaomi.orders import ASKS, SILENT, Answer, Order, Verdict, judge, orders
from tests.simulators.device import Command

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from homeassistant.core import HomeAssistant

KEYS = {
    *("kitchen_bulb", "kettle", "study_purifier", "study_fan", "vacuum"),
    *("living_fan", "bathroom_ceiling", "night_light", "upstairs_vacuum"),
}


def power(piid: int) -> str:
    """Return the parameters that switch a device of the second generation on."""
    return json.dumps([{"did": "power", "siid": 2, "piid": piid, "value": True}])


SAID: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "turn on the kitchen lamp": ('kitchen_bulb: set_power ["on"]',),
        "set kitchen lamp brightness to 30 percent": ("kitchen_bulb: set_bright [30]",),
        "turn on the kettle": ('kettle: set_power ["on"]',),
        "turn on the study air purifier": (
            f"study_purifier: set_properties {power(2)}",
        ),
        "start mi robot vacuum": ("vacuum: app_start []",),
        "turn on the kettle and the kitchen lamp": (
            'kettle: set_power ["on"]',
            'kitchen_bulb: set_power ["on"]',
        ),
        "turn on the night light": ('night_light: set_power ["on", "smooth", 350]',),
    },
    "zh": {
        "打开厨房灯": ('kitchen_bulb: set_power ["on"]',),
        "打开电热水壶": ('kettle: set_power ["on"]',),
        "打开风扇": (f"study_fan: set_properties {power(1)}",),
        "启动米家扫地机器人": ("vacuum: app_start []",),
        "打开小夜灯": ('night_light: set_power ["on", "smooth", 350]',),
    },
}


@pytest.fixture
async def devices(
    hass: HomeAssistant, request: pytest.FixtureRequest
) -> AsyncIterator[list[house.Device]]:
    """Add some devices of the house to Home Assistant, in the language of the test."""
    language = request.node.callspec.params["language"]
    areas = house.create_areas(hass, language)
    some = [device for device in house.devices(language) if device.key in KEYS]
    async with house.served(device.simulated for device in some):
        await house.add(hass, some, areas)
        yield some
        for device in some:
            assert device.entry is not None
            await hass.config_entries.async_remove(device.entry.entry_id)
        await hass.async_block_till_done()


@pytest.mark.parametrize("language", SAID)
async def test_order_reaches_the_device(
    hass: HomeAssistant, devices: list[house.Device], language: str
) -> None:
    """Exactly the right packets leave for each order."""
    for text, packets in SAID[language].items():
        for device in devices:
            device.simulated.commands.clear()

        await conversation.async_converse(
            hass, text, None, Context(), language={"zh": "zh-CN"}.get(language, "en")
        )
        await hass.async_block_till_done()

        sent = {
            f"{device.key}: {command}"
            for device in devices
            for command in device.simulated.commands
        }
        assert sent == set(packets), text


@pytest.mark.parametrize("language", SAID)
def test_orders_of_the_benchmark(language: str) -> None:
    """There are 100 orders, in areas and to devices that exist, and none twice."""
    every = house.devices(language)
    listed = list(orders(language, every))

    assert len(every) == 40
    assert len(listed) == 100
    assert {order.area for order in listed} <= house.area_names(language).keys()
    keys = {device.key for device in every if not device.silent}
    assert {key for order in listed for key in order.expected} <= keys
    assert len({(order.area, order.text) for order in listed}) == 100


SAYS = {
    "done": Answer("Turned on", done=True, asks=False, understood=True),
    "refuses": Answer("Sorry", done=False, asks=False, understood=False),
    "asks": Answer("Which one?", done=False, asks=True, understood=True),
    "honest": Answer(
        "The fairy lights do not answer.", done=False, asks=False, understood=True
    ),
}


@pytest.mark.parametrize(
    ("expected", "case", "switched", "says", "verdict"),
    [
        ({"kettle": "on"}, "", ("kettle",), "done", Verdict.RIGHT),
        ({"kettle": "on"}, "", (), "refuses", Verdict.REFUSED),
        ({"kettle": "on"}, "", (), "done", Verdict.CLAIMED),
        ({"kettle": "on"}, "", ("kettle", "heater"), "done", Verdict.WRONG),
        ({"kettle": "on"}, "", ("heater",), "done", Verdict.WRONG),
        ({"kettle": "on", "heater": "on"}, "", ("kettle",), "done", Verdict.WRONG),
        ({"kettle": "off"}, "", ("kettle",), "done", Verdict.WRONG),
        ({}, ASKS, (), "asks", Verdict.RIGHT),
        ({}, ASKS, (), "refuses", Verdict.REFUSED),
        ({}, ASKS, ("kettle",), "done", Verdict.WRONG),
        ({}, SILENT, (), "honest", Verdict.RIGHT),
        ({}, SILENT, (), "done", Verdict.CLAIMED),
        ({}, SILENT, (), "refuses", Verdict.REFUSED),
    ],
)
def test_verdict(
    expected: dict[str, str],
    case: str,
    switched: tuple[str, ...],
    says: str,
    verdict: Verdict,
) -> None:
    """What the devices were told decides, then what the house says."""
    every = house.devices("en")
    for device in every:
        if device.key in switched:
            device.simulated.press(on=True)
            device.simulated.record(Command("set_power", ["on"]))

    assert judge(Order("hall", "", expected, case), every, SAYS[says]) is verdict
