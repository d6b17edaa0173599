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
    from collections.abc import Sequence
    from pathlib import Path

_REFUSED: Final = (409, 507)
_FULL: Final = 'dd if=/dev/zero of="$0/fill" bs=4096 2>/dev/null; true'
_READ_ONLY: Final = 'mount -o remount,ro none "$0"'
DISKS: Final = {"full": _FULL, "read-only": _READ_ONLY}
_WORD: Final = f"/wake/words/{damage.WORD.id}"
_SAID: Final = b"\0" * 16_000 + b"\0\x20\0\xe0" * 6_000 + b"\0" * 16_000
"""Half a second of silence, a tone, and silence again."""
_CHANGES: Final[tuple[tuple[str, str, dict[str, Any] | bytes], ...]] = (
    ("PUT", "/wake/clips/settings", {"keep_clips": True}),
    ("PUT", "/wake/clips/settings", {"max_days": 9}),
    ("POST", "/models/hearken-commands-en/use", {}),
    ("POST", f"{_WORD}/rename", {"name": "Hal"}),
    ("POST", f"{_WORD}/recordings?unchecked=1", _SAID),
)
_DELETIONS: Final[tuple[tuple[str, str, dict[str, Any] | bytes], ...]] = (
    ("DELETE", _WORD, {}),
)
"""Changes that only a read-only disk refuses."""


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
            changes = _CHANGES + (_DELETIONS if name == "read-only" else ())
            accepted = await _change(target, stored["token"], changes)
            inputs += len(changes)
            faults += [f"{name} disk: {fault}" for fault in accepted]
            honest = Honest(target.port, stored["token"])
            await honest.once()
            faults += honest.failures
        if "Traceback" in target.log:
            faults.append(f"{name} disk: a traceback")
    return {"inputs": inputs, "faults": faults}


async def _change(
    target: Target,
    token: str,
    changes: Sequence[tuple[str, str, dict[str, Any] | bytes]],
) -> list[str]:
    """Try to change what is stored; return what was not refused as a whole."""
    base = f"http://{HOST}:{target.http_port}/api/v1"
    faults = []
    async with aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {token}"}
    ) as session:
        before = await _shown(session, base)
        for method, path, body in changes:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            async with session.request(method, base + path, data=data) as answer:
                if answer.status not in _REFUSED:
                    faults.append(f"{method} {path} {data[:40]!r}: {answer.status}")
        if await _shown(session, base) != before:
            faults.append("settings differ from those on the disk")
    return faults


async def _shown(session: aiohttp.ClientSession, base: str) -> tuple[Any, Any]:
    """Return the settings of recordings, and the words that were made."""
    async with session.get(f"{base}/wake") as answer:
        clips = (await answer.json())["clips"]
    async with session.get(f"{base}/wake/words") as answer:
        return clips, (await answer.json())["words"]
