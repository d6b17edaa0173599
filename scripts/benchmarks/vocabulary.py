"""Time the load of a large house's names on Home Assistant's event loop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import __version__ as home_assistant_version
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import entity_registry as er

from benchmarks.common.core import running
from benchmarks.common.machine import processor
from custom_components.hearken.dialogue.understanding import Understanding
from custom_components.hearken.names.gather import async_gather_names
from custom_components.hearken.protocol import Vocabulary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from homeassistant import core

ENTITIES: Final = 2000
ROOMS: Final = 40
_RENAMES: Final = 10
_DOMAINS: Final = ("light", "switch", "cover", "sensor")
_TEXTS: Final = {
    "complete": "turn on lamp 7 of room 7",
    "dangling": "turn on the",
    "not understood": "good night sweet prince",
}


@dataclass
class Loop:
    """Measures how long the event loop is blocked."""

    blocks: list[float] = field(default_factory=list)
    _last: float = 0.0
    _watching: bool = False

    def start(self) -> None:
        """Start recording every pass of the loop."""
        self.blocks.clear()
        self._watching = True
        self._last = time.perf_counter()
        asyncio.get_running_loop().call_soon(self._tick)

    def stop(self) -> None:
        """Stop recording; the last pass counts."""
        self._watching = False
        self.blocks.append(time.perf_counter() - self._last)

    def _tick(self) -> None:
        if not self._watching:
            return
        now = time.perf_counter()
        self.blocks.append(now - self._last)
        self._last = now
        asyncio.get_running_loop().call_soon(self._tick)


def main() -> int:
    """Measure, print a table, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench vocabulary", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="five runs")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(_measure(folder, 5 if options.quick else 50))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))
    return 0


async def _measure(folder: str, count: int) -> dict[str, Any]:
    async with house(folder) as hass:
        loop = Loop()

        async def gather() -> None:
            known = await async_gather_names(hass)
            assert len(known.names) == ENTITIES + ROOMS

        # On the first call, Home Assistant stores what is exposed.
        first = await _time(loop, gather, 1)
        figures = {"gather, first time": first}
        figures["gather"] = await _time(loop, gather, count)
        known = await async_gather_names(hass)
        event = Vocabulary(key="x", names=known.names, terms=known.terms).event()

        async def write() -> None:
            json.dumps(event.data, ensure_ascii=False).encode()

        figures["write for the server"] = await _time(loop, write, count)
        asked = Understanding(hass, "en", names=known)
        await asked.state_of(_TEXTS["complete"])
        for what, text in _TEXTS.items():

            async def judge(text: str = text) -> None:
                await asked.state_of(text)

            figures[f"judge a text: {what}"] = await _time(loop, judge, count)
        registry = er.async_get(hass)
        entity_id = next(iter(registry.entities))

        async def judge_anew() -> None:
            await asked.state_of(_TEXTS["complete"])

        rows = []
        for number in range(min(count, _RENAMES)):
            # Invalidate whatever has cached the old names.
            registry.async_update_entity(entity_id, name=f"Lantern {number}")
            await hass.async_block_till_done()
            rows.append(await _time(loop, judge_anew, 1))
        figures["core's recognizer after a new name"] = {
            key: (max if key.startswith(("most", "longest_block_ms")) else median)(
                row[key] for row in rows
            )
            for key in rows[0]
        }
        _print(figures, count)
        return figures


@contextlib.asynccontextmanager
async def house(
    folder: str, entities: int = ENTITIES
) -> AsyncIterator[core.HomeAssistant]:
    """Run a Home Assistant with this many exposed entities."""
    async with running(folder) as hass:
        for room in range(ROOMS):
            ar.async_get(hass).async_create(f"Room {room}")
        registry = er.async_get(hass)
        for number in range(entities):
            domain = _DOMAINS[number % len(_DOMAINS)]
            name = f"Lamp {number} of room {number % ROOMS}"
            entry = registry.async_get_or_create(
                domain, "bench", str(number), original_name=name
            )
            registry.async_update_entity_options(
                entry.entity_id, "conversation", {"should_expose": True}
            )
            registry.async_update_entity(entry.entity_id, aliases=[er.COMPUTED_NAME])
            hass.states.async_set(entry.entity_id, "off", {"friendly_name": name})
        await hass.async_block_till_done()
        yield hass


async def _time(
    loop: Loop, work: Callable[[], Awaitable[None]], count: int
) -> dict[str, float]:
    """Return how long some work takes, and how long it blocks the loop."""
    took, longest = [], []
    for _ in range(count):
        await asyncio.sleep(0.01)
        loop.start()
        start = time.perf_counter()
        await work()
        took.append(time.perf_counter() - start)
        loop.stop()
        longest.append(max(loop.blocks))
    return {
        "median_ms": median(took) * 1000,
        "most_ms": max(took) * 1000,
        "longest_block_median_ms": median(longest) * 1000,
        "longest_block_ms": max(longest) * 1000,
    }


def _print(figures: dict[str, dict[str, float]], count: int) -> None:
    print(
        f"Home Assistant {home_assistant_version}, {processor()}, "
        f"{ENTITIES} exposed entities, {ROOMS} areas, {count} runs"
    )
    print()
    print("| work | median ms | most ms | longest hold of the loop, ms (median) |")
    print("|---|---|---|---|")
    for what, row in figures.items():
        print(
            f"| {what} | {row['median_ms']:.1f} | {row['most_ms']:.1f} "
            f"| {row['longest_block_ms']:.1f} ({row['longest_block_median_ms']:.1f}) |"
        )


if __name__ == "__main__":
    sys.exit(main())
