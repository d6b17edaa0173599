"""Damaged files: the server starts with every one of them, and keeps what it found."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from benchmarks.attack.target import Honest, Target

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES: Final = (
    "server.json",
    "wake.json",
    "models/chosen.json",
    "models/measured.json",
)
_HUGE_BYTES: Final = 4 << 30

DAMAGES: Final[dict[str, Callable[[Path], object]]] = {
    "empty": lambda path: path.write_bytes(b""),
    "one byte": lambda path: path.write_bytes(b"{"),
    "cut in the middle": lambda path: path.write_bytes(
        path.read_bytes()[: path.stat().st_size // 2]
    ),
    "zeros": lambda path: path.write_bytes(bytes(4_096)),
    "random": lambda path: path.write_bytes(os.urandom(4_096)),
    "not a number": lambda path: path.write_text('{"id": NaN, "max_days": NaN}'),
    "infinity": lambda path: path.write_text('{"id": 1e999, "max_days": 1e999}'),
    "huge integer": lambda path: path.write_text('{"id": ' + "9" * 5_000 + "}"),
    "deep": lambda path: path.write_text('{"id": ' + "[" * 200_000),
    "a list": lambda path: path.write_text("[1, 2]"),
    "a text": lambda path: path.write_text('"text"'),
    "null": lambda path: path.write_text("null"),
    "wrong types": lambda path: _fill(path, 5),
    "wrong texts": lambda path: _fill(path, "\u202e" * 500),
    "nothing in it": lambda path: _fill(path, None),
    "lists in it": lambda path: _fill(path, [[]]),
    "surrogates": lambda path: path.write_text('{"id": "\\ud800"}'),
    "UTF-16": lambda path: path.write_text("{}", encoding="utf-16"),
    "named pipe": lambda path: _replace(path, os.mkfifo),
    "folder": lambda path: _replace(path, os.mkdir),
    "folder with a file": lambda path: _replace(path, _make_full_folder),
    "4 GB": lambda path: os.truncate(path, _HUGE_BYTES),
    "dangling link": lambda path: _replace(path, partial(os.symlink, "nowhere")),
    "link to itself": lambda path: _replace(path, partial(os.symlink, path.name)),
    "device": lambda path: _replace(path, partial(os.symlink, "/dev/zero")),
    "nobody may read": lambda path: path.chmod(0),
}


def _replace(path: Path, make: Callable[[Path], None]) -> None:
    """Put something else in the place of a file."""
    path.unlink()
    make(path)


def _make_full_folder(path: Path) -> None:
    """Make a folder that cannot simply be removed."""
    path.mkdir()
    (path / "a").write_text("")


def _fill(path: Path, value: object) -> None:
    """Give every field of a file the same value."""
    stored: dict[str, Any] = json.loads(path.read_text())
    path.write_text(json.dumps(dict.fromkeys(stored, value)))


def prepare(folder: Path) -> dict[str, Any]:
    """Fill the folder of a server that was used; return its identity."""
    stored: dict[str, Any] = json.loads((folder / "server.json").read_text())
    (folder / "wake.json").write_text(
        json.dumps({"keep_clips": False, "max_days": 3.0, "max_megabytes": 5.0})
    )
    (folder / "models").mkdir(exist_ok=True)
    (folder / "models" / "chosen.json").write_text(
        json.dumps({"model": "hearken-commands-en", "instead_of": ["auto", None]})
    )
    (folder / "models" / "measured.json").write_text(
        json.dumps({"seconds": {}, "choices": {}})
    )
    return stored


async def run(folder: Path, count: int) -> dict[str, Any]:
    """Start a server with each damage in all files at once; return the faults."""
    template = folder / "template"
    async with Target.running(template):
        pass
    stored = prepare(template)
    faults: list[str] = []
    cases = 0
    for number, (name, damage) in enumerate(list(DAMAGES.items())[:count]):
        data = folder / f"damaged-{number}"
        shutil.copytree(template, data)
        for file in FILES:
            damage(data / file)
            cases += 1
        faults += [f"{name}: {fault}" for fault in await _faults(data, stored)]
    return {"inputs": cases, "faults": faults}


async def _faults(data: Path, stored: dict[str, Any]) -> list[str]:
    """Return what a server with damaged files does wrong."""
    try:
        async with Target.running(data) as target:
            honest = Honest(target.port, stored["token"])
            await honest.once()
            faults = list(honest.failures)
    except Exception as err:  # noqa: BLE001 - whatever it is, it is a fault
        return [f"{type(err).__name__}: {err}"]
    if "Traceback" in target.log:
        faults.append("a traceback")
    if json.loads((data / "server.json").read_text())["id"] != stored["id"]:
        faults.append("another identity")
    return faults
