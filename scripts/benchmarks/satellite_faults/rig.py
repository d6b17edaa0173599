"""A house with a satellite, whose parts can fail one by one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from benchmarks.satellite_faults.cable import Cable
from house.audio_server import MICROPHONE, SPEAKER, audio_server
from house.house import HOST, SATELLITE_NAME, House, Satellite, Server, free_port
from house.processes import Program

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from house.api import HomeAssistantApi
    from house.audio_server import AudioServer

LIMIT_SECONDS: Final = 90.0
_READY_SECONDS: Final = 60.0


@dataclass
class Rig:
    """The house, and what its satellite shows."""

    folder: Path
    house: House
    api: HomeAssistantApi
    audio: AudioServer
    server: Server
    program: Program
    cable: Cable
    entity: str
    stt: str
    device_id: str
    pipeline_id: str
    hook: asyncio.StreamWriter
    states: list[tuple[float, str]] = field(default_factory=list)
    """What the light showed, and since when."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def log(self) -> str:
        """Return what the satellite has logged."""
        return await asyncio.to_thread(self.program.log.read_text, errors="replace")

    def set_clock(self, shift_seconds: float) -> None:
        """Set the satellite's wall clock."""
        (self.folder / "shift").write_text(str(shift_seconds))

    def press(self) -> None:
        """Press the button of the satellite."""
        self.hook.write(b"action\n")

    async def shows(self, *states: str, limit_seconds: float = LIMIT_SECONDS) -> float:
        """Wait until the light shows one of these; return since when."""
        async with asyncio.timeout(limit_seconds):
            while not self.states or self.states[-1][1] not in states:
                self.changed.clear()
                await self.changed.wait()
        return self.states[-1][0]

    async def is_ready(self) -> bool:
        """Tell whether Home Assistant says that satellite and server are there."""
        with contextlib.suppress(Exception):
            satellite, stt = await asyncio.gather(
                self.api.state(self.entity), self.api.state(self.stt)
            )
            return satellite == "idle" and stt not in {None, "unavailable"}
        return False

    async def set_timer(self, seconds: int) -> None:
        """Set a timer at the satellite, as somebody in the room would."""
        await self.api.call(
            "assist_pipeline/run",
            pipeline=self.pipeline_id,
            start_stage="intent",
            end_stage="intent",
            input={"text": f"set a timer for {seconds} seconds"},
            device_id=self.device_id,
        )

    async def follow_hook(self, reader: asyncio.StreamReader) -> None:
        """Note what the satellite shows."""
        while line := await reader.readline():
            event: dict[str, Any] = json.loads(line)
            if event["event"] == "state":
                self.states.append((time.monotonic(), str(event["state"])))
                self.changed.set()


@contextlib.asynccontextmanager
async def rig(folder: Path) -> AsyncIterator[Rig]:
    """Furnish a house in this folder."""
    async with contextlib.AsyncExitStack() as stack:
        audio = stack.enter_context(audio_server(folder / "audio"))
        house = await stack.enter_async_context(House(folder))
        server = await house.start_server("--http-port", str(free_port()))
        api = await house.start_home_assistant()
        await house.add_server(server)
        pipeline_id = await house.pipeline_id()
        program, satellite = await _start_satellite(folder, audio)
        stack.push_async_callback(program.end)
        cable = await stack.enter_async_context(Cable(HOST, satellite.port))
        entity = await house.add_satellite(replace(satellite, port=cable.port))
        entries = await api.call("config/entity_registry/list")
        reader, hook = await asyncio.open_unix_connection(folder / "events")
        made = Rig(
            folder=folder,
            house=house,
            api=api,
            audio=audio,
            server=server,
            program=program,
            cable=cable,
            entity=entity,
            stt=next(
                each["entity_id"]
                for each in entries
                if each["platform"] == "hearken"
                and each["entity_id"].startswith("stt.")
            ),
            device_id=next(
                each["device_id"] for each in entries if each["entity_id"] == entity
            ),
            pipeline_id=pipeline_id,
            hook=hook,
        )
        following = asyncio.create_task(made.follow_hook(reader))
        stack.callback(following.cancel)
        await made.shows("waiting")
        yield made


async def _start_satellite(
    folder: Path, audio: AudioServer
) -> tuple[Program, Satellite]:
    """Start a satellite with real sound devices, and a clock that can be set."""
    data_dir = folder / "satellite"
    program = await Program.start(
        "the satellite",
        [
            *(sys.executable, "-m", "benchmarks.satellite_faults.jumping"),
            *(str(folder / "shift"), "--host", HOST, "--port", "0"),
            *("--name", SATELLITE_NAME, "--no-announce", "--wake", "device"),
            *("--microphone", f"device:{MICROPHONE}", "--speaker", f"device:{SPEAKER}"),
            *("--hook-socket", str(folder / "events"), "--data-dir", str(data_dir)),
        ],
        folder / "logs" / "satellite.log",
        audio.environment,
    )
    ready = await program.line(_READY_SECONDS)
    stored = json.loads((data_dir / "satellite.json").read_text())
    port = int(ready.rpartition(":")[2])
    return program, Satellite(program, port, stored["id"], stored["key"])
