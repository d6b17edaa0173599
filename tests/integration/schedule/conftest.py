"""Fixtures of the tests of the schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from custom_components.hearken.const import DOMAIN
from custom_components.hearken.dialogue.orders import DATA_READER, Plan, Speaker
from tests.integration.schedule.player import Player, WallClock

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from custom_components.hearken.dialogue.memory import Pending


class Orders:
    """Plans and carries out what sounds like an order."""

    def __init__(self) -> None:
        """Start without orders."""
        self.done: list[str] = []
        self.question: str | None = None
        self.known = ("turn", "switch", "schalt", "mach", "打开", "关", "开", "把")

    def awaits_pin(self, speaker: Speaker) -> bool:
        """Return that no PIN is awaited."""
        return False

    def note_planned(self, speaker: Speaker, plan: Plan) -> None:
        """Remember nothing."""

    async def async_plan(
        self,
        text: str,
        language: str,
        speaker: Speaker,
        pending: Pending | None = None,
    ) -> Plan | None:
        """Return the plan of an order."""
        if not text.casefold().startswith(self.known):
            return None
        commands: list[dict[str, Any]] = [{"say": text}]
        return Plan(text=text, commands=commands, question=self.question)

    async def async_execute(
        self,
        text: str,
        language: str,
        speaker: Speaker,
        commands: list[dict[str, Any]] | None = None,
    ) -> str:
        """Record an order."""
        self.done.append(commands[0]["say"] if commands else text)
        return "OK"

    async def async_understands(
        self, text: str, language: str, speaker: Speaker
    ) -> bool:
        """Return whether a text is an order."""
        return await self.async_plan(text, language, speaker) is not None

    async def async_asks_which(
        self, text: str, language: str, speaker: Speaker
    ) -> bool:
        """Return that no device is left open."""
        return False


@pytest.fixture
def orders(hass: HomeAssistant) -> Orders:
    """Stand in for the conversation agent."""
    reader = hass.data[DATA_READER] = Orders()
    return reader


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> WallClock:
    """Stop the clock on the wall; that of the event loop goes on."""
    clock = WallClock()
    monkeypatch.setattr(dt_util, "utcnow", clock.utcnow)
    monkeypatch.setattr(dt_util, "now", clock.now)
    return clock


@pytest.fixture
async def player(hass: HomeAssistant, clock: WallClock, orders: Orders) -> Player:
    """Set up the schedule, on a Monday morning in London."""
    await hass.config.async_set_time_zone("Europe/London")
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    return Player(hass, clock, orders)


@pytest.fixture
def kitchen(hass: HomeAssistant) -> str:
    """Add a satellite of another integration."""
    entry = er.async_get(hass).async_get_or_create(
        "assist_satellite", "wyoming", "kitchen", object_id_base="kitchen"
    )
    hass.states.async_set(entry.entity_id, "idle")
    return entry.entity_id
