"""Time what the conversation agent adds to a turn, and how long it holds the loop."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components.conversation import HOME_ASSISTANT_AGENT
from homeassistant.const import __version__ as home_assistant_version
from homeassistant.core import CoreState

from benchmarks.agent.large_house import ROOMS, LargeHouse
from benchmarks.agent.speaking import Speaking
from benchmarks.agent.turns import FIRST, FOLLOW_UPS, TURNS
from benchmarks.common import core
from benchmarks.common.machine import processor
from benchmarks.dialogue.agent import add_agent
from benchmarks.dialogue.devices import DOMAINS
from benchmarks.stt.table import Table, median, percentile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.agent.speaking import Timed

_SIZES: Final = (30, 300, 2000)
_RENAMES: Final = 5
_COLUMNS: Final = (
    "language",
    "entities",
    "turn",
    "added (p95)",
    "added, by the clock (p95)",
    "recognizer",
    "services",
    "built-in agent alone",
    "longest hold (by the clock)",
    "built-in agent alone (by the clock)",
)
_NOTE: Final = (
    "Milliseconds, medians; processor time of all threads unless it says otherwise. "
    "*Added* is all but Home Assistant's recognizer and its service calls."
)


def main() -> int:
    """Measure, print a table, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench agent", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three rounds")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--language", choices=TURNS, help="this one only")
    parser.add_argument("--entities", type=int, nargs="+", default=_SIZES)
    parser.add_argument("--only", default="", help="kinds that begin with this")
    options = parser.parse_args()
    os.environ.pop("PYTHONPATH", None)
    run = _Run(3 if options.quick else 20)
    for language in (options.language,) if options.language else TURNS:
        for entities in options.entities:
            asyncio.run(run.house(language, entities, options.only))
    run.print_totals()
    if options.json:
        data = json.dumps(run.table.data(), indent=2, ensure_ascii=False)
        options.json.write_text(data)
    return 0


class _Run:
    """One run of the benchmark."""

    def __init__(self, rounds: int) -> None:
        """Measure each turn so many times."""
        self._rounds = rounds
        self._added: defaultdict[int, list[float]] = defaultdict(list)
        title = f"Home Assistant {home_assistant_version}, {processor()}"
        self.table = Table(
            "agent", f"{title}, {ROOMS} areas, {rounds} rounds", _COLUMNS, _NOTE
        )

    async def house(self, language: str, entities: int, only: str) -> None:
        """Measure in a house of a size."""
        with tempfile.TemporaryDirectory() as folder:
            async with core.running(folder, "intent", *DOMAINS) as hass:
                hass.set_state(CoreState.running)
                house = LargeHouse(hass, entities, language)
                await house.build()
                agent_id = await add_agent(hass)
                speaking = Speaking(house, language)
                with speaking.watched():
                    kinds = [k for k in TURNS[language] if k.startswith(only)]
                    found = await self._measure(speaking, kinds, agent_id)
                    for name, ours, builtin in found:
                        self._add(language, entities, name, ours, builtin)
                    for _, ours, _ in found[1:-1]:
                        self._added[entities] += [one.added for one in ours]

    async def _measure(
        self, speaking: Speaking, kinds: Sequence[str], agent_id: str
    ) -> list[tuple[str, list[Timed], list[Timed]]]:
        """Return the times of each kind, with the built-in agent in turns."""
        first = await speaking.say(FIRST, agent_id)
        found: list[tuple[str, list[Timed], list[Timed]]] = [("first", [first], [])]
        for kind in kinds:
            ours: list[Timed] = []
            builtin: list[Timed] = []
            for _ in range(self._rounds):
                ours.append(await speaking.say(kind, agent_id))
                if kind not in FOLLOW_UPS:
                    builtin.append(await speaking.say(kind, HOME_ASSISTANT_AGENT))
            found.append((kind, ours, builtin))
        ours, builtin = [], []
        for _ in range(_RENAMES):
            ours.append(await speaking.say_anew(FIRST, agent_id))
            builtin.append(await speaking.say_anew(FIRST, HOME_ASSISTANT_AGENT))
        return [*found, ("after a new name", ours, builtin)]

    def _add(
        self,
        language: str,
        entities: int,
        name: str,
        ours: Sequence[Timed],
        builtin: Sequence[Timed],
    ) -> None:
        """Add a row."""
        cells: list[Any] = [
            _spread([one.added for one in ours]),
            _spread([one.added_wall for one in ours]),
            *(_median([one.parts[part] for one in ours]) for part in ours[0].parts),
            _median([one.used for one in builtin]),
            _hold(ours),
            _hold(builtin),
        ]
        self.table.add(language, entities, name, *cells)

    def print_totals(self) -> None:
        """Print what is added to a turn of any kind."""
        for entities, times in self._added.items():
            print(f"\n{entities} entities: {_spread(times)} ms added to a turn")


def _median(values: Sequence[float]) -> str:
    """Return a median as text."""
    return f"{median(values):.1f}" if values else ""


def _spread(values: Sequence[float]) -> str:
    """Return a median and the 95th percentile as text."""
    return f"{median(values):.1f} ({percentile(values, 0.95):.1f})"


def _hold(timed: Sequence[Timed]) -> str:
    """Return the longest hold of the loop, as processor time and by the clock."""
    if not timed:
        return ""
    used, wall = max(o.hold_used for o in timed), max(o.hold for o in timed)
    return f"{used:.1f} ({wall:.1f})"


if __name__ == "__main__":
    sys.exit(main())
