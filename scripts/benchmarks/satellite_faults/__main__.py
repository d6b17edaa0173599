"""Break what is around a satellite at random moments; time how soon it works again.

A timer is set before each fault and has to ring in time whatever happens. Afterwards
the button has to open the microphone and close it again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import signal
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.common.machine import processor
from benchmarks.satellite_faults.rig import LIMIT_SECONDS, Rig, rig
from benchmarks.satellite_soak.needs import Needs
from house.house import until
from house.processes import ProgramError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

WANTED_SECONDS: Final = 5.0
_TIMER_SECONDS: Final = 12
_LATE_SECONDS: Final = 5.0
_LONGEST_AWAY_SECONDS: Final = 12.0
_OPEN_SECONDS: Final = 10.0
_NOTICED_SECONDS: Final = 4.0
_PRESSES: Final = 3
_FARTHEST_JUMP_SECONDS: Final = 30_000.0
_LOG_LINES: Final = 8
_GONE: Final = "no microphone: "


@dataclass
class Outcome:
    """What came of one kind of fault."""

    fault: str
    back: list[float] = field(default_factory=list)
    """Seconds from the end of each fault until everything worked."""
    rung: int = 0
    late: list[str] = field(default_factory=list)
    """When the fault was whose timer did not ring in time."""
    stuck: list[str] = field(default_factory=list)
    """What did not work afterwards."""


async def _server(house: Rig, away_seconds: float) -> float:
    """Kill the speech server, and start it again."""
    await house.server.program.end(signal.SIGKILL)
    await asyncio.sleep(away_seconds)
    ports = house.server
    house.server = await house.house.start_server(
        "--http-port", str(ports.http_port), port=ports.port
    )
    return time.monotonic()


async def _home_assistant(house: Rig, away_seconds: float) -> float:
    """Kill Home Assistant, and start it again; it is back when it says so."""
    await asyncio.sleep(away_seconds / 10)
    await house.house.restart_home_assistant()

    async def has_started() -> bool:
        return bool((await house.api.call("get_config"))["state"] == "RUNNING")

    await until(has_started, LIMIT_SECONDS, "Home Assistant to start")
    return time.monotonic()


async def _cable(house: Rig, away_seconds: float) -> float:
    """Cut the cable, and mend it."""
    house.cable.cut()
    await asyncio.sleep(away_seconds)
    house.cable.mend()
    return time.monotonic()


async def _microphone(house: Rig, away_seconds: float) -> float:
    """Pull the microphone, and put it back."""
    known = (await house.log()).count(_GONE)
    await house.audio.unplug_microphone()
    # A pull that is over before anybody looks is no fault.
    await asyncio.sleep(max(away_seconds, _NOTICED_SECONDS))
    await house.audio.plug_microphone()
    plugged = time.monotonic()

    async def is_back() -> bool:
        log = await house.log()
        return log.count(_GONE) > known and "is back" in log.rpartition(_GONE)[2]

    await until(is_back, LIMIT_SECONDS, "the microphone to be back")
    return plugged


async def _clock(house: Rig, away_seconds: float) -> float:
    """Set the clock of the satellite far off, and right again."""
    far = _FARTHEST_JUMP_SECONDS * (1 if int(away_seconds * 1000) % 2 else -1)
    house.set_clock(far)
    await asyncio.sleep(away_seconds)
    house.set_clock(0)
    return time.monotonic()


FAULTS: Final[dict[str, Callable[[Rig, float], Awaitable[float]]]] = {
    "server killed": _server,
    "Home Assistant killed": _home_assistant,
    "cable cut": _cable,
    "microphone unplugged": _microphone,
    "clock set": _clock,
}


def main() -> int:
    """Measure, print a table, and optionally write the figures as JSON."""
    name = "scripts/bench satellite_faults"
    parser = argparse.ArgumentParser(name, description=__doc__)
    parser.add_argument("--quick", action="store_true", help="twice each, not 20 times")
    parser.add_argument("--count", type=int, help="so many times each")
    parser.add_argument(
        "--fault", choices=FAULTS, action="append", help="only these faults"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    count = options.count or (2 if options.quick else 20)
    faults = options.fault or list(FAULTS)
    outcomes = asyncio.run(_measure(faults, count, options.seed, options.json))
    print(f"{processor()}\n")
    print("| fault | back after, median s | most | within 5 s | timers | afterwards |")
    print("|---|---|---|---|---|---|")
    for each in outcomes:
        soon = sum(seconds <= WANTED_SECONDS for seconds in each.back)
        print(
            f"| {each.fault} | {statistics.median(each.back or [0]):.2f} "
            f"| {max(each.back, default=0):.2f} | {soon} of {count} "
            f"| {each.rung} of {count} | {count - len(each.stuck)} of {count} |"
        )
    for each in outcomes:
        for what in each.stuck + each.late:
            print(f"{each.fault}: {what}")
    return 1 if any(each.stuck for each in outcomes) else 0


async def _measure(
    faults: list[str], count: int, seed: int, figures: Path | None
) -> list[Outcome]:
    """Break everything so often, in turns; write the figures so far each time."""
    moments = random.Random(seed)  # noqa: S311 - no secret
    outcomes = {fault: Outcome(fault) for fault in faults}
    with tempfile.TemporaryDirectory() as folder:
        async with rig(Path(folder)) as house:
            needs = [Needs.of(house.program.pid)]
            for number in range(count):
                for fault, outcome in outcomes.items():
                    await _once(house, outcome, moments)
                    print(f"{number + 1}/{count} {fault}", file=sys.stderr, flush=True)
                needs.append(Needs.of(house.program.pid))
                print(needs[-1], file=sys.stderr, flush=True)
                if figures is not None:
                    so_far = [asdict(each) for each in outcomes.values()]
                    held = [asdict(each) for each in needs]
                    figures.write_text(json.dumps({"faults": so_far, "needs": held}))
            print(f"the satellite at the start: {needs[0]}")
            print(f"after a round: {needs[1]}")
            print(f"at the end: {needs[-1]}")
    return list(outcomes.values())


async def _once(house: Rig, outcome: Outcome, moments: random.Random) -> None:
    """Break one thing once."""
    await _calm(house)
    await house.set_timer(_TIMER_SECONDS)
    set_at = time.monotonic()
    ringing = asyncio.create_task(_ring(house, set_at))
    begin_seconds = moments.uniform(0, 3)
    await asyncio.sleep(begin_seconds)
    away_seconds = moments.uniform(0.2, _LONGEST_AWAY_SECONDS)
    try:
        ended = await FAULTS[outcome.fault](house, away_seconds)
        await until(house.is_ready, LIMIT_SECONDS, "the house to be ready")
        outcome.back.append(time.monotonic() - ended)
    except ProgramError:
        outcome.stuck.append(f"not back; the light shows {house.states[-1][1]}")
        if not await house.api.answers():
            await house.house.restart_home_assistant()
    if await ringing:
        outcome.rung += 1
    else:
        outcome.late.append(
            f"a timer was late; {begin_seconds:.2f} s after it was set, "
            f"the fault began, for {away_seconds:.2f} s"
        )
    await _calm(house)
    try:
        await _open_and_close(house)
    except TimeoutError:
        log = "\n".join((await house.log()).splitlines()[-_LOG_LINES:])
        outcome.stuck.append(f"the light shows {house.states[-1][1]}; log:\n{log}")


async def _calm(house: Rig) -> None:
    """Stop a timer that rang too late: each fault begins in silence."""
    for _ in range(_PRESSES):
        if house.states[-1][1] != "timer":
            return
        house.press()
        with contextlib.suppress(TimeoutError):
            await house.shows("waiting", limit_seconds=_OPEN_SECONDS)


async def _ring(house: Rig, set_at: float) -> bool:
    """Wait for the timer, and stop it by the button; return whether it was in time."""
    limit_seconds = _TIMER_SECONDS + _LATE_SECONDS + set_at - time.monotonic()
    try:
        await house.shows("timer", limit_seconds=limit_seconds)
    except TimeoutError:
        return False
    await asyncio.sleep(1)
    house.press()
    return True


async def _open_and_close(house: Rig) -> None:
    """Listen by the button, and stop by it."""
    await house.shows("waiting", limit_seconds=_OPEN_SECONDS)
    house.press()
    await house.shows("listening", limit_seconds=_OPEN_SECONDS)
    house.press()
    await house.shows("waiting", limit_seconds=_OPEN_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
