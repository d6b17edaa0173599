"""Full and read-only disks: nothing is half changed, and the server goes on."""

from __future__ import annotations

import asyncio
import json
import shutil
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from benchmarks.attack import damage
from benchmarks.attack.target import Honest, Target
from house.house import HOST

if TYPE_CHECKING:
    from pathlib import Path

_FULL: Final = 'dd if=/dev/zero of="$0/fill" bs=4096 2>/dev/null; true'
_READ_ONLY: Final = 'mount -o remount,ro none "$0"'
DISKS: Final = {"full": _FULL, "read-only": _READ_ONLY}
_CHANGES: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("PUT", "/wake/clips/settings", {"keep_clips": True}),
    ("PUT", "/wake/clips/settings", {"max_days": 9}),
    ("POST", "/models/hearken-commands-en/use", {}),
)


async def can_mount() -> bool:
    """Return whether this user may have a disk of its own."""
    if shutil.which("unshare") is None:
        return False
    process = await asyncio.create_subprocess_exec(
        *("unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"),
        stderr=asyncio.subprocess.DEVNULL,
    )
    return await process.wait() == 0


async def run(folder: Path) -> dict[str, Any]:
    """Change settings on each kind of disk; return what was half changed."""
    template = folder / "used"
    async with Target.running(template):
        pass
    stored = damage.prepare(template)
    faults: list[str] = []
    inputs = 0
    for name, spoil in DISKS.items():
        data = folder / name
        data.mkdir()
        mount = (
            f'mount -t tmpfs -o size=4m none "$0" && cp -a "{template}/." "$0/" && '
            f'{{ {spoil}; }} && exec "$@"'
        )
        before = ("unshare", "--mount", "sh", "-c", mount, str(data))
        async with Target.running(data, before) as target:
            refused = await _change(target, stored["token"])
            inputs += len(_CHANGES)
            faults += [f"{name} disk: {fault}" for fault in refused]
            honest = Honest(target.port, stored["token"])
            await honest.once()
            faults += honest.failures
        if "Traceback" in target.log:
            faults.append(f"{name} disk: a traceback")
    return {"inputs": inputs, "faults": faults}


async def _change(target: Target, token: str) -> list[str]:
    """Try to change settings; return those that were not refused as a whole."""
    base = f"http://{HOST}:{target.http_port}/api/v1"
    faults = []
    async with aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {token}"}
    ) as session:
        before = await _clips(session, base)
        for method, path, body in _CHANGES:
            async with session.request(method, base + path, json=body) as answer:
                if answer.status < 400:
                    faults.append(f"{path} {json.dumps(body)}: {answer.status}")
        if await _clips(session, base) != before:
            faults.append("settings differ from those on the disk")
    return faults


async def _clips(session: aiohttp.ClientSession, base: str) -> Any:
    """Return the settings of recordings."""
    async with session.get(f"{base}/wake") as answer:
        return (await answer.json())["clips"]
