"""Start and stop a speech server, Home Assistant and satellites together."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import aiohttp

from house import configuration
from house.api import ApiError, HomeAssistantApi
from house.processes import BIN, Program, ProgramError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path
    from types import TracebackType

HOST: Final = "127.0.0.1"
SATELLITE_NAME: Final = "Kitchen satellite"
_SERVER_SECONDS: Final = 60.0
_SATELLITE_SECONDS: Final = 30.0
_HOME_ASSISTANT_SECONDS: Final = 180.0
_READY_SECONDS: Final = 180.0


@dataclass(frozen=True)
class Server:
    """A running speech server."""

    program: Program
    port: int
    http_port: int
    data_dir: Path

    @property
    def id(self) -> str:
        """Return the ID of the server."""
        return str(self._stored["id"])

    @property
    def token(self) -> str:
        """Return the token of its control API."""
        return str(self._stored["token"])

    @property
    def _stored(self) -> dict[str, Any]:
        stored: dict[str, Any] = json.loads((self.data_dir / "server.json").read_text())
        return stored

    async def status(self) -> dict[str, Any]:
        """Return the status from its control API."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(
                f"http://{HOST}:{self.http_port}/api/v1/status",
                headers={"Authorization": f"Bearer {self.token}"},
                timeout=aiohttp.ClientTimeout(total=10),
            ) as response,
        ):
            answer: dict[str, Any] = await response.json()
            return answer


@dataclass(frozen=True)
class Satellite:
    """A running satellite."""

    program: Program
    port: int
    id: str
    key: str


class House:
    """Owns the programs of one house; stops them in order."""

    def __init__(self, folder: Path) -> None:
        """Set the folder for all files."""
        self.folder = folder
        self.answer = folder / "answer.wav"
        self._stack = contextlib.AsyncExitStack()
        self.api: HomeAssistantApi | None = None
        self._home_assistant: Program | None = None

    async def __aenter__(self) -> Self:
        """Return the empty house."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop all programs, the last one first."""
        await self._stack.aclose()

    async def start_server(
        self, *arguments: str, port: int = 0, downloads: bool = False
    ) -> Server:
        """Start the speech server; by itself, it downloads models only if told to."""
        if not downloads:
            arguments = ("--no-download", *arguments)
        data_dir = self.folder / "server"
        program = await Program.start(
            "the speech server",
            command(
                "hearken-server",
                *("--host", HOST, "--port", port, "--http-port", 0),
                *("--data-dir", data_dir, *arguments),
            ),
            self.folder / "logs" / "server.log",
        )
        self._stack.push_async_callback(program.end)
        _, tcp, http = (await program.line(_SERVER_SECONDS)).split()
        return Server(
            program,
            port=int(tcp.rpartition(":")[2]),
            http_port=int(http.rpartition(":")[2]),
            data_dir=data_dir,
        )

    async def start_satellite(
        self,
        microphone: str,
        *arguments: str,
        port: int = 0,
        environment: Mapping[str, str] | None = None,
    ) -> Satellite:
        """Start the satellite with this microphone."""
        data_dir = self.folder / "satellite"
        program = await Program.start(
            "the satellite",
            command(
                "hearken-satellite",
                *("--host", HOST, "--port", port, "--name", SATELLITE_NAME),
                *("--microphone", microphone, "--speaker", f"file:{self.answer}"),
                *("--data-dir", data_dir),
                *arguments,
            ),
            self.folder / "logs" / "satellite.log",
            environment,
        )
        self._stack.push_async_callback(program.end)
        ready = await program.line(_SATELLITE_SECONDS)
        stored = json.loads((data_dir / "satellite.json").read_text())
        port = int(ready.rpartition(":")[2])
        return Satellite(program, port, stored["id"], stored["key"])

    async def start_home_assistant(
        self, *, port: int = 0, hass: Path | None = None, more: str = ""
    ) -> HomeAssistantApi:
        """Start a new Home Assistant and create its owner and rooms.

        ``more`` is added to its configuration.
        """
        config = self.folder / "config"
        port = port or free_port()
        await asyncio.to_thread(configuration.write, config, port, more)
        program = await self._run_home_assistant(hass)
        api = await self._stack.enter_async_context(
            HomeAssistantApi(f"http://{HOST}:{port}")
        )
        await until(
            api.reachable, _HOME_ASSISTANT_SECONDS, "Home Assistant to answer", program
        )
        await api.onboard()
        self.api = api
        await self._furnish(api)
        return api

    async def restart_home_assistant(self, hass: Path | None = None) -> None:
        """Kill Home Assistant, and start it again with what it has stored."""
        assert self.api is not None  # noqa: S101 - started before
        assert self._home_assistant is not None  # noqa: S101 - started before
        await self._home_assistant.end(signal.SIGKILL)
        program = await self._run_home_assistant(hass)
        await until(
            self.api.reachable,
            _HOME_ASSISTANT_SECONDS,
            "Home Assistant to answer",
            program,
        )
        await self.api.reconnect()

    async def _run_home_assistant(self, hass: Path | None) -> Program:
        """Start the program of Home Assistant."""
        program = self._home_assistant = await Program.start(
            "Home Assistant",
            command(
                hass or "hass",
                *("--config", self.folder / "config", "--log-no-color"),
                *("--log-file", self.folder / "logs" / "homeassistant.log"),
            ),
            self.folder / "logs" / "homeassistant.err",
        )
        # SIGTERM stops Home Assistant cleanly, as systemd or Docker would.
        self._stack.push_async_callback(program.end, signal.SIGTERM)
        return program

    async def _furnish(self, api: HomeAssistantApi) -> None:
        """Create the rooms and assign the devices to them."""

        async def devices_are_there() -> bool:
            states = [await api.state(d.entity_id) for d in configuration.DEVICES]
            return all(state not in {None, "unknown"} for state in states)

        # A new Home Assistant already has a few rooms.
        rooms = {
            area["name"]: area["area_id"]
            for area in await api.call("config/area_registry/list")
        }
        for room in configuration.ROOMS:
            if room not in rooms:
                area = await api.call("config/area_registry/create", name=room)
                rooms[room] = area["area_id"]
        await until(devices_are_there, _READY_SECONDS, "the devices")
        for device in configuration.DEVICES:
            await api.call(
                "config/entity_registry/update",
                entity_id=device.entity_id,
                area_id=rooms[device.room],
            )

    async def add_server(self, server: Server, *, with_token: bool = False) -> None:
        """Add the server in Home Assistant as its owner would."""
        token = {"token": server.token} if with_token else {}
        address = {"host": HOST, "port": server.port}
        await self._add({"next_step_id": "server"}, address | token)

    async def add_satellite(self, satellite: Satellite) -> str:
        """Add the satellite and return its entity when it is ready."""
        assert self.api is not None  # noqa: S101 - started before
        api = self.api
        await self._add(
            {"next_step_id": "satellite"},
            {"host": HOST, "port": satellite.port, "key": satellite.key},
        )
        found: list[str] = []

        async def is_there() -> bool:
            for entry in await api.call("config/entity_registry/list"):
                if entry["entity_id"].startswith("assist_satellite."):
                    found[:] = [entry["entity_id"]]
            return bool(found) and await api.state(found[0]) == "idle"

        await until(is_there, _READY_SECONDS, "the satellite's entity")
        return found[0]

    async def _add(self, *steps: dict[str, Any]) -> None:
        assert self.api is not None  # noqa: S101 - started before
        answer = await self.api.flow("hearken", *steps)
        if answer["type"] != "create_entry":
            raise ApiError(f"the integration was not added: {answer}")

    async def pipeline_id(self) -> str:
        """Return the ID of the pipeline that Hearken created."""
        assert self.api is not None  # noqa: S101 - started before
        api = self.api
        found: list[str] = []

        async def is_there() -> bool:
            listed = await api.call("assist_pipeline/pipeline/list")
            found[:] = [p["id"] for p in listed["pipelines"] if p["name"] == "Hearken"]
            return bool(found)

        await until(is_there, _READY_SECONDS, "the pipeline")
        return str(found[0])


async def until(
    condition: Callable[[], Awaitable[bool]],
    limit_seconds: float,
    what: str,
    program: Program | None = None,
) -> None:
    """Wait for a condition as long as the program it depends on is running."""
    end = time.monotonic() + limit_seconds
    while not await condition():
        if program is not None and not program.running:
            raise program.error("ended")
        if time.monotonic() > end:
            msg = f"timeout after {limit_seconds:.0f} s waiting for {what}"
            raise program.error(msg) if program else ProgramError(msg)
        await asyncio.sleep(0.1)


def command(program: str | Path, *arguments: object) -> list[str]:
    """Return a command line; a bare name is a program of the environment."""
    return [str(BIN / program), *map(str, arguments)]


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Return whether a port is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
