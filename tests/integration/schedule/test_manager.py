"""Test that what is due is kept, and done in time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from homeassistant.core import HomeAssistant, callback
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.hearken.exchanges.exchange import Kind
from custom_components.hearken.schedule import ItemKind, Schedule
from tests.integration.talking import recorded_events

if TYPE_CHECKING:
    from tests.integration.schedule.conftest import Orders
    from tests.integration.schedule.player import Player

_KEY = "hearken.schedule"


async def test_order_is_carried_out_in_time(player: Player, orders: Orders) -> None:
    """A delayed order runs when its time has come, and once."""
    await player.say("turn off the lamp in ten minutes")
    await player.wait(599)
    assert orders.done == []
    await player.wait(2)
    assert orders.done == ["turn off the lamp"]
    await player.wait(1200)
    assert orders.done == ["turn off the lamp"]


async def test_risky_order_asks_first(player: Player, orders: Orders) -> None:
    """An order about which the agent asks is only set after a yes."""
    orders.question = "Really?"
    reply = await player.say("turn off the alarm in ten minutes")
    assert reply is not None
    assert reply.asks
    assert reply.speech == "Really?"
    assert not player.schedule.items
    assert await player.say("yes please")
    assert [item.kind for item in player.schedule.items] == [ItemKind.ORDER]
    await player.say("turn off the oven in ten minutes")
    assert await player.say("no")
    await player.say("turn off the oven in ten minutes")
    assert await player.say("the weather is nice")
    assert len(player.schedule.items) == 1


async def test_everything_is_kept_at_once(
    player: Player, hass_storage: dict[str, Any]
) -> None:
    """What was set is on disk when the answer is given, and back after a restart."""
    await player.say("set a pasta timer for nine minutes")
    await player.say("wake me every weekday at half past six")
    await player.say("remind me tomorrow at eight to call mum")
    await player.say("turn off the lamp in ten minutes")
    assert len(hass_storage[_KEY]["data"]["items"]) == 4
    again = Schedule(player.hass)
    await again.async_start()
    assert list(again.items) == list(player.schedule.items)
    assert len(again.timers) == len(again.alarms) == 1
    assert len(again.reminders) == len(again.orders) == 1
    await player.say("cancel the pasta timer")
    assert len(hass_storage[_KEY]["data"]["items"]) == 3


async def test_damaged_items_are_left_out(
    player: Player, hass_storage: dict[str, Any]
) -> None:
    """One damaged item costs no other."""
    await player.say("set a pasta timer for nine minutes")
    await player.say("wake me at seven")
    hass_storage[_KEY]["data"]["items"][0]["due"] = "soon"
    hass_storage[_KEY]["data"]["items"].append("nothing")
    again = Schedule(player.hass)
    await again.async_start()
    assert [item.kind for item in again.items] == [ItemKind.ALARM]


async def test_late_ones_ring_and_say_so(
    player: Player, kitchen: str, orders: Orders
) -> None:
    """What was due while Home Assistant was off rings at once, and says how late."""
    said = _announcements(player.hass)
    await player.say("set a pasta timer for nine minutes", satellite_id=kitchen)
    await player.say("turn off the lamp in ten minutes", satellite_id=kitchen)
    player.schedule.async_close()
    await player.wait(1140)
    again = Schedule(player.hass)
    await again.async_start()
    await player.wait(0.01)
    assert sorted(said) == [
        "Pasta ended 10 minutes ago.",
        "“turn off the lamp” was due 9 minutes ago and was not carried out.",
    ]
    assert orders.done == []
    assert not again.items
    again.async_close()


async def test_order_that_is_a_little_late(
    player: Player, kitchen: str, orders: Orders
) -> None:
    """An order that became due during a restart is carried out."""
    await player.say("turn off the lamp in ten minutes", satellite_id=kitchen)
    player.schedule.async_close()
    await player.wait(660)
    again = Schedule(player.hass)
    await again.async_start()
    await player.wait(0.01)
    assert orders.done == ["turn off the lamp"]
    again.async_close()


async def test_the_end_of_an_order_is_never_too_late(
    player: Player, kitchen: str, orders: Orders
) -> None:
    """What was turned on for a while is turned off even hours later."""
    await player.say("turn off the lamp in ten minutes", satellite_id=kitchen)
    (item,) = player.schedule.orders
    await player.schedule.async_put(replace(item, is_ending=True))
    player.schedule.async_close()
    await player.wait(7200)
    again = Schedule(player.hass)
    await again.async_start()
    await player.wait(0.01)
    assert orders.done == ["turn off the lamp"]
    again.async_close()


async def test_ringing_survives_a_restart(player: Player, kitchen: str) -> None:
    """What rang when Home Assistant was killed rings again, until it is stopped."""
    said = _announcements(player.hass)
    await player.say("set a pasta timer for one minute", satellite_id=kitchen)
    await player.wait(61)
    assert said == ["Pasta"]
    again = Schedule(player.hass)
    await again.async_start()
    await player.wait(60)
    assert said[-1] == "Pasta ended 1 minute ago."
    again.async_stop_at(kitchen)
    player.schedule.async_stop_at(kitchen)
    await player.hass.async_block_till_done(wait_background_tasks=True)
    third = Schedule(player.hass)
    await third.async_start()
    assert not third.ringing
    again.async_close()
    third.async_close()


async def test_repeating_alarm(player: Player, kitchen: str) -> None:
    """An alarm that repeats rings each time, and is set for the next."""
    said = _announcements(player.hass)
    events = recorded_events(player.hass)
    await player.say("wake me every weekday at 10:30", satellite_id=kitchen)
    assert player.shown() == {"alarm 0 10:30 01234"}
    await player.wait(1800)
    assert said == ["It is 10:30 AM."]
    assert player.shown() == {"alarm 1 10:30 01234"}
    assert [event.kind for event in events] == [Kind.ALARM_RINGING]
    player.schedule.async_stop_at(kitchen)


async def test_too_many_items(player: Player) -> None:
    """A two hundred and first item is refused."""
    for _ in range(200):
        await player.say("set a timer for nine minutes")
    reply = await player.say("set a timer for nine minutes")
    assert reply is not None
    assert reply.speech == "There are too many already."
    assert len(player.schedule.items) == 200


def _announcements(hass: HomeAssistant) -> list[str]:
    """Return the texts that satellites announce from now on."""
    said: list[str] = []

    @callback
    def on_call(event: Any) -> None:
        if event.data["service"] == "announce":
            said.append(event.data["service_data"]["message"])

    async_mock_service(hass, "assist_satellite", "announce")
    hass.bus.async_listen("call_service", on_call)
    return said
