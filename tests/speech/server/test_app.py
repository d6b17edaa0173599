"""Test starting, reporting errors, and stopping."""

import asyncio
import os
import shutil
import signal
import socket
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final, cast

import pytest
from wyoming.asr import Transcribe
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize
from wyoming.wake import Detect

from benchmarks.common.recordings import ROOT
from hearken_speech import memory
from hearken_speech.protocol import Hello, Welcome
from hearken_speech.server import app, identity
from tests.speech.client import audio, connect
from tests.speech.program import HOST, Program, Server
from tests.speech.sounds import spoken

if TYPE_CHECKING:
    from hearken_speech.server.services import Services

EMBEDDED: Final = "hearken-commands-en"
SENTENCE: Final = "turn on the kitchen light"


async def _text(server: Server) -> str:
    """Return the transcript of a spoken sentence."""
    async with connect(server.port) as client:
        await client.send(Transcribe(), *audio(spoken(SENTENCE)))
        return str((await client.expect("transcript")).data["text"])


async def _info(server: Server) -> Info:
    async with connect(server.port) as client:
        await client.send(Describe())
        return Info.from_event(await client.expect("info"))


def test_the_ready_line_tells_the_addresses(tmp_path: Path) -> None:
    """The ready line is the only output; the log is written elsewhere."""
    with Server(tmp_path) as server:
        line = server.line()
        first, tcp, http = line.split(" ")
        assert first == "ready"
        assert tcp.startswith(f"tcp://{HOST}:")
        assert http.startswith(f"http://{HOST}:")
        assert server.end() == 0
        assert server.line() == ""
        assert f"speech model {EMBEDDED} is ready" in server.log
        assert "Traceback" not in server.log


async def test_the_identity_survives_a_restart(tmp_path: Path) -> None:
    """The id of the server is permanent; Ctrl-C stops it as well."""
    before = identity.load(tmp_path / "data")
    with Server(tmp_path) as server:
        server.wait_until_ready()
        async with connect(server.port) as client:
            await client.send(Hello())
            welcome = Welcome.from_event(await client.expect("hearken-welcome"))
        assert welcome.id == before.id
        assert server.end(signal.SIGINT) == 0
    assert identity.load(tmp_path / "data") == before


async def test_the_end_does_not_wait_for_work(tmp_path: Path) -> None:
    """SIGTERM stops the server during recognition, detection and connections."""
    with Server(tmp_path) as server:
        server.wait_until_ready()
        async with (
            connect(server.port) as speaker,
            connect(server.port) as listener,
            connect(server.port),
            connect(server.http_port),
        ):
            recording = audio(spoken(SENTENCE))
            await listener.send(Detect(), *recording[:-1])
            await speaker.send(*[Transcribe(), *recording] * 8)
            await speaker.expect("transcript")
            assert server.end() == 0
            await listener.closed()
        assert "Traceback" not in server.log


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    """The message names the port; the status is 1, without a traceback."""
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        with Server(tmp_path, "--port", port) as server:
            assert server.line() == ""
            assert server.wait() == 1
            assert f"cannot listen on {HOST} port {port}: Address already in use" in (
                server.log
            )
            assert "Traceback" not in server.log


def test_an_address_of_another_machine_is_named(tmp_path: Path) -> None:
    """An address of another machine is reported in the same way."""
    with Server(tmp_path, "--host", "192.0.2.1") as server:
        assert server.wait() == 1
        assert "cannot listen on 192.0.2.1 port" in server.log
        assert "Traceback" not in server.log


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """The server works until the next start; the message names the file."""
    (tmp_path / "data").write_text("a file, not a folder")
    with Server(tmp_path) as server:
        server.wait_until_ready()
        assert f"{server.data_dir / 'server.json'} cannot be" in server.log
        assert "Traceback" not in server.log


def test_a_damaged_identity_is_named(tmp_path: Path) -> None:
    """It is set aside, and the log says so."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "server.json").write_text('{"id": ')
    with Server(tmp_path) as server:
        server.wait_until_ready()
        assert list((tmp_path / "data").glob("server.json*.damaged*"))
        assert "server.json" in server.log
        assert "Traceback" not in server.log


@pytest.mark.parametrize("broken", [False, True], ids=["missing", "broken"])
async def test_without_espeak_there_is_no_speech(
    tmp_path: Path, *, broken: bool
) -> None:
    """The server starts without text-to-speech, and says so when asked."""
    if broken:
        program = tmp_path / "espeak-ng"
        program.write_text("#!/bin/sh\necho 'no data' >&2\nexit 1\n")
        program.chmod(0o755)
    with Server(tmp_path, environment={"PATH": str(tmp_path)}) as server:
        server.wait_until_ready()
        assert "answers stay silent" in server.log
        info = await _info(server)
        assert info.tts == []
        assert info.asr
        async with connect(server.port) as client:
            await client.send(Synthesize(text="hello"))
            assert (await client.expect("error")).data["text"]
        assert server.end() == 0
        assert "Traceback" not in server.log


def _model_folder(folder: Path, model: bytes) -> Path:
    """Return a model folder with this content in place of the weights."""
    folder.mkdir()
    pack = ROOT / "addon" / "hearken_speech" / "models" / f"{EMBEDDED}.zip"
    shutil.unpack_archive(pack, folder)
    (folder / "model.bin").write_bytes(model)
    return folder


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("missing", "is incomplete: model.bin, config.json, vocabulary.json missing"),
        ("damaged", "is damaged or incomplete"),
        ("truncated", "is damaged or incomplete"),
        ("tiny-int8", "check the network and try again"),
    ],
)
async def test_a_model_that_is_not_to_be_had(
    tmp_path: Path, model: str, message: str
) -> None:
    """The log reports it, and the embedded model is used."""
    folder = tmp_path / model
    if model == "missing":
        folder.mkdir()
    elif model == "damaged":
        _model_folder(folder, os.urandom(100_000))
    elif model == "truncated":
        _model_folder(folder, b"")
        whole = _embedded_weights()
        (folder / "model.bin").write_bytes(whole[: len(whole) // 2])
    name = folder if folder.exists() else model
    # An address where nobody answers simulates a house without internet.
    offline = {"HF_ENDPOINT": f"http://{HOST}:9", "HF_HUB_DISABLE_XET": "1"}
    with Server(tmp_path, "--model", name, environment=offline) as server:
        server.wait_until_ready()
        assert await _text(server) == SENTENCE
        server.wait_for_log(f"{EMBEDDED} is used instead")
        assert message in server.log
        assert await _text(server) == SENTENCE
        assert server.end() == 0
        assert "Traceback" not in server.log


def _embedded_weights() -> bytes:
    pack = ROOT / "addon" / "hearken_speech" / "models" / f"{EMBEDDED}.zip"
    with zipfile.ZipFile(pack) as archive:
        return archive.read("model.bin")


async def test_a_model_folder_is_used(tmp_path: Path) -> None:
    """A folder with a whole model replaces the embedded one."""
    folder = _model_folder(tmp_path / "mine", _embedded_weights())
    with Server(tmp_path, "--model", folder) as server:
        server.wait_until_ready()
        server.wait_for_log("speech model mine is ready")
        assert [model.name for model in (await _info(server)).asr[0].models] == ["mine"]
        assert await _text(server) == SENTENCE
        assert server.end() == 0


@pytest.mark.parametrize("damage", ["cut", "flipped"])
async def test_a_damaged_embedded_model(tmp_path: Path, damage: str) -> None:
    """The server starts without speech-to-text and suggests to reinstall."""
    package = tmp_path / "package" / "hearken_speech"
    shutil.copytree(ROOT / "addon" / "hearken_speech", package)
    pack = package / "models" / f"{EMBEDDED}.zip"
    data = bytearray(pack.read_bytes())
    if damage == "flipped":
        data[len(data) // 2] ^= 0xFF
    else:
        del data[1_000:]
    pack.write_bytes(data)
    path = {"PYTHONPATH": str(package.parent)}
    with Server(tmp_path, environment=path) as server:
        server.wait_until_ready()
        assert "is damaged" in server.log
        assert "Install Hearken again" in server.log
        info = await _info(server)
        assert info.asr == []
        assert info.wake
        async with connect(server.port) as client:
            await client.send(Transcribe(), *audio(spoken(SENTENCE)))
            error = await client.expect("error")
            assert error.data["code"] == "no-model"
            assert "Install Hearken again" in error.data["text"]
        assert server.end() == 0
        assert "Traceback" not in server.log


def test_two_servers_need_two_ports(tmp_path: Path) -> None:
    """A control port in use is reported as well."""
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        with Program(
            "hearken-server",
            *("--port", 0, "--http-port", port, "--data-dir", tmp_path / "data"),
            log=tmp_path / "log",
        ) as server:
            assert server.wait() == 1
            assert f"port {port}: Address already in use" in server.log


async def test_memory_is_given_back_after_a_model_was_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where nobody connected to the Wyoming port meanwhile."""
    given = asyncio.Event()
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(app, "_TRIM_SECONDS", 0.01)
    monkeypatch.setattr(
        memory, "give_back", lambda: loop.call_soon_threadsafe(given.set)
    )
    models = SimpleNamespace(loaded_engine=object())
    nobody = SimpleNamespace(admitted=0)
    services = SimpleNamespace(
        connections=nobody,
        control_connections=nobody,
        recognizer=SimpleNamespace(models=models),
    )
    task = asyncio.create_task(app._give_back_memory(cast("Services", services)))  # noqa: SLF001 - in a process of its own, it takes half a minute
    try:
        await asyncio.sleep(0.1)
        assert not given.is_set()
        models.loaded_engine = object()
        async with asyncio.timeout(10):
            await given.wait()
    finally:
        task.cancel()
