"""Test that no sequence of sentences, waits and restarts loses or invents anything."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.hearken.schedule import Schedule
from tests.integration.schedule.test_dialogues import DIALOGUES

if TYPE_CHECKING:
    from tests.integration.schedule.player import Player

_TURNS = 250
_NOISE = (
    *("yes", "no", "both", "the first one", "never mind", "stop", "seven", ""),
    *("in ten minutes", "at", "timer timer timer", "{name}", "\ue000\ue100", "ja"),
    *("取消", "十分钟", "noch", "add minus two minutes", "set a timer for 0 minutes"),
    "set a timer for " + "9" * 300 + " minutes",
)


@pytest.mark.parametrize("seed", range(2))
async def test_random_turns(
    player: Player, kitchen: str, hass_storage: dict[str, Any], seed: int
) -> None:
    """Whatever is said, what is set is what is kept, and nothing is overdue."""
    chance = random.Random(seed)  # noqa: S311 - the same turns each time
    async_mock_service(player.hass, "assist_satellite", "announce")
    turns = [
        (turn["say"], dialogue["lang"])
        for dialogue in DIALOGUES
        for turn in dialogue["turns"]
    ]
    for _ in range(_TURNS):
        text, language = chance.choice(turns)
        if chance.random() < 0.3:
            text = chance.choice(_NOISE)
        place = chance.choice((kitchen, "assist_satellite.bath"))
        before = player.shown()
        reply = await player.say(text, language, place)
        if reply is None or reply.asks:
            assert player.shown() == before, text
        if chance.random() < 0.1:
            await player.wait(chance.choice((30, 119, 600)))
        stored = hass_storage.get("hearken.schedule", {"data": {"items": []}})
        ids = [item["id"] for item in stored["data"]["items"]]
        assert sorted(ids) == sorted(item.id for item in player.schedule.items)
        assert all(item.due > dt_util.utcnow() for item in player.schedule.items)
    again = Schedule(player.hass)
    await again.async_start()
    assert list(again.items) == list(player.schedule.items)
    again.async_close()
