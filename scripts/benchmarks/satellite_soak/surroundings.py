"""What a satellite has around it: a room, a button, and a Home Assistant."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final, Self

from benchmarks.satellite_soak.home import Home, home
from house.processes import ProgramError

if TYPE_CHECKING:
    from pathlib import Path

    from house.audio_server import AudioServer

_LIMIT_SECONDS: Final = 30.0
_LOG_LINES: Final = 12


class Surroundings:
    """A room, a button, and a Home Assistant that is connected."""

    home: Home

    def __init__(self, audio: AudioServer, port: int, folder: Path) -> None:
        """Surround the satellite at this port, whose files are in the folder."""
        self.audio = audio
        self.port = port
        stored = json.loads((folder / "data" / "satellite.json").read_text())
        self.key = str(stored["key"])
        self._log = folder / "log"
        self._socket = folder / "events"
        self._connection = AsyncExitStack()
        self._hook: asyncio.StreamWriter | None = None
        self._changed = asyncio.Event()
        self.light = ""
        """What the light shows."""

    async def __aenter__(self) -> Self:
        """Connect."""
        async with asyncio.timeout(_LIMIT_SECONDS):
            while not self._socket.exists():  # noqa: ASYNC110 - another program's
                await asyncio.sleep(0.05)
        reader, self._hook = await asyncio.open_unix_connection(self._socket)
        self._following = asyncio.create_task(self._follow_hook(reader))
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave."""
        self._following.cancel()
        await self._connection.aclose()

    async def connect(self) -> None:
        """Connect anew; the newest connection wins."""
        earlier, self._connection = self._connection, AsyncExitStack()
        self.home = await self._connection.enter_async_context(
            home(self.port, self.key)
        )
        await earlier.aclose()

    async def shows(self, light: str) -> None:
        """Wait until the light shows this."""
        async with asyncio.timeout(_LIMIT_SECONDS):
            while self.light != light:
                self._changed.clear()
                await self._changed.wait()

    def press(self, button: str = "action") -> None:
        """Press a button."""
        assert self._hook is not None
        self._hook.write(f"{button}\n".encode())

    def log_tail(self) -> str:
        """Return the end of the log."""
        lines = self._log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-_LOG_LINES:])

    def times_logged(self, text: str) -> int:
        """Return how often the log has a text."""
        return self._log.read_text(errors="replace").count(text)

    async def logged(self, text: str, count: int) -> None:
        """Wait until the log has a text more than so often."""
        end = time.monotonic() + _LIMIT_SECONDS
        while self.times_logged(text) <= count:
            if time.monotonic() > end:
                raise ProgramError(f"the satellite never says: {text}")
            await asyncio.sleep(0.05)

    async def _follow_hook(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            event: dict[str, Any] = json.loads(line)
            if event["event"] == "state":
                self.light = str(event["state"])
                self._changed.set()
