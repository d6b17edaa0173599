"""Damaged files: server and satellite start with them, and keep what they found."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import numpy as np

from benchmarks.attack.target import Honest, Satellite, Target
from hearken_speech.satellite.codes import CodeStore
from hearken_speech.wake.made import FOLDER, MadeWord, MadeWords
from hearken_speech.wake.making.head_file import network_bytes
from house.house import HOST

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

WORD: Final = MadeWord(
    id="okay_house", phrase="okay house", text="Okay house", language="en", made_at=1.0
)
FILES: Final = (
    *("server.json", "wake.json", "models/chosen.json", "models/measured.json"),
    *(f"{FOLDER}/{WORD.id}.json", f"{FOLDER}/{WORD.id}.onnx"),
)
"""Everything that a server writes and reads again, but the copy of its identity."""
SATELLITE_FILES: Final[dict[str, Any]] = {
    "satellite.json": None,
    "settings.json": {"muted": False, "volume": 0.5},
    "owner.json": {"instance": "a", "host": HOST},
    "timers.json": {
        "timers": [{"id": "a", "name": "", "due": 1e12}],
        "ringing": [],
        "ended": [],
    },
    "pairing.json": None,
}
"""The same of a satellite, with what is in it unless a program writes it."""
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
    names = json.loads(path.read_text()) if path.suffix == ".json" else ["a"]
    path.write_text(json.dumps(dict.fromkeys(names, value)))


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
    layer = (np.zeros((4 * 96, 1), np.float32), np.array([-5.0]))
    MadeWords(folder).save(WORD, network_bytes([layer], 4))
    return stored


async def run(folder: Path, count: int) -> dict[str, Any]:
    """Start a server with each damage in all files at once; return the faults."""
    template = folder / "template"
    async with Target.running(template):
        pass
    stored = prepare(template)
    return await _damage_all(template, FILES, count, partial(_faults, stored=stored))


async def _damage_all(
    template: Path,
    files: Iterable[str],
    count: int,
    look: Callable[[Path], Awaitable[list[str]]],
) -> dict[str, Any]:
    """Start a program with each damage in all files at once; return the faults."""
    faults: list[str] = []
    cases = 0
    for number, (name, damage) in enumerate(list(DAMAGES.items())[:count]):
        data = template.with_name(f"damaged-{number}")
        shutil.copytree(template, data)
        for file in files:
            damage(data / file)
            cases += 1
        faults += [f"{name}: {fault}" for fault in await look(data)]
    return {"inputs": cases, "faults": faults}


async def _faults(data: Path, stored: dict[str, Any]) -> list[str]:
    """Return what a server with damaged files does wrong."""
    try:
        async with Target.running(data) as target:
            honest = Honest(target.port, stored["token"])
            await honest.once()
            faults = [*honest.failures, *await _unanswered(target, stored["token"])]
    except Exception as err:  # noqa: BLE001 - whatever it is, it is a fault
        return [f"{type(err).__name__}: {err}"]
    if "Traceback" in target.log:
        faults.append("a traceback")
    if json.loads((data / "server.json").read_text())["id"] != stored["id"]:
        faults.append("another identity")
    return faults


async def _unanswered(target: Target, token: str) -> list[str]:
    """Return the questions about what is stored that are not answered."""
    base = f"http://{HOST}:{target.http_port}/api/v1"
    headers = {"Authorization": f"Bearer {token}"}
    faults = []
    async with aiohttp.ClientSession(headers=headers) as session:
        for path in ("/status", "/models", "/wake", "/wake/words", "/wake/clips"):
            async with session.get(base + path) as answer:
                if answer.status != 200:
                    faults.append(f"{path}: {answer.status}")
    return faults


async def run_satellites(folder: Path, count: int) -> dict[str, Any]:
    """Start a satellite with each damage in all files at once; return the faults."""
    template = folder / "template"
    async with Satellite.running(template):
        CodeStore(template).issue()
    stored = json.loads((template / "satellite.json").read_text())
    for name, value in SATELLITE_FILES.items():
        if value is not None:
            (template / name).write_text(json.dumps(value))
    look = partial(_satellite_faults, stored=stored)
    return await _damage_all(template, SATELLITE_FILES, count, look)


async def _satellite_faults(data: Path, stored: dict[str, Any]) -> list[str]:
    """Return what a satellite with damaged files does wrong."""
    try:
        async with Satellite.running(data) as satellite:
            await satellite.greet(stored["key"])
    except Exception as err:  # noqa: BLE001 - whatever it is, it is a fault
        return [f"{type(err).__name__}: {err}"]
    faults = ["a traceback"] if "Traceback" in satellite.log else []
    if json.loads((data / "satellite.json").read_text()) != stored:
        faults.append("another identity")
    return faults
