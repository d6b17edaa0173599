"""Attack the server and a satellite on this machine; measure what others notice."""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from benchmarks import restarts
from benchmarks.attack import damage, disks, kills
from benchmarks.attack.attackers import ATTACKS
from benchmarks.attack.target import Honest, Satellite, Target, memory_mb
from benchmarks.common.machine import processor
from hearken_speech.protocol import ControlPath
from house.house import HOST

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from house.processes import Program

_MODEL: Final = "hearken-commands-en"
_SETTLE_SECONDS: Final = 25.0
_SETTLED_MB: Final = 20.0
_MOST_SECONDS: Final = 1.0
_QUIET_SECONDS: Final = 5.0
_COLUMNS: Final = (
    *("attack", "inputs", "faults"),
    *("command, median (worst) s", "wake word, median (worst) s"),
    "memory before → most → after",
)
PARTS: Final = ("network", "fuzz", "files", "disks", "kills", "satellite", "house")


def main() -> int:
    """Attack, print a table, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench attack", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--seed", type=int, default=1, help="of the random inputs")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}")
    figures = asyncio.run(
        _attack(options.parts or PARTS, options.seed, quick=options.quick)
    )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))
    return 1 if any(row["faults"] for row in figures) else 0


async def _attack(
    parts: tuple[str, ...], seed: int, *, quick: bool
) -> list[dict[str, Any]]:
    """Run the parts and print a row for each attack."""
    share = 0.1 if quick else 1.0
    work: dict[str, Callable[[Path], Awaitable[list[dict[str, Any]]]]] = {
        "network": lambda folder: _network(folder, 2 if quick else 8, seed),
        "fuzz": lambda folder: _fuzz(folder, round(200_000 * share), seed),
        "files": lambda folder: _files(folder, 3 if quick else len(damage.DAMAGES)),
        "disks": _disks,
        "kills": lambda folder: _kills(folder, round(100 * share), seed),
        "satellite": lambda folder: _satellite(folder, 2 if quick else 8, seed),
        "house": lambda _folder: _house(2 if quick else 20, seed),
    }
    figures: list[dict[str, Any]] = []
    print(f"{processor()}, seed {seed}\n")
    print(f"| {' | '.join(_COLUMNS)} |")
    print(f"|{'---|' * len(_COLUMNS)}")
    for part in parts:
        with tempfile.TemporaryDirectory() as folder:
            figures += await work[part](Path(folder))
    return figures


def _print(row: dict[str, Any]) -> dict[str, Any]:
    """Print a row of the table and return it."""
    memory = ""
    if "memory" in row:
        before, most, after = row["memory"]
        memory = f"{before:.0f} → {most:.0f} → {after:.0f} MB"
    print(
        f"| {row['attack']} | {row['inputs']:,} | {len(row['faults'])} "
        f"| {_delays(row, 'command')} | {_delays(row, 'wake')} | {memory} |",
        flush=True,
    )
    for fault in row["faults"][:5]:
        print(f"  {fault}", file=sys.stderr)
    return row


def _delays(row: dict[str, Any], kind: str) -> str:
    """Return the medians without and during an attack, and the worst during it."""
    during = row.get("honest", {})
    if f"{kind}_worst" not in during:
        return ""
    without = row["without"]
    return (
        f"{without[f'{kind}_median']:.2f} → {during[f'{kind}_median']:.2f} "
        f"({without[f'{kind}_worst']:.2f} → {during[f'{kind}_worst']:.2f})"
    )


async def _one(name: str, work: Awaitable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the row of an attack without a client beside it."""
    return [_print({"attack": name, **await work})]


async def _files(folder: Path, count: int) -> list[dict[str, Any]]:
    """Damage the files of a server and of a satellite."""
    satellites = damage.run_satellites(folder / "satellite", count)
    return [
        *await _one("damaged files", damage.run(folder / "server", count)),
        *await _one("damaged files of a satellite", satellites),
    ]


async def _kills(folder: Path, count: int, seed: int) -> list[dict[str, Any]]:
    """Kill a server, and half as often a satellite."""
    satellites = kills.run_satellites(folder, max(1, count // 2), seed)
    return [
        *await _one("SIGKILL", kills.run(folder, count, seed)),
        *await _one("SIGKILL of a satellite", satellites),
    ]


async def _disks(folder: Path) -> list[dict[str, Any]]:
    """Attack with full and read-only disks, where this user may mount them."""
    if not await disks.can_mount():
        print("full and read-only disks: left out, as this needs root", file=sys.stderr)
        return []
    return await _one("full and read-only disks", disks.run(folder))


async def _watched(
    name: str, target: Target, honest: Honest, command: tuple[str, ...]
) -> dict[str, Any]:
    """Run an attacker while an honest client speaks; return what it noticed.

    It speaks for a while before, because other programs slow it down as well.
    """
    await honest.during(asyncio.sleep(_QUIET_SECONDS))
    without = honest.summary()
    before = most = target.memory_mb
    # It stands for another machine, and should take no time from this one.
    attacker = await asyncio.create_subprocess_exec(
        *("nice", "-n", "19", sys.executable, "-m", *command),
        stdout=asyncio.subprocess.PIPE,
    )
    attacking = asyncio.create_task(honest.during(attacker.communicate()))
    while not attacking.done():
        await asyncio.wait({attacking}, timeout=0.2)
        most = max(most, target.memory_mb)
    after = await _settled(target.program, before)
    return {
        "attack": name,
        "inputs": int(attacking.result()[0] or 0),
        "faults": _faults(target, honest, after - before),
        "without": without,
        "honest": honest.summary(),
        "memory": (before, most, after),
    }


def _faults(target: Target, honest: Honest, grown_mb: float) -> list[str]:
    """Return what should not have happened during an attack."""
    faults = list(honest.failures)
    if grown_mb > _SETTLED_MB:
        faults.append(f"{grown_mb:.0f} MB are not given back")
    if not target.program.running:
        faults.append("the server ended")
    if "Traceback" in target.log:
        faults.append("a traceback")
    return faults + [
        f"the {kind} took {max(delays):.2f} s"
        for kind, delays in honest.delays.items()
        if max(delays, default=math.inf) > _MOST_SECONDS
    ]


async def _network(folder: Path, seconds: int, seed: int) -> list[dict[str, Any]]:
    """Attack both ports of a server."""
    rows = []
    async with Target.running(folder / "data") as target:
        honest = await _warm(target)
        for kind, port in (("wyoming", target.port), ("http", target.http_port)):
            for name in ATTACKS[kind]:
                command = (
                    *("benchmarks.attack.attackers", kind, name),
                    *(str(port), str(seconds), str(seed)),
                )
                row = await _watched(f"{kind}: {name}", target, honest, command)
                rows.append(_print(row))
        log_mb = len(target.log) / 1e6
        print(f"log: {log_mb:.2f} MB, file handles: {target.files}", file=sys.stderr)
    return rows


async def _fuzz(folder: Path, count: int, seed: int) -> list[dict[str, Any]]:
    """Send mutated messages, and a tenth as many requests to the control API."""
    rows = []
    async with Target.running(folder / "data", (), "--no-download") as target:
        honest = await _warm(target)
        await _switch_model(target, honest.token)
        for name, module, port, share in (
            ("mutated messages", "fuzz", target.port, 1.0),
            ("mutated requests", "fuzz_control", target.http_port, 0.1),
        ):
            command = (
                *(f"benchmarks.attack.{module}", str(port)),
                *(str(round(count * share)), str(seed), honest.token),
            )
            rows.append(_print(await _watched(name, target, honest, command)))
    return rows


async def _switch_model(target: Target, token: str) -> None:
    """Load the model once more, as a house does soon: that takes memory for good."""
    url = f"http://{HOST}:{target.http_port}{ControlPath.USE_MODEL.of(_MODEL)}"
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(url) as answer,
    ):
        answer.raise_for_status()
    await asyncio.sleep(_SETTLE_SECONDS)


async def _warm(target: Target) -> Honest:
    """Return an honest client that has used everything once."""
    token = json.loads((target.folder / "server.json").read_text())["token"]
    honest = Honest(target.port, token)
    for _ in range(3):
        await honest.once()
    return honest


async def _satellite(folder: Path, seconds: int, seed: int) -> list[dict[str, Any]]:
    """Attack the port of a satellite; its peer connects again and again."""
    rows = []
    async with Satellite.running(folder / "data") as satellite:
        key = json.loads((folder / "data" / "satellite.json").read_text())["key"]
        for name in ATTACKS["satellite"]:
            quiet = await paired_delays(satellite, key, asyncio.sleep(seconds))
            attacker = await asyncio.create_subprocess_exec(
                *("nice", "-n", "19", sys.executable),
                *("-m", "benchmarks.attack.attackers", "satellite"),
                *(name, str(satellite.port), str(seconds), str(seed)),
                stdout=asyncio.subprocess.PIPE,
            )
            before = memory_mb(satellite.program)
            attacking = asyncio.create_task(attacker.communicate())
            during = await paired_delays(satellite, key, attacking)
            after = await _settled(satellite.program, before)
            faults = during.pop("failures")
            if after > before + _SETTLED_MB:
                faults.append(f"{after - before:.0f} MB are not given back")
            row = {
                "attack": f"satellite: {name}",
                "inputs": int(attacking.result()[0] or 0),
                "faults": faults,
                "memory": (before, during.pop("most_mb"), after),
            }
            rows.append(_print({**row, "without": quiet, "honest": during}))
    return rows


async def paired_delays(
    satellite: Satellite,
    key: str,
    work: Coroutine[Any, Any, object] | asyncio.Task[Any],
) -> dict[str, Any]:
    """Connect with the key until the work is done; return the delays."""
    loop = asyncio.get_running_loop()
    waiting = asyncio.ensure_future(work)
    delays: list[float] = []
    failures: list[str] = []
    most_mb = 0.0
    while not waiting.done() or not delays:
        started = loop.time()
        try:
            await satellite.greet(key)
        except (OSError, TimeoutError) as err:
            failures.append(f"the paired peer: {type(err).__name__}")
        delays.append(loop.time() - started)
        most_mb = max(most_mb, memory_mb(satellite.program))
        await asyncio.sleep(0.05)
    failures += [
        f"the paired peer took {one:.2f} s" for one in delays if one > _MOST_SECONDS
    ]
    return {
        "failures": failures,
        "most_mb": most_mb,
        "command_worst": round(max(delays), 3),
        "command_median": round(statistics.median(delays), 3),
    }


async def _settled(program: Program, before_mb: float) -> float:
    """Return the memory once it is back, or when it had its time."""
    for _ in range(int(_SETTLE_SECONDS)):
        if memory_mb(program) <= before_mb + _SETTLED_MB:
            break
        await asyncio.sleep(1)
    return memory_mb(program)


async def _house(count: int, seed: int) -> list[dict[str, Any]]:
    """Kill the server under a running Home Assistant."""
    delays = await restarts.measure(count, seed)
    row = {"attack": "server killed under a running house", "inputs": count}
    late = [
        f"{what} after {one:.1f} s"
        for what in ("back", "listening")
        for one in delays[what]
        if one > restarts.BACK_SECONDS
    ]
    return [_print({**row, "faults": late})]


if __name__ == "__main__":
    sys.exit(main())
