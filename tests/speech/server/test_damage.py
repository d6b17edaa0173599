"""Test that damaged files, full disks and kills lose nothing that was promised."""

import asyncio
import json
import os
import signal
import stat
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

import aiohttp
import pytest

from benchmarks.attack import damage, disks, fuzz, fuzz_control, kills
from hearken_speech.json_file import JsonFileError
from hearken_speech.models import ModelKeeper, ModelOptions, SelectionFile
from hearken_speech.protocol import WakeKey
from hearken_speech.server.wake import read_clip_settings
from hearken_speech.wake.clips import ClipSettings
from tests.speech.program import HOST, Server

# One of each kind; scripts/bench attack tries all of them in all files.
DAMAGES: Final = ("cut in the middle", "named pipe", "deep")
MADE: Final = f"made_words/{damage.WORD.id}"


async def _request(
    server: Server, method: str, path: str, body: object = None
) -> tuple[int, str]:
    """Return status and text of an answer of the control API."""
    token = json.loads((server.data_dir / "server.json").read_text())["token"]
    headers = {"Authorization": f"Bearer {token}"}
    url = f"http://{HOST}:{server.http_port}/api/v1{path}"
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, url, json=body) as answer,
    ):
        return answer.status, await answer.text()


async def test_a_server_starts_with_damaged_files(
    tmp_path: Path, socket_enabled: None
) -> None:
    """It stays who it is, keeps what it found, and says so; then it is killed."""
    with Server(tmp_path) as server:
        server.wait_until_ready()
        server.end()
    stored = damage.prepare(server.data_dir)
    names = ("server.json", "wake.json", "models/chosen.json")
    for name, how in zip(names, DAMAGES, strict=True):
        damage.DAMAGES[how](server.data_dir / name)
    damage.DAMAGES["wrong types"](server.data_dir / f"{MADE}.json")
    damage.DAMAGES["random"](server.data_dir / f"{MADE}.onnx")
    with Server(tmp_path) as server:
        server.wait_until_ready()
        assert await _request(server, "GET", "/wake/words") == (
            200,
            '{"words": [], "job": null}',
        )
        _, text = await _request(server, "GET", "/status")
        server.end(signal.SIGKILL)
    status = json.loads(text)
    assert status["id"] == stored["id"]
    assert sorted(status["set_aside"]) == ["chosen.json", "server.json", "wake.json"]
    kept = {path.name for path in server.data_dir.rglob("*.damaged")}
    assert kept == {f"{Path(name).name}.damaged" for name in names}
    assert all(name in server.log for name in kept)
    assert "Traceback" not in server.log
    assert json.loads((server.data_dir / "server.json").read_text()) == stored


@pytest.mark.parametrize(
    "data",
    [
        {"keep_clips": 1},
        {"max_days": True},
        {"max_days": 10**400},
        {"max_days": -1},
        {"max_days": 1e300},
        {"max_megabytes": 0},
        {"max_megabytes": "50"},
    ],
    ids=str,
)
def test_settings_that_are_none_are_refused(data: dict[str, object]) -> None:
    """Booleans are no numbers, and numbers have limits."""
    with pytest.raises((ValueError, OverflowError), match=r"."):
        read_clip_settings(data, ClipSettings())


async def test_a_setting_that_cannot_be_stored_does_not_apply(server: Server) -> None:
    """The request fails as a whole: it is not true now and false after a restart."""
    path = server.data_dir / "wake.json"
    path.mkdir()
    (path / "in the way").touch()
    try:
        status, text = await _request(
            server, "PUT", "/wake/clips/settings", {WakeKey.KEEP_CLIPS: True}
        )
        assert (status, "wake.json" in text) == (507, True)
        _, text = await _request(server, "GET", "/wake")
        assert json.loads(text)[WakeKey.CLIPS][WakeKey.KEEP_CLIPS] is False
    finally:
        (path / "in the way").unlink()
        path.rmdir()


async def test_a_model_that_cannot_be_remembered_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Choosing a model on a full disk is refused; the one before stays."""
    keeper = ModelKeeper(ModelOptions(model="auto", folder=tmp_path, download=False))

    def refuse(*_: object) -> None:
        msg = "no space"
        raise JsonFileError(msg)

    monkeypatch.setattr(SelectionFile, "save", refuse)
    used: list[str] = []
    monkeypatch.setattr(ModelKeeper, "_change", lambda _self, name: used.append(name))
    try:
        with pytest.raises(JsonFileError):
            await keeper.use("hearken-commands-en")
        with pytest.raises(JsonFileError):
            await keeper.choose(["en"])
        assert used == []
        assert keeper._wanted.selection is None  # noqa: SLF001 - as after a restart
    finally:
        keeper.close()


@pytest.mark.parametrize("action", ["use", "measure"])
async def test_a_folder_anywhere_is_no_model(
    server: Server, tmp_path: Path, action: str
) -> None:
    """The control API loads models from the folders for models only."""
    folder = str(tmp_path).replace("/", "%2F")
    status, text = await _request(server, "POST", f"/models/{folder}/{action}")
    assert status == 404, text
    assert "not in a folder for models" in text


@pytest.mark.parametrize("module", [fuzz, fuzz_control], ids=["wyoming", "http"])
async def test_mutated_messages_break_nothing(
    tmp_path: Path, module: ModuleType
) -> None:
    """A small part of the fuzz, by clients with and without the token."""
    with Server(tmp_path, "--no-download") as server:
        server.wait_until_ready()
        token = json.loads((server.data_dir / "server.json").read_text())["token"]
        port = server.port if module is fuzz else server.http_port
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module.__name__, str(port), "1000", "7", token),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        output, _ = await process.communicate()
        assert int(output) >= 1_000
        status, _ = await _request(server, "GET", "/status")
        assert status == 200
        assert "Traceback" not in server.log


async def test_what_cannot_be_stored_is_refused(tmp_path: Path) -> None:
    """On a full and on a read-only disk, nothing is half changed."""
    if not await disks.can_mount():
        pytest.skip("only root can mount such disks")
    assert (await disks.run(tmp_path))["faults"] == []


async def test_a_killed_server_loses_nothing(tmp_path: Path) -> None:
    """Files are whole, and hold what was acknowledged."""
    assert (await kills.run(tmp_path, 2, seed=5))["faults"] == []


def test_every_damage_is_one(tmp_path: Path) -> None:
    """Each kind of damage that the bench tries changes the file or what it is."""
    for name, how in damage.DAMAGES.items():
        path = tmp_path / f"{name}.json"
        path.write_text('{"id": "a", "max_days": 1}')
        before = path.read_bytes()
        how(path)
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode) and mode & 0o777 and path.stat().st_size < 1 << 20:
            assert path.read_bytes() != before, name
