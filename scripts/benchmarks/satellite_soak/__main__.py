"""Let happen to a satellite in an hour what happens in months; see whether it grows.

A real audio server, and a Home Assistant that is reduced to what it says. With
``--wait``, nothing happens but sound: somebody speaks now and then.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.common.machine import processor
from benchmarks.satellite_cost import conversation
from benchmarks.satellite_soak.happenings import HAPPENINGS
from benchmarks.satellite_soak.needs import Needs
from benchmarks.satellite_soak.surroundings import Surroundings
from house.audio_server import MICROPHONE, SPEAKER, audio_server
from house.house import HOST, command
from house.processes import Program, ProgramError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

MAX_GROWTH_MB: Final = 3.0
"""After a tenth of the rounds, when every way has been taken a few times."""
_READY_SECONDS: Final = 60.0
_SETTLE_SECONDS: Final = 3.0


@dataclass
class Outcome:
    """What the satellite held, and what went wrong."""

    needs: list[Needs] = field(default_factory=list)
    happened: dict[str, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    @property
    def growth_mb(self) -> float:
        """Memory at the end, without that after a tenth."""
        own = [each.own_mb for each in self.needs]
        few = max(1, len(own) // 10)
        return sum(own[-few:]) / few - sum(own[few : 2 * few] or own[:1]) / few


def main() -> int:
    """Measure, print, and optionally write the figures as JSON."""
    name = "scripts/bench satellite_soak"
    parser = argparse.ArgumentParser(name, description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three rounds")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--only", action="append", choices=HAPPENINGS, default=[])
    parser.add_argument("--wait", type=float, help="only wait, for so many minutes")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    rounds = 3 if options.quick else options.rounds
    work = _wait(options.wait) if options.wait else _soak(rounds, options.only)
    outcome = asyncio.run(work)
    print(f"{processor()}\n")
    for what, count in outcome.happened.items():
        print(f"{count:>6} {what}")
    print(f"at the start: {outcome.needs[0]}")
    print(f"after a tenth: {outcome.needs[len(outcome.needs) // 10]}")
    print(f"at the end: {outcome.needs[-1]}")
    print(f"growth after a tenth: {outcome.growth_mb:+.1f} MB")
    for what in outcome.failed:
        print(what)
    if options.json:
        options.json.write_text(json.dumps(asdict(outcome), indent=2))
    return int(bool(outcome.failed) or outcome.growth_mb > MAX_GROWTH_MB)


async def _soak(rounds: int, only: Sequence[str]) -> Outcome:
    """Let everything happen, round after round."""
    outcome = Outcome()
    async with _surrounded() as (program, around):
        await around.shows("waiting")
        outcome.needs.append(Needs.of(program.pid))
        for number in range(rounds):
            for what in only or HAPPENINGS:
                await _happen(what, around, outcome)
            await asyncio.sleep(_SETTLE_SECONDS)
            outcome.needs.append(Needs.of(program.pid))
            print(f"{number + 1}/{rounds} {outcome.needs[-1]}", file=sys.stderr)
    return outcome


async def _happen(what: str, around: Surroundings, outcome: Outcome) -> None:
    """Let one thing happen as often as it does in a round."""
    count, happening = HAPPENINGS[what]
    for _ in range(count):
        try:
            await happening(around)
        except (TimeoutError, ProgramError, OSError) as err:
            outcome.failed.append(
                f"{what}: {err!r}; the light: {around.light}; log:\n{around.log_tail()}"
            )
            print(outcome.failed[-1], file=sys.stderr)
        outcome.happened[what] = outcome.happened.get(what, 0) + 1


async def _wait(minutes: float) -> Outcome:
    """Let somebody speak, and nothing else happen."""
    outcome = Outcome()
    async with _surrounded() as (program, around), conversation(around.audio):
        end = time.monotonic() + 60 * minutes
        while time.monotonic() < end:
            await asyncio.sleep(60)
            outcome.needs.append(Needs.of(program.pid))
            print(outcome.needs[-1], file=sys.stderr)
    return outcome


@contextlib.asynccontextmanager
async def _surrounded() -> AsyncIterator[tuple[Program, Surroundings]]:
    """Run a satellite in a virtual room, beside another program that plays."""
    with (
        tempfile.TemporaryDirectory() as name,
        audio_server(Path(name, "audio")) as audio,
    ):
        folder = Path(name)
        # Another program, which is ducked.
        audio.hum(SPEAKER)
        program = await Program.start(
            "the satellite",
            command(
                "hearken-satellite",
                *("--host", HOST, "--port", 0, "--no-announce", "--wake", "device"),
                *("--microphone", f"device:{MICROPHONE}"),
                *("--speaker", f"device:{SPEAKER}"),
                *("--hook-socket", folder / "events", "--hook-command", "true"),
                *("--data-dir", folder / "data"),
            ),
            folder / "log",
            audio.environment,
        )
        try:
            port = int((await program.line(_READY_SECONDS)).rpartition(":")[2])
            async with Surroundings(audio, port, folder) as around:
                yield program, around
        finally:
            await program.end()


if __name__ == "__main__":
    sys.exit(main())
