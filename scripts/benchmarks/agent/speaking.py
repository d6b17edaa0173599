"""Say turns to an agent, and time them."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from homeassistant.components import conversation
from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.core import Context
from homeassistant.helpers import entity_registry as er

from benchmarks.agent.parts import RECOGNIZER, SERVICES, Parts
from benchmarks.agent.passes import Passes
from benchmarks.agent.turns import LIT, TURNS
from benchmarks.dialogue.home import TAGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.agent.large_house import LargeHouse

_MS: Final = 1000


@dataclass(frozen=True)
class Timed:
    """What a turn took, in milliseconds."""

    wall: float
    used: float
    """Processor time of all threads."""
    parts: Mapping[str, float]
    """Of it, what was Home Assistant's."""
    parts_wall: Mapping[str, float]
    hold: float
    """The longest hold of the event loop, by the clock."""
    hold_used: float
    """The same, as processor time of the loop's thread."""

    @property
    def added(self) -> float:
        """Return what is the agent's own."""
        return self.used - sum(self.parts.values())

    @property
    def added_wall(self) -> float:
        """Return what is the agent's own, by the clock."""
        return self.wall - sum(self.parts_wall.values())


class Speaking:
    """Says turns in a house."""

    def __init__(self, house: LargeHouse, language: str) -> None:
        """Speak a language."""
        self._house = house
        self._hass = house.hass
        self._language = TAGS[language]
        self._turns = TURNS[language]
        self._parts = Parts()
        self._passes = Passes()
        self._said = 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Take times while this lasts."""
        with self._parts.watched(), self._passes.watched(self._hass.loop):
            yield

    async def say_anew(self, kind: str, agent_id: str) -> Timed:
        """Say a turn after an entity has got another name."""
        registry = er.async_get(self._hass)
        registry.async_update_entity("light.light_0", name=f"Lantern {self._said}")
        await self._hass.async_block_till_done()
        return await self.say(kind, agent_id)

    async def say(self, kind: str, agent_id: str) -> Timed:
        """Say what comes before a turn, then the turn itself."""
        hass, lights = self._hass, self._house.lights
        # Prime, so that every light has its turn in some order.
        self._said += 1
        names = [lights[self._said * step % len(lights)] for step in (7, 11)]
        values = (*names, self._said % 50 + 2)
        await self._house.switch_lights(is_on=kind in LIT)
        conversation_id: str | None = None
        *before, turn = self._turns[kind]
        for text in before:
            conversation_id = await self._converse(
                text.format(*values), conversation_id, agent_id
            )
            await hass.async_block_till_done()
        # Nobody has asked about this text before.
        agent = get_agent_manager(hass).default_agent
        agent._intent_cache.clear()  # type: ignore[union-attr] # noqa: SLF001
        self._parts.clear()
        self._passes.clear()
        began, used = time.perf_counter(), time.process_time()
        await self._converse(turn.format(*values), conversation_id, agent_id)
        used, began = time.process_time() - used, time.perf_counter() - began
        parts = {key: self._parts.used[key] * _MS for key in (RECOGNIZER, SERVICES)}
        wall = {key: self._parts.wall[key] * _MS for key in (RECOGNIZER, SERVICES)}
        await hass.async_block_till_done()
        self._passes.note()
        return Timed(
            wall=began * _MS,
            used=used * _MS,
            parts=parts,
            parts_wall=wall,
            hold=self._passes.longest * _MS,
            hold_used=self._passes.longest_used * _MS,
        )

    async def _converse(
        self, text: str, conversation_id: str | None, agent_id: str
    ) -> str | None:
        """Say a text; return the conversation."""
        result = await conversation.async_converse(
            self._hass,
            text,
            conversation_id,
            Context(),
            language=self._language,
            agent_id=agent_id,
        )
        return result.conversation_id
