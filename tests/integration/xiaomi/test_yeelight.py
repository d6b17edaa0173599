"""Test Home Assistant's own integration of Yeelight with simulated lights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.const import STATE_UNAVAILABLE

from benchmarks.xiaomi import house
from tests.integration.conftest import state_of
from tests.integration.waiting import until
from tests.simulators.yeelight import MODELS, Yeelight

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from homeassistant.core import HomeAssistant

LIGHT = "light.yeelight_color4_0x1"


@pytest.fixture
async def light(hass: HomeAssistant) -> AsyncIterator[Yeelight]:
    """Add a color light to Home Assistant."""
    simulated = Yeelight("color4")
    areas = {"room": house.create_areas(hass, "en")["study"]}
    async with house.served([simulated]):
        device = house.Device("light", "room", "Reading lamp", simulated)
        await house.add(hass, [device], areas)
        yield simulated
        assert device.entry is not None
        await hass.config_entries.async_remove(device.entry.entry_id)
        await hass.async_block_till_done()


async def turn(hass: HomeAssistant, to: str, **data: Any) -> None:
    """Call an action of the light."""
    await hass.services.async_call(
        "light", f"turn_{to}", {"entity_id": LIGHT, **data}, blocking=True
    )


async def test_light_is_found_and_named(hass: HomeAssistant, light: Yeelight) -> None:
    """The dialog finds model and number; the name is the owner's."""
    state = hass.states.get(LIGHT)

    assert state is not None
    assert state.state == "off"
    assert state.name == "Reading lamp"


async def test_light_obeys(hass: HomeAssistant, light: Yeelight) -> None:
    """Brightness, color and power arrive at the light."""
    await turn(hass, "on", brightness_pct=20)
    assert (light.on, light.state["bright"]) == (True, "20")
    await turn(hass, "on", hs_color=(240, 100))
    assert (light.state["color_mode"], light.state["hue"]) == ("3", "240")
    await turn(hass, "off")
    assert not light.on
    assert {command.method for command in light.commands} >= {"set_power", "set_bright"}


async def test_button_at_the_light_is_noticed(
    hass: HomeAssistant, light: Yeelight
) -> None:
    """A light that is switched by hand says so itself."""
    light.press(on=True)
    await until(lambda: state_of(hass, LIGHT) == "on")

    assert not light.commands


async def test_unplugged_light_is_unavailable(
    hass: HomeAssistant, light: Yeelight
) -> None:
    """A light that hangs up is unavailable at once."""
    light.unplug()
    await until(lambda: state_of(hass, LIGHT) == STATE_UNAVAILABLE)


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("set_bright", [50]),
        ("set_power", ["maybe"]),
        ("set_power", []),
        ("set_rgb", [255]),
        ("reboot", []),
    ],
)
def test_light_refuses(method: str, params: list[Any]) -> None:
    """A light that is off, or a white one, refuses what it cannot do."""
    light = Yeelight("lamp1")

    assert "error" in light.answer(method, params)
    assert not light.commands
    assert light.state["name"] == ""
    assert set(light.state) == {*MODELS["lamp1"][1], "name"}
