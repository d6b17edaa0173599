"""Test the scripts of the image in a real bash."""

import asyncio
import http.server
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, override

import pytest
from wyoming.event import Event, async_write_event
from wyoming.info import Info

from hearken_speech.server.supervisor import DiscoveryError, announce

from .paths import ROOTFS, SERVICES

BASHIO: Final = Path(__file__).parent / "stand_in" / "bashio"
# Programs that must not have their real effect in tests.
PROGRAMS: Final = {
    "find": 'echo "$*" >>"$STAND_IN/searched"',
    "s6-setuidgid": 'echo "$1" >"$STAND_IN/user"; shift; exec "$@"',
    "hearken-server": (
        'printf "%s\\n" "$@" >"$STAND_IN/arguments"; echo "$HOME" >"$STAND_IN/home"; '
        'env >"$STAND_IN/environment"; '
        "echo ready tcp://0.0.0.0:10400 http://0.0.0.0:10401"
    ),
    "hostname": "echo 0123abcd-hearken",
    "sleep": 'echo "$1" >>"$STAND_IN/slept"',
}
PYTHON: Final = Path(sys.executable).parent
# By this variable the scripts distinguish the Supervisor from plain Docker.
SUPERVISED: Final = {"SUPERVISOR_TOKEN": "x"}


@dataclass(frozen=True)
class Container:
    """The parts of the container that a script uses."""

    folder: Path

    def run(
        self, script: Path, *arguments: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a script as in the image, with its descriptor 3 redirected to a file."""
        bash = shutil.which("bash")
        assert bash is not None
        command = 'exec 3>"$STAND_IN/notified"; exec "$@"'
        return subprocess.run(
            [bash, "-c", command, "bash", str(BASHIO), str(script), *arguments],
            env={
                "PATH": f"{self.folder}:{PYTHON}:{os.environ['PATH']}",
                "STAND_IN": str(self.folder),
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    def choose(self, **options: str) -> None:
        """Set options of the app."""
        for name, value in options.items():
            (self.folder / f"option_{name}").write_text(value)

    def read(self, name: str) -> str:
        """Return the recorded calls of a stand-in."""
        return (self.folder / name).read_text().strip()


@pytest.fixture(name="container")
def container_fixture(tmp_path: Path) -> Container:
    """Return a container with stand-ins for programs that only the image has."""
    for name, text in PROGRAMS.items():
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return Container(tmp_path)


def _option(container: Container, name: str) -> str:
    """Return the value of an option that the server was started with."""
    arguments = container.read("arguments").split("\n")
    return arguments[arguments.index(f"--{name}") + 1]


def test_run_takes_the_options_of_the_page(container: Container) -> None:
    """With the Supervisor, the owner's options are passed to the server."""
    container.choose(model="base-int8", budget_seconds="0.5", memory_limit_mb="400")
    container.choose(log_level="debug")
    result = container.run(SERVICES / "hearken" / "run", **SUPERVISED)
    assert result.returncode == 0, result.stderr
    assert _option(container, "model") == "base-int8"
    assert _option(container, "budget-seconds") == "0.5"
    assert _option(container, "memory-limit-mb") == "400"
    assert _option(container, "log-level") == "debug"
    assert _option(container, "host") == "0.0.0.0"  # noqa: S104 - inside the container
    assert _option(container, "data-dir") == "/data"


def test_run_copes_with_an_empty_model(container: Container) -> None:
    """An empty model option means auto."""
    container.choose(model="", budget_seconds="null", memory_limit_mb="0")
    container.choose(log_level="info")
    result = container.run(SERVICES / "hearken" / "run", **SUPERVISED)
    assert result.returncode == 0, result.stderr
    assert _option(container, "model") == "auto"
    assert _option(container, "budget-seconds") == "1.0"
    assert "--memory-limit-mb" not in container.read("arguments")


def test_run_takes_the_environment_in_plain_docker(container: Container) -> None:
    """Without a Supervisor, environment variables are the options."""
    script = SERVICES / "hearken" / "run"
    result = container.run(
        script, HEARKEN_MODEL="tiny-int8", HEARKEN_MEMORY_LIMIT_MB="300"
    )
    assert result.returncode == 0, result.stderr
    assert _option(container, "model") == "tiny-int8"
    assert _option(container, "memory-limit-mb") == "300"
    assert _option(container, "budget-seconds") == "1.0"
    assert _option(container, "log-level") == "info"


def test_run_passes_on_that_nothing_may_be_downloaded(container: Container) -> None:
    """Downloads are allowed unless the owner says no."""
    script = SERVICES / "hearken" / "run"
    container.choose(download_models="false", model_hub="https://mirror.example")
    assert container.run(script, **SUPERVISED).returncode == 0
    assert "--no-download" in container.read("arguments").split("\n")
    assert _option(container, "hub") == "https://mirror.example"
    container.choose(download_models="true", model_hub="null")
    assert container.run(script, **SUPERVISED).returncode == 0
    assert "--no-download" not in container.read("arguments")
    assert "--hub" not in container.read("arguments")
    assert container.run(script, HEARKEN_DOWNLOAD_MODELS="false").returncode == 0
    assert "--no-download" in container.read("arguments").split("\n")


def test_run_looks_for_wake_words_where_the_docs_say(container: Container) -> None:
    """Plain Docker has no share; its own words are in the volume."""
    script = SERVICES / "hearken" / "run"
    assert container.run(script, **SUPERVISED).returncode == 0
    assert _option(container, "wake-dir") == "/share/openwakeword"
    assert container.run(script).returncode == 0
    assert _option(container, "wake-dir") == "/data/wake_words"


def test_run_looks_for_models_in_the_share_and_in_the_image(
    container: Container,
) -> None:
    """The share comes first: the owner put it there."""
    assert container.run(SERVICES / "hearken" / "run").returncode == 0
    arguments = container.read("arguments").split("\n")
    folders = [
        arguments[number + 1]
        for number, argument in enumerate(arguments)
        if argument == "--more-models"
    ]
    assert folders == ["/share/hearken/models", "/opt/hearken-models"]


def test_run_gives_up_its_rights(container: Container) -> None:
    """The server runs as its own user, which owns the data volume."""
    result = container.run(SERVICES / "hearken" / "run")
    assert result.returncode == 0, result.stderr
    assert container.read("user") == "hearken"
    assert container.read("home") == "/data"
    assert "chown hearken:hearken" in container.read("searched")
    assert "-not -name options.json" in container.read("searched")


def test_run_tells_s6_when_the_server_is_ready(container: Container) -> None:
    """The server's ready line is written to the descriptor that s6 reads."""
    result = container.run(SERVICES / "hearken" / "run")
    assert container.read("notified").startswith("ready tcp://")
    assert result.stdout == ""


class Supervisor(http.server.BaseHTTPRequestHandler):
    """A Supervisor that notes what it is told, after some refusals."""

    refusals = 0
    told: ClassVar[list[tuple[str, Any]]] = []

    def do_POST(self) -> None:
        """Take one announcement."""
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.told.append((self.headers["Authorization"], json.loads(data)))
        self.send_response(500 if len(self.told) <= self.refusals else 200)
        self.end_headers()

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing."""


@pytest.fixture(name="supervisor")
def supervisor_fixture(
    socket_enabled: None,
) -> Iterator[tuple[type[Supervisor], dict[str, str]]]:
    """Return a running Supervisor and the environment to reach it."""

    class Handler(Supervisor):
        told: ClassVar[list[tuple[str, Any]]] = []

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        yield Handler, {"SUPERVISOR_TOKEN": "simsim", "HEARKEN_SUPERVISOR": address}
        server.shutdown()
        thread.join()


DISCOVERY: Final = SERVICES / "discovery" / "run"


def _data(container: Container, content: str) -> dict[str, str]:
    """Return the environment with a data folder that has this identity."""
    (container.folder / "server.json").write_text(content)
    return {"HEARKEN_DATA_DIR": str(container.folder)}


def test_discovery_says_where_the_server_is(
    container: Container, supervisor: tuple[type[Supervisor], dict[str, str]]
) -> None:
    """Address, ports and token are sent; no log and no argument has a secret."""
    handler, environment = supervisor
    environment |= _data(container, '{"token": "sesame"}')
    result = container.run(DISCOVERY, **environment)
    assert result.returncode == 0, result.stderr
    config = {
        "host": "0123abcd-hearken",
        "port": 10_400,
        "http_port": 10_401,
        "token": "sesame",
    }
    assert handler.told == [("Bearer simsim", {"service": "hearken", "config": config})]
    assert "at 0123abcd-hearken, port 10400" in result.stderr
    assert "sesame" not in DISCOVERY.read_text() + result.stderr + result.stdout
    assert "simsim" not in result.stderr


def test_discovery_tries_again(
    monkeypatch: pytest.MonkeyPatch,
    supervisor: tuple[type[Supervisor], dict[str, str]],
) -> None:
    """Discovery retries with pauses if the Supervisor is busy, but not for ever."""
    handler, environment = supervisor
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    slept: list[float] = []
    handler.refusals = 2
    announce({"port": 1}, slept.append)
    assert (len(handler.told), slept) == (3, [1, 2])
    handler.refusals = 99
    with pytest.raises(DiscoveryError, match="does not answer") as caught:
        announce({"token": "sesame"}, slept.append)
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("content", ["{}", '{"token": ""}', '{"token": 5}', "{"])
def test_an_empty_token_is_not_announced(
    container: Container,
    supervisor: tuple[type[Supervisor], dict[str, str]],
    content: str,
) -> None:
    """The server keeps running, a warning is logged, and nothing is sent."""
    handler, environment = supervisor
    result = container.run(DISCOVERY, **environment, **_data(container, content))
    assert result.returncode == 0
    assert "add Hearken there by hand" in result.stderr
    assert handler.told == []


def test_the_server_does_not_get_the_supervisors_token(container: Container) -> None:
    """The unprivileged server has no secret that is not its own."""
    secrets = dict.fromkeys(("SUPERVISOR_TOKEN", "HASSIO_TOKEN"), "simsim")
    container.choose(model="auto", log_level="info")
    container.choose(budget_seconds="1.0", memory_limit_mb="0")
    container.choose(download_models="true", model_hub="null")
    result = container.run(SERVICES / "hearken" / "run", **secrets)
    assert result.returncode == 0, result.stderr
    environment = container.read("environment")
    assert "simsim" not in environment
    assert "HEARKEN_DATA_DIR=/data" in environment


def test_discovery_is_silent_in_plain_docker(container: Container) -> None:
    """Without a Supervisor, discovery does nothing."""
    result = container.run(SERVICES / "discovery" / "run")
    assert result.returncode == 0
    assert not (container.folder / "discovered").exists()


@pytest.mark.parametrize(
    ("code", "signal", "before", "after"),
    [
        ("0", "0", "0", "0"),
        ("1", "0", "0", "1"),
        ("256", "9", "0", "137"),
        ("256", "15", "0", "0"),
        ("1", "0", "7", "7"),
    ],
)
def test_finish_ends_the_container(
    container: Container, code: str, signal: str, before: str, after: str
) -> None:
    """The container stops with the server and preserves the status of a failure."""
    status, halted = container.folder / "exitcode", container.folder / "halted"
    status.write_text(f"{before}\n")
    halt = container.folder / "halt"
    halt.write_text(f"#!/bin/sh\n: >{halted}\n")
    halt.chmod(0o755)
    text = (SERVICES / "hearken" / "finish").read_text()
    for real, stand_in in (
        ("/run/s6-linux-init-container-results/exitcode", status),
        ("/run/s6/basedir/bin/halt", halt),
    ):
        assert real in text
        text = text.replace(real, str(stand_in))
    script = container.folder / "finish"
    script.write_text(text)
    result = container.run(script, code, signal)
    assert result.returncode == 0, result.stderr
    assert halted.exists()
    assert status.read_text().strip() == after


async def _health(port: int) -> int:
    """Run the health check against a local port."""
    process = await asyncio.create_subprocess_exec(
        ROOTFS / "usr" / "lib" / "hearken" / "health",
        str(port),
        stderr=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(20):
        return await process.wait()


async def _health_of(answer: Event | None) -> int:
    """Run the health check against a server with this answer to describe."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert b'"describe"' in await reader.readline()
        if answer is not None:
            await async_write_event(answer, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        return await _health(server.sockets[0].getsockname()[1])


async def test_health_accepts_a_server_that_answers(socket_enabled: None) -> None:
    """A server that describes itself is healthy."""
    assert await _health_of(Info().event()) == 0


async def test_health_refuses_another_server(socket_enabled: None) -> None:
    """A server with a different answer is unhealthy."""
    assert await _health_of(Event(type="pong")) != 0


async def test_health_refuses_a_server_that_hangs_up(socket_enabled: None) -> None:
    """A server that closes the connection without an answer is unhealthy."""
    assert await _health_of(None) != 0


async def test_health_notices_that_nobody_listens(socket_enabled: None) -> None:
    """A server that does not listen is unhealthy."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert await _health(port) != 0
