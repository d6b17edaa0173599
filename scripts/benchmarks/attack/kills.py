"""SIGKILL at random moments: nothing that was acknowledged is lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import signal
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from benchmarks.attack.target import Target
from house.house import HOST
from house.processes import ProgramError

if TYPE_CHECKING:
    from pathlib import Path

_START_SECONDS: Final = 3.0
_WORK_SECONDS: Final = 0.7
_MOST_DAYS: Final = 1_000


async def run(folder: Path, count: int, seed: int) -> dict[str, Any]:
    """Kill a server so often; return what was lost or broken."""
    moments = random.Random(seed)  # noqa: S311 - no secret
    data = folder / "killed"
    async with Target.running(data):
        pass
    identity = json.loads((data / "server.json").read_text())
    acknowledged: dict[str, Any] = {}
    faults: list[str] = []
    for number in range(count):
        during_start = number % 2 == 0
        await _kill_once(
            data,
            identity["token"],
            acknowledged,
            moments.uniform(0, _START_SECONDS if during_start else _WORK_SECONDS),
            during_start=during_start,
        )
        faults += [f"kill {number}: {fault}" for fault in _faults(data, identity)]
        stored = _stored(data / "wake.json")
        # The one in progress may have been stored without an answer.
        wanted = {acknowledged.get("max_days"), acknowledged.get("tried")}
        if stored and stored.get("max_days") not in wanted:
            faults.append(f"kill {number}: an acknowledged setting is lost")
    return {"inputs": count, "faults": faults}


async def _kill_once(
    data: Path,
    token: str,
    acknowledged: dict[str, Any],
    seconds: float,
    *,
    during_start: bool,
) -> None:
    """Start the server and kill it, while it starts or while settings change."""
    with contextlib.suppress(ProgramError, TimeoutError):
        if during_start:
            async with asyncio.timeout(seconds), Target.running(data):
                await asyncio.sleep(seconds)
            return
        async with Target.running(data) as target:
            changing = asyncio.create_task(_change(target, token, acknowledged))
            await asyncio.sleep(seconds)
            await target.program.end(signal.SIGKILL)
            changing.cancel()
            await asyncio.gather(changing, return_exceptions=True)


async def _change(target: Target, token: str, acknowledged: dict[str, Any]) -> None:
    """Change a setting until cancelled."""
    url = f"http://{HOST}:{target.http_port}/api/v1/wake/clips/settings"
    headers = {"Authorization": f"Bearer {token}"}
    days = acknowledged.get("max_days", 0)
    with contextlib.suppress(aiohttp.ClientError):
        async with aiohttp.ClientSession(headers=headers) as session:
            while True:
                days = days % _MOST_DAYS + 1.0
                acknowledged["tried"] = days
                async with session.put(url, json={"max_days": days}) as answer:
                    if answer.status == 200:
                        acknowledged["max_days"] = days


def _faults(data: Path, identity: dict[str, Any]) -> list[str]:
    """Return what is wrong with the files after a kill."""
    faults = [
        f"{path.name} is broken"
        for path in data.rglob("*.json")
        if not path.name.startswith(".") and _stored(path) is None
    ]
    if _stored(data / "server.json") != identity:
        faults.append("the identity changed")
    faults += [f"{path.name}" for path in data.rglob("*.damaged*")]
    return faults


def _stored(path: Path) -> dict[str, Any] | None:
    """Return what is in a file, None if it is broken."""
    try:
        value: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError:
        return None
    return value
