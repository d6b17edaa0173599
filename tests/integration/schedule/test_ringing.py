"""Test ringing on satellites of other integrations, and how it is stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import HomeAssistantError
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_mock_service,
)

from custom_components.hearken.schedule import ItemKind
from custom_components.hearken.schedule.ringing import PAUSE_SECONDS, RING_SECONDS
from tests.integration.waiting import until

if TYPE_CHECKING:
    from tests.integration.schedule.player import Player


@pytest.fixture
def announced(hass: HomeAssistant) -> list[ServiceCall]:
    """Return the announcements on satellites."""
    calls: list[ServiceCall] = async_mock_service(hass, "assist_satellite", "announce")
    return calls


@pytest.fixture
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ring again at once."""
    for kind in ItemKind:
        monkeypatch.setitem(PAUSE_SECONDS, kind, 0.01)


async def ring(player: Player, satellite_id: str) -> None:
    """Let a timer ring."""
    await player.say("set an egg timer for one minute", satellite_id=satellite_id)
    await player.wait(61)


@pytest.mark.usefixtures("_quickly")
@pytest.mark.parametrize(
    ("language", "word"),
    [
        ("en", "stop"),
        ("en", "okay stop"),
        ("en", "that's enough"),
        ("en", "cancel the timer"),
        ("en", "turn it off"),
        ("de", "Stopp"),
        ("de", "ist gut danke"),
        ("de", "mach ihn aus"),
        ("zh", "停"),
        ("zh", "好了 谢谢"),
        ("zh", "关掉"),
    ],
)
async def test_rings_until_a_word_stops_it(
    player: Player,
    kitchen: str,
    announced: list[ServiceCall],
    language: str,
    word: str,
) -> None:
    """A timer rings again and again, until someone says that it is enough."""
    await ring(player, kitchen)
    await until(lambda: len(announced) > 2)
    assert announced[0].data == {"entity_id": kitchen, "message": "Egg"}
    assert await player.say(word, language, kitchen)
    await until(lambda: not player.schedule.ringing)
    count = len(announced)
    await player.hass.async_block_till_done(wait_background_tasks=True)
    assert len(announced) == count


@pytest.mark.usefixtures("_quickly")
async def test_other_words_do_not_stop_it(
    player: Player, kitchen: str, announced: list[ServiceCall]
) -> None:
    """A command about something else, or a word in another room, stops nothing."""
    await ring(player, kitchen)
    assert await player.say("turn on the light", satellite_id=kitchen) is None
    assert await player.say("stop", satellite_id="assist_satellite.bath") is None
    assert player.schedule.ringing
    assert await player.say(
        "cancel the egg timer", satellite_id="assist_satellite.bath"
    )
    await until(lambda: not player.schedule.ringing)


@pytest.mark.usefixtures("_quickly")
async def test_limit_ends_it(
    player: Player,
    kitchen: str,
    announced: list[ServiceCall],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What nobody stops rings for a while only."""
    monkeypatch.setitem(RING_SECONDS, ItemKind.TIMER, 0.05)
    await ring(player, kitchen)
    await until(lambda: not player.schedule.ringing)
    assert announced


@pytest.mark.parametrize(
    ("language", "words", "minutes"),
    [
        ("en", "snooze", 10),
        ("en", "snooze for five minutes", 5),
        ("en", "wake me again in a quarter of an hour", 15),
        ("en", "five more minutes", 5),
        ("de", "noch fünf Minuten", 5),
        ("de", "schlummern", 10),
        ("zh", "再睡五分钟", 5),
        ("zh", "贪睡", 10),
    ],
)
async def test_snooze(
    player: Player,
    kitchen: str,
    announced: list[ServiceCall],
    language: str,
    words: str,
    minutes: int,
) -> None:
    """An alarm that rings can be told to ring again later."""
    await player.say("wake me every day at 10:01", satellite_id=kitchen)
    await player.wait(60)
    assert [call.data["message"] for call in announced] == ["It is 10:01 AM."]
    assert await player.say(words, language, kitchen)
    await until(lambda: not player.schedule.ringing)
    assert player.shown() == {
        "alarm 1 10:01 0123456",
        f"alarm 0 10:{1 + minutes:02d}",
    }


async def test_snooze_after_it_was_stopped(
    player: Player, kitchen: str, announced: list[ServiceCall]
) -> None:
    """What was just stopped can still be snoozed; what was never set cannot."""
    assert await player.say("snooze", satellite_id=kitchen) is None
    await player.say("wake me at 10:01 am", satellite_id=kitchen)
    await player.wait(60)
    await player.say("stop", satellite_id=kitchen)
    assert await player.say("snooze", satellite_id=kitchen)
    assert player.shown() == {"alarm 0 10:11"}


async def test_satellite_that_is_away(
    player: Player, kitchen: str, announced: list[ServiceCall]
) -> None:
    """A timer rings when its satellite is back."""
    await player.say("set an egg timer for one minute", satellite_id=kitchen)
    player.hass.states.async_set(kitchen, "unavailable")
    await player.wait(60)
    player.tick(240)
    assert not announced
    player.hass.states.async_set(kitchen, "idle")
    await until(lambda: bool(announced))
    assert announced[0].data["message"] == "Egg ended 4 minutes ago."
    player.schedule.async_stop_at(kitchen)


async def test_no_voice(player: Player, kitchen: str) -> None:
    """Without a voice, only the chime is played."""
    played: list[dict[str, Any]] = []

    @callback
    def announce(call: ServiceCall) -> None:
        if "message" in call.data:
            msg = "no voice"
            raise HomeAssistantError(msg)
        played.append(dict(call.data))

    player.hass.services.async_register("assist_satellite", "announce", announce)
    await ring(player, kitchen)
    await until(lambda: bool(played))
    assert played[0]["preannounce"] is False
    player.schedule.async_stop_at(kitchen)


async def test_nobody_to_ring_for(player: Player) -> None:
    """What was set without a satellite becomes a notification."""
    created = async_capture_events(player.hass, "call_service")
    await player.hass.services.async_call("homeassistant", "check_config")
    await player.say("remind me in one minute to call mum", satellite_id="")
    item = player.schedule.items[0]
    assert item.satellite_id == ""
    await player.wait(61)
    assert created


async def test_gone_satellite(
    player: Player, kitchen: str, announced: list[ServiceCall]
) -> None:
    """A satellite that was removed leaves its alarms to the others."""
    await ring(player, "assist_satellite.gone")
    assert player.schedule.ringing
    player.schedule.async_stop_at("assist_satellite.gone")
    await until(lambda: not player.schedule.ringing)
