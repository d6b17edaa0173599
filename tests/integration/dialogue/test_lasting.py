"""Orders for a while: done at once, and ended when the time is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.hearken.dialogue.commands import Command
from custom_components.hearken.dialogue.ending import endings
from custom_components.hearken.dialogue.home import Device, DeviceState, Home
from custom_components.hearken.dialogue.spellings import Spellings
from custom_components.hearken.schedule import async_get_schedule
from custom_components.hearken.schedule.items import Item
from tests.integration.dialogue.simulated_home import words
from tests.integration.dialogue.talk import begin

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from homeassistant.core import HomeAssistant

    from custom_components.hearken.schedule import Schedule


@pytest.fixture
async def schedule(hass: HomeAssistant) -> AsyncGenerator[Schedule]:
    """Start the schedule of the house."""
    schedule = async_get_schedule(hass)
    await schedule.async_start()
    yield schedule
    schedule.async_close()


LAMPS = {"en": "Lantern", "de": "Laterne", "zh": "灯笼"}


@pytest.mark.parametrize(
    ("language", "text", "undo", "said"),
    [
        ("en", "turn on the lantern for ten minutes", "undo that", "10 minutes"),
        ("de", "mach die Laterne für 10 Minuten an", "rückgängig", "10 Minuten"),
        ("zh", "打开灯笼十分钟", "恢复原样", "10分钟"),
    ],
)
async def test_it_is_on_now_and_off_later(
    hass: HomeAssistant,
    schedule: Schedule,
    language: str,
    text: str,
    undo: str,
    said: str,
) -> None:
    """Test that the end is set, said, kept, and dropped by an undo."""
    talk = await begin(hass, language, {"light.lantern": LAMPS[language]})
    off = async_mock_service(hass, "light", "turn_off")
    answer = await talk.ask(text)
    assert talk.done == ["light.lantern"]
    assert said in answer
    assert LAMPS[language].casefold() in answer.casefold()
    (item,) = schedule.orders
    assert item.is_ending
    assert item.commands == (Command("light.lantern", "turn_off").as_dict(),)
    assert 590 < (item.due - item.created).total_seconds() < 610
    assert Item.from_dict(item.to_dict()) == item
    hass.states.async_set("light.lantern", "on")
    await talk.say(undo)
    assert [call.data["entity_id"] for call in off] == [["light.lantern"]]
    assert not schedule.orders


async def test_another_order_for_the_device_drops_the_end(
    hass: HomeAssistant, schedule: Schedule
) -> None:
    """Test that what is turned on again later is not turned off by surprise."""
    talk = await begin(hass, "en", {"light.lantern": "Lantern", "light.torch": "Torch"})
    async_mock_service(hass, "light", "turn_off")
    await talk.say("turn on the lantern and the torch for ten minutes")
    await talk.say("turn off the torch")
    (item,) = schedule.orders
    assert [one["entity_id"] for one in item.commands] == ["light.lantern"]
    await talk.say("turn off the lantern")
    assert not schedule.orders


async def test_what_is_risky_is_asked_about_first(
    hass: HomeAssistant, schedule: Schedule
) -> None:
    """Test that a garage door is opened for a while after a yes only."""
    talk = await begin(hass, "en", {"cover.garage": "Garage door"})
    text = "open the garage door for ten minutes"
    assert (await talk.ask(text)).endswith("?")
    await talk.say("no")
    assert talk.done == []
    assert not schedule.orders
    assert (await talk.ask(text)).endswith("?")
    await talk.say("yes")
    assert talk.done == ["cover.garage"]
    (item,) = schedule.orders
    assert item.commands == (Command("cover.garage", "close_cover").as_dict(),)


@pytest.mark.parametrize(
    ("command", "before", "ends"),
    [
        (
            Command("light.one", "turn_on", {"brightness_pct": 30}),
            DeviceState("on", {"brightness": 200}),
            [Command("light.one", "turn_on", {"brightness": 200})],
        ),
        (
            Command("light.one", "turn_on", {"brightness_pct": 30}),
            DeviceState("off", {}),
            [Command("light.one", "turn_off")],
        ),
        (
            Command("switch.one", "turn_off"),
            DeviceState("on", {}),
            [Command("switch.one", "turn_on")],
        ),
        (Command("switch.one", "turn_off"), DeviceState("off", {}), None),
        (
            Command("climate.one", "set_temperature", {"temperature": 23}),
            DeviceState("heat", {"temperature": 20.0}),
            [Command("climate.one", "set_temperature", {"temperature": 20.0})],
        ),
        (
            Command("lock.one", "unlock"),
            DeviceState("locked", {}),
            [Command("lock.one", "lock")],
        ),
        (Command("lock.one", "lock"), DeviceState("unlocked", {}), None),
        (Command("scene.one", "turn_on"), DeviceState("unknown", {}), None),
    ],
)
def test_what_ends_an_order(
    command: Command, before: DeviceState, ends: list[Command] | None
) -> None:
    """Test that what was before comes back, and what was off goes off."""
    device = Device(command.entity_id, ("One",), None)
    home = Home([device], [], Spellings(words("en")), lambda _: before)
    assert endings([command], home) == ends
