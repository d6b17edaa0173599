"""Test how commands are carried out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from custom_components.hearken.dialogue.carrying_out import async_carry_out
from custom_components.hearken.dialogue.commands import Command

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, ServiceCall

MOST = 20


class Lights:
    """Notes in which pass of the event loop lights are switched."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Offer the services."""
        self.switched: dict[int, list[str]] = {}
        self.brightness: dict[str, int] = {}
        self.passes = 0
        self._is_watching = True
        hass.services.async_register("light", "turn_on", self._turn_on)
        self._tick()

    def _tick(self) -> None:
        self.passes += 1
        if self._is_watching:
            asyncio.get_running_loop().call_soon(self._tick)

    async def _turn_on(self, call: ServiceCall) -> None:
        for entity_id in call.data["entity_id"]:
            self.switched.setdefault(self.passes, []).append(entity_id)
            self.brightness[entity_id] = call.data["brightness"]

    def stop(self) -> list[list[str]]:
        """Stop watching; return what was switched in each pass."""
        self._is_watching = False
        return list(self.switched.values())


async def test_many_devices_give_others_a_turn(hass: HomeAssistant) -> None:
    """All are commanded, some at a time."""
    lights = Lights(hass)
    ids = [f"light.l{number}" for number in range(3 * MOST - 7)]
    commands = [Command(one, "turn_on", {"brightness": 7}) for one in ids]
    assert await async_carry_out(hass, commands, None)
    passes = lights.stop()
    assert [one for some in passes for one in some] == ids
    assert [len(some) for some in passes] == [MOST, MOST, MOST - 7]


async def test_different_commands_give_others_a_turn(hass: HomeAssistant) -> None:
    """Each device gets what is meant for it, when all get something else."""
    lights = Lights(hass)
    wanted = {f"light.l{number}": number for number in range(3 * MOST)}
    commands = [Command(k, "turn_on", {"brightness": v}) for k, v in wanted.items()]
    assert await async_carry_out(hass, commands, None)
    assert max(map(len, lights.stop())) <= MOST
    assert lights.brightness == wanted


async def test_few_devices_are_commanded_at_once(hass: HomeAssistant) -> None:
    """A usual command is one service call, without a pause."""
    lights = Lights(hass)
    commands = [Command(f"light.{n}", "turn_on", {"brightness": 1}) for n in "abc"]
    await async_carry_out(hass, commands, None)
    assert [len(some) for some in lights.stop()] == [3]
