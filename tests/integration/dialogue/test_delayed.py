"""What leans on an order for later is for later, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from custom_components.hearken.schedule import ItemKind, async_get_schedule
from tests.integration.dialogue.talk import begin

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from homeassistant.core import HomeAssistant

    from custom_components.hearken.schedule import Schedule
    from tests.integration.dialogue.talk import Talk

NAMES = {
    "en": {"light.lantern": "Lantern", "light.torch": "Torch", "light.bed": "Moon"},
    "de": {"light.lantern": "Laterne", "light.torch": "Fackel", "light.bed": "Mond"},
    "zh": {"light.lantern": "灯笼", "light.torch": "火炬", "light.bed": "月亮"},
}
ORDER = {
    "en": "turn on the lantern in ten minutes",
    "de": "mach in zehn Minuten die Laterne an",
    "zh": "十分钟后打开灯笼",
}


@pytest.fixture
async def schedule(hass: HomeAssistant) -> AsyncGenerator[Schedule]:
    """Start the schedule of the house."""
    schedule = async_get_schedule(hass)
    await schedule.async_start()
    yield schedule
    schedule.async_close()


def planned(schedule: Schedule) -> list[str]:
    """Return the devices of what is due later, the first that was ordered first."""
    items = sorted(schedule.items, key=lambda item: item.created)
    assert all(item.kind is ItemKind.ORDER for item in items)
    return [one["entity_id"] for item in items for one in item.commands]


async def ordered(hass: HomeAssistant, language: str, schedule: Schedule) -> Talk:
    """Turn on one lamp, and order another one for later."""
    talk = await begin(hass, language, NAMES[language])
    moon = {"en": "turn on the moon", "de": "Mond an", "zh": "打开月亮"}
    await talk.say(moon[language])
    await talk.say(ORDER[language])
    assert talk.done == ["light.bed"]
    assert planned(schedule) == ["light.lantern"]
    return talk


@pytest.mark.parametrize(
    ("language", "more"),
    [
        ("en", "the torch too"),
        ("en", "and the torch"),
        ("de", "die Fackel auch"),
        ("zh", "火炬也是"),
    ],
)
async def test_one_more_device_is_for_then(
    hass: HomeAssistant, schedule: Schedule, language: str, more: str
) -> None:
    """Test that nothing is done at once, and both at the same time."""
    talk = await ordered(hass, language, schedule)
    await talk.say(more)
    assert talk.done == ["light.bed"]
    assert planned(schedule) == ["light.lantern", "light.torch"]
    first, second = schedule.items
    assert abs((second.due - first.due).total_seconds()) < 60


@pytest.mark.parametrize(
    ("language", "other"),
    [
        ("en", "no the torch"),
        ("de", "nein die Fackel"),
        ("zh", "不对是火炬"),
    ],
)
async def test_another_device_in_its_place(
    hass: HomeAssistant, schedule: Schedule, language: str, other: str
) -> None:
    """Test that a correction changes what is planned, and undoes nothing else."""
    talk = await ordered(hass, language, schedule)
    await talk.say(other)
    assert talk.done == ["light.bed"]
    assert planned(schedule) == ["light.torch"]


@pytest.mark.parametrize(
    ("language", "undo"), [("en", "undo that"), ("de", "rückgängig"), ("zh", "撤销")]
)
async def test_undo_takes_it_from_the_schedule(
    hass: HomeAssistant, schedule: Schedule, language: str, undo: str
) -> None:
    """Test that what was done before it stays as it is."""
    talk = await ordered(hass, language, schedule)
    await talk.say(undo)
    assert planned(schedule) == []
    assert talk.done == ["light.bed"]


@pytest.mark.parametrize(
    ("language", "name", "order", "answer"),
    [
        ("en", "lamp", "turn on the {} in ten minutes", "the left one"),
        ("de", "Lampe", "mach in zehn Minuten die {} an", "die linke"),
        ("zh", "灯", "十分钟后打开一盏{}", "左边的"),
    ],
)
async def test_what_is_not_clear_is_asked_and_answered_by_a_part_of_a_name(
    hass: HomeAssistant,
    schedule: Schedule,
    language: str,
    name: str,
    order: str,
    answer: str,
) -> None:
    """Test that the answer needs not be a whole order."""
    names = {
        "en": ("Left lamp", "Right lamp"),
        "de": ("Lampe links", "Lampe rechts"),
        "zh": ("左边灯", "右边灯"),
    }[language]
    talk = await begin(
        hass, language, dict(zip(("light.left", "light.right"), names, strict=True))
    )
    assert (await talk.say(order.format(name))).continue_conversation
    assert planned(schedule) == []
    await talk.say(answer)
    assert planned(schedule) == ["light.left"]
    assert talk.done == []
