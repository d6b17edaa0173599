"""Test the satellite of the Wyoming project with the assistant that Hearken creates.

Its own program, from the package index, and Home Assistant's own integration.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio

from house import sound
from house.audio_server import MICROPHONE, SPEAKER
from house.house import HOST, House, free_port, until
from house.processes import BIN, Program
from house.real_audio import RealAudio, real_audio
from house.runs import Runs
from tests.end_to_end.conftest import SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

    from house.api import HomeAssistantApi

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.end_to_end,
    pytest.mark.long,
]

PACKAGES: Final = (
    "wyoming-satellite==1.0.0",
    "wyoming==1.4.1",
    "pyring-buffer==1.0.0",
    "zeroconf",
)
RAW: Final = "--raw --channels=1 --format=s16le --latency-msec=50"
LIGHT: Final = "light.kitchen"
ATTEMPTS: Final = 3
"""A machine that is busy with other things loses sound in real time."""


@dataclass
class Room:
    """A satellite that hears a virtual room, and is heard at its speaker."""

    api: HomeAssistantApi
    audio: RealAudio
    runs: Runs
    server_port: int

    async def say(self, text: str) -> str | None:
        """Say a command; return what the speaker said, None if nobody heard it."""
        async with self.audio.speaking(sound.command(text)):
            command = await self.runs.wait(SECONDS, SECONDS)
            # The protocol does not say when the answer has been heard.
            await asyncio.sleep(4)
        if command is None:
            return None
        return (await self.audio.understood(self.server_port)).lower()


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Python that has the program; skip where it cannot be had."""
    return asyncio.run(_installed(tmp_path_factory.mktemp("environment")))


async def _installed(folder: Path) -> Path:
    python = folder / "bin" / "python"
    create = ("venv", "--quiet", "--clear", "--python", sys.executable, folder)
    install = ("pip", "install", "--quiet", "--no-deps", "--python", python, *PACKAGES)
    for arguments in (create, install):
        process = await asyncio.create_subprocess_exec(
            BIN / "uv", *arguments, stderr=asyncio.subprocess.PIPE
        )
        _, errors = await process.communicate()
        if process.returncode:
            pytest.skip(f"wyoming-satellite cannot be installed: {errors.decode()}")
    return python


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def room(
    tmp_path_factory: pytest.TempPathFactory, python: Path
) -> AsyncGenerator[Room]:
    """Return a room with this satellite, whose assistant is Hearken's."""
    folder = tmp_path_factory.mktemp("room")
    async with (
        real_audio(folder / "audio", folder / "answer.wav") as audio,
        House(folder) as house,
    ):
        server = await house.start_server()
        api = await house.start_home_assistant()
        await house.add_server(server)
        pipeline_id = await house.pipeline_id()
        port = free_port()
        async with _satellite(folder, python, audio, port):
            await _added(api, port)
        # This version does not go on by itself when its assistant was changed.
        async with _satellite(folder, python, audio, port):
            yield Room(api, audio, Runs(api, pipeline_id), server.port)


@asynccontextmanager
async def _satellite(
    folder: Path, python: Path, audio: RealAudio, port: int
) -> AsyncIterator[None]:
    """Run the program, which streams everything it hears."""
    program = await Program.start(
        "wyoming-satellite",
        [
            *(python, "-m", "wyoming_satellite", "--name", "Kitchen"),
            *("--uri", f"tcp://{HOST}:{port}", "--no-zeroconf", "--debug"),
            *("--mic-command", f"parec {RAW} --rate=16000 --device={MICROPHONE}"),
            *("--snd-command", f"pacat {RAW} --rate=22050 --device={SPEAKER}"),
        ],
        folder / "logs" / "wyoming.log",
        audio.environment,
    )
    try:
        yield
    finally:
        await program.end()


async def _added(api: HomeAssistantApi, port: int) -> None:
    """Add the satellite to Home Assistant, and choose its assistant."""
    chosen: list[str] = []

    async def is_ready() -> bool:
        chosen[:] = [
            entry["entity_id"]
            for entry in await api.call("config/entity_registry/list")
            if (entry["platform"], entry["translation_key"]) == ("wyoming", "pipeline")
        ]
        return bool(chosen) and await api.state(chosen[0]) is not None

    async def is_added() -> bool:
        answer = await api.flow("wyoming", {"host": HOST, "port": port})
        return bool(answer["type"] == "create_entry")

    await until(is_added, SECONDS, "the satellite to be added")
    await until(is_ready, SECONDS, "the satellite's entities")
    select = {"entity_id": chosen[0]}
    await api.act("select", "select_option", select, option="Hearken")


async def test_the_satellite_of_the_wyoming_project(room: Room) -> None:
    """The light turns on, and the answer comes out of its speaker."""
    for _ in range(ATTEMPTS):
        answer = await room.say("turn on the kitchen light")
        if answer and "kitchen" in answer:
            break
    else:
        pytest.fail(f"the last answer was {answer!r}")
    assert await room.api.state(LIGHT) == "on"
