"""SIGKILL at random moments: nothing that was acknowledged is lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from benchmarks.attack import damage
from benchmarks.attack.target import Satellite, Target
from hearken_speech.protocol import SatelliteSettings
from hearken_speech.wake.made import MadeWords
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
    identity = damage.prepare(data)
    acknowledged = Acknowledged()
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
        faults += [
            f"kill {number}: {fault}"
            for fault in (
                *_faults(data, "server.json", identity),
                *acknowledged.lost(_changed(data)),
            )
        ]
    return {"inputs": count, "faults": faults}


@dataclass
class Acknowledged:
    """What was said to be stored, and the one change that was on its way."""

    values: dict[str, Any] = field(default_factory=dict)
    tried: dict[str, Any] = field(default_factory=dict)

    def lost(self, stored: dict[str, Any]) -> list[str]:
        """Return what was acknowledged and is not stored."""
        return [
            f"an acknowledged {name} is lost: {stored.get(name)} instead of {value}"
            for name, value in self.values.items()
            # The one in progress may have been stored without an answer.
            if stored.get(name) not in (value, self.tried.get(name))
        ]


def _changed(data: Path) -> dict[str, Any]:
    """Return what is stored of everything that is changed."""
    about = MadeWords(data).get(damage.WORD.id)
    return {
        "setting": (_stored(data / "wake.json") or {}).get("max_days"),
        "name": about.phrase,
    }


async def _kill_once(
    data: Path,
    token: str,
    acknowledged: Acknowledged,
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
        async with Target.running(data, (), "--no-download") as target:
            changing = asyncio.create_task(_change(target, token, acknowledged))
            await asyncio.sleep(seconds)
            await target.program.end(signal.SIGKILL)
            changing.cancel()
            await asyncio.gather(changing, return_exceptions=True)


async def _change(target: Target, token: str, acknowledged: Acknowledged) -> None:
    """Change settings until cancelled."""
    base = f"http://{HOST}:{target.http_port}/api/v1"
    headers = {"Authorization": f"Bearer {token}"}
    number = float(acknowledged.values.get("setting", 0))
    with contextlib.suppress(aiohttp.ClientError):
        async with aiohttp.ClientSession(headers=headers) as session:
            while True:
                number = number % _MOST_DAYS + 1.0
                for name, method, path, body, value in (
                    ("setting", "PUT", "clips/settings", {"max_days": number}, number),
                    (
                        *("name", "POST", f"words/{damage.WORD.id}/rename"),
                        *({"name": f"word {number}"}, f"word {number}"),
                    ),
                ):
                    acknowledged.tried[name] = value
                    url = f"{base}/wake/{path}"
                    async with session.request(method, url, json=body) as answer:
                        if answer.status == 200:
                            acknowledged.values[name] = value


async def run_satellites(folder: Path, count: int, seed: int) -> dict[str, Any]:
    """Kill a satellite while its settings change; return what was lost or broken."""
    moments = random.Random(seed)  # noqa: S311 - no secret
    data = folder / "killed-satellite"
    async with Satellite.running(data):
        pass
    identity = json.loads((data / "satellite.json").read_text())
    acknowledged = Acknowledged()
    faults: list[str] = []
    for number in range(count):
        async with Satellite.running(data) as satellite:
            changing = asyncio.create_task(
                _change_satellite(satellite, identity["key"], acknowledged)
            )
            await asyncio.sleep(moments.uniform(0, _WORK_SECONDS))
            await satellite.program.end(signal.SIGKILL)
            changing.cancel()
            await asyncio.gather(changing, return_exceptions=True)
        stored = {"volume": (_stored(data / "settings.json") or {}).get("volume")}
        faults += [
            f"kill {number}: {fault}"
            for fault in (
                *_faults(data, "satellite.json", identity),
                *acknowledged.lost(stored),
            )
        ]
    return {"inputs": count, "faults": faults}


async def _change_satellite(
    satellite: Satellite, key: str, acknowledged: Acknowledged
) -> None:
    """Change the volume until cancelled; settings are answered once they are stored."""
    percent = round(acknowledged.values.get("volume", 0.0) * 100)
    with contextlib.suppress(OSError):
        while True:
            percent = percent % 100 + 1
            volume = percent / 100
            acknowledged.tried["volume"] = volume
            answer = await satellite.greet(key, SatelliteSettings(volume=volume))
            if answer.get("volume") == volume:
                acknowledged.values["volume"] = volume


def _faults(data: Path, name: str, identity: dict[str, Any]) -> list[str]:
    """Return what is wrong with the files after a kill."""
    faults = [
        f"{path.name} is broken"
        for path in data.rglob("*.json")
        if not path.name.startswith(".") and _stored(path) is None
    ]
    if _stored(data / name) != identity:
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
