"""Play dialogues with Hearken's agent, and with the built-in one beside it."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components.conversation import HOME_ASSISTANT_AGENT
from homeassistant.core import CoreState

from benchmarks.common import core
from benchmarks.common.machine import processor
from benchmarks.dialogue.agent import add_agent
from benchmarks.dialogue.clock import Clock
from benchmarks.dialogue.devices import DOMAINS
from benchmarks.dialogue.home import Home
from benchmarks.dialogue.judge import Verdict
from benchmarks.dialogue.page import PAGE, page
from benchmarks.dialogue.player import Player
from benchmarks.dialogue.sets import LANGUAGES, read_sets
from benchmarks.dialogue.timing import measure
from benchmarks.stt.table import Table

if TYPE_CHECKING:
    from benchmarks.dialogue.player import Played
    from benchmarks.dialogue.sets import DialogueSet
    from benchmarks.dialogue.spoken import Ear

_SETS: Final = Path(__file__).parent / "sets"


def main() -> int:
    """Play the sets, print tables, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench dialogue", description=__doc__)
    parser.add_argument("--set", type=Path, nargs="+", action="extend", dest="sets")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--quick", action="store_true", help="one dialogue in five")
    parser.add_argument("--only", help="dialogues whose id begins with this")
    parser.add_argument(
        "--no-builtin", action="store_true", help="leave out the built-in agent"
    )
    parser.add_argument(
        "--page", action="store_true", help="make the examples of the page anew"
    )
    parser.add_argument(
        "--time", action="store_true", help="measure the time of one command instead"
    )
    parser.add_argument(
        "--spoken",
        action="store_true",
        help="speak each sentence, and take what the model base hears",
    )
    parser.add_argument("--verbose", action="store_true", help="print every turn")
    options = parser.parse_args()
    os.environ.pop("PYTHONPATH", None)
    if options.page:
        PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
        return 0
    if options.time:
        figures = measure()
        if options.json:
            options.json.write_text(json.dumps(figures, indent=2))
        return 0
    files = options.sets or sorted(_SETS.rglob("*.yaml"))
    houses = [house for file in files for house in read_sets(file)]
    print(f"## Dialogues ({processor()})\n", flush=True)
    began = time.monotonic()
    ours: list[Played] = []
    builtin: list[Played] = []
    ear = None
    if options.spoken:
        # Only this needs the libraries of the speech server.
        from benchmarks.dialogue.spoken import Ear  # noqa: PLC0415

        ear = Ear()
    for house in houses:
        one, other = asyncio.run(_play(house, options, ear))
        ours += one
        builtin += other
    _print(ours, builtin, is_verbose=options.verbose)
    print(f"\n{time.monotonic() - began:.0f} s")
    if options.json:
        figures = {**_figures(ours), "builtin": _figures(builtin)}
        options.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False))
    return 0


async def _play(
    house: DialogueSet, options: argparse.Namespace, ear: Ear | None
) -> tuple[list[Played], list[Played]]:
    """Play the dialogues of one house with both agents."""
    dialogues = [
        one for one in house.dialogues if one.id.startswith(options.only or "")
    ][:: 5 if options.quick else 1]
    ours: list[Played] = []
    builtin: list[Played] = []
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        async with core.running(folder, "intent", *DOMAINS) as hass:
            hass.set_state(CoreState.running)
            home = Home(hass, house)
            await home.build()
            agent_id = await add_agent(hass)
            with clock.installed(asyncio.get_running_loop()):
                agents = [(agent_id, ours)]
                if not options.no_builtin:
                    agents.append((HOME_ASSISTANT_AGENT, builtin))
                for agent, played in agents:
                    player = Player(home, clock, agent, ear)
                    for dialogue in dialogues:
                        played += [one async for one in player.play(dialogue)]
                        clock.move(10)
    return ours, builtin


def _figures(played: list[Played]) -> dict[str, Any]:
    """Return the counts: in total, by kind, and by language."""
    kinds: dict[str, Counter[Verdict]] = defaultdict(Counter)
    languages: dict[str, Counter[Verdict]] = defaultdict(Counter)
    total: Counter[Verdict] = Counter()
    for one in played:
        for counter in (
            total,
            kinds[one.dialogue.kind],
            languages[one.dialogue.language],
        ):
            counter[one.verdict] += 1
    return {
        "total": _counts(total),
        "kinds": {kind: _counts(counter) for kind, counter in kinds.items()},
        "languages": {tag: _counts(counter) for tag, counter in languages.items()},
    }


def _counts(counter: Counter[Verdict]) -> dict[str, int]:
    """Return the counts of the verdicts."""
    return {
        "turns": counter.total(),
        **{verdict.value: counter[verdict] for verdict in Verdict},
    }


def _print(ours: list[Played], builtin: list[Played], *, is_verbose: bool) -> None:
    """Print what went wrong, and the counts."""
    for one in ours:
        if is_verbose or one.verdict is not Verdict.RIGHT:
            print(
                f"{one.verdict:8} {one.dialogue.id} [{one.dialogue.kind}] "
                f"{one.turn.say!r}"
                f"\n         expected {one.turn.expected}"
                f"\n         answered {one.speech!r}; {'; '.join(one.happened)}"
            )
    table = Table(
        "dialogues",
        "Turns",
        (
            "kind",
            "turns",
            "right",
            "refused",
            "wrong",
            *(f"built-in {v}" for v in Verdict),
        ),
    )
    figures, other = _figures(ours), _figures(builtin)
    rows = {
        **dict.fromkeys(figures["kinds"], (figures["kinds"], other["kinds"])),
        **dict.fromkeys(LANGUAGES, (figures["languages"], other["languages"])),
    }
    for key, (left, right) in rows.items():
        table.add(key, *_row(left.get(key)), *_row(right.get(key))[1:])
    table.add("all", *_row(figures["total"]), *_row(other["total"])[1:])


def _row(counts: dict[str, int] | None) -> tuple[int, ...]:
    """Return the counts of one row."""
    return tuple((counts or dict.fromkeys(("turns", *Verdict), 0)).values())


if __name__ == "__main__":
    sys.exit(main())
