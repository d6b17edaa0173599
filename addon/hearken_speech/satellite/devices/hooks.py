"""Hooks: a command for each event, and a local socket for programs that watch."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import shlex
import socket
from typing import TYPE_CHECKING, Any, Final, override

from .hardware import Press, forever
from .quiet import QuietPart

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .hardware import Presses

_LOGGER = logging.getLogger(__name__)

_MAX_WAITING: Final = 16
_COMMAND_SECONDS: Final = 10.0
_MAX_CLIENTS: Final = 8
_MAX_LINE_BYTES: Final = 1024
_SEND_SECONDS: Final = 2.0


class HookCommand(QuietPart):
    """Runs a command for each event, one at a time."""

    def __init__(self, command: str) -> None:
        """Run this command line, followed by the event; details are in its input."""
        self._command = shlex.split(command)
        self._waiting: asyncio.Queue[tuple[str, Mapping[str, Any]]] = asyncio.Queue(
            _MAX_WAITING
        )

    @override
    def tell(self, event: str, details: Mapping[str, Any]) -> None:
        """Queue an event; the oldest is dropped when the command is too slow."""
        if self._waiting.full():
            self._waiting.get_nowait()
        self._waiting.put_nowait((event, details))

    @override
    async def run(self, presses: Presses) -> None:
        """Run the command for each event until cancelled."""
        while True:
            event, details = await self._waiting.get()
            try:
                await self._call(event, details)
            except OSError as err:
                _LOGGER.warning("the hook %s failed: %s", self._command[0], err)

    async def _call(self, event: str, details: Mapping[str, Any]) -> None:
        """Run the command once; kill it when it takes too long."""
        process = await asyncio.create_subprocess_exec(
            *self._command,
            event,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(_COMMAND_SECONDS):
                await process.communicate(json.dumps(details).encode())
        except TimeoutError:
            _LOGGER.warning("the hook %s takes too long", self._command[0])
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()


class _Watcher:
    """A program at the socket.

    Events go out beside its stream: what can no longer be sent would end the stream,
    and with it what a program asked for before it left.
    """

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        """Send to the program at the other end."""
        self._writer = writer
        self._socket: socket.socket = writer.get_extra_info("socket").dup()

    def send(self, line: bytes) -> None:
        """Send a line; a program that does not read is not waited for."""
        with contextlib.suppress(OSError):
            self._socket.send(line, socket.MSG_DONTWAIT)

    def close(self) -> None:
        """End the connection."""
        self._socket.close()
        self._writer.close()


class HookSocket(QuietPart):
    """A local socket: events go out as lines of JSON, presses come in as words.

    Whoever connects is told the last state first. Only the user of the satellite and
    its group may connect.
    """

    def __init__(self, path: Path) -> None:
        """Listen on this path."""
        self._path = path
        self._clients: set[_Watcher] = set()
        self._last = b""

    @override
    def tell(self, event: str, details: Mapping[str, Any]) -> None:
        """Send an event to everyone who is connected."""
        line = json.dumps({"event": event, **details}).encode() + b"\n"
        if event == "state":
            self._last = line
        for client in self._clients:
            client.send(line)

    @override
    async def run(self, presses: Presses) -> None:
        """Serve until cancelled; log why there is no socket if that fails."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.unlink(missing_ok=True)
            server = await asyncio.start_unix_server(
                lambda reader, writer: self._serve(reader, writer, presses),
                self._path,
                limit=_MAX_LINE_BYTES,
            )
            self._path.chmod(0o660)
        except OSError as err:
            _LOGGER.warning("no hook socket: %s", err)
            return
        try:
            await forever()
        finally:
            server.close()
            for client in list(self._clients):
                client.close()
            self._path.unlink(missing_ok=True)

    async def _serve(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        presses: Presses,
    ) -> None:
        """Read presses of one program until it leaves."""
        if len(self._clients) >= _MAX_CLIENTS:
            writer.close()
            return
        client = _Watcher(writer)
        self._clients.add(client)
        try:
            client.send(self._last)
            # ValueError: a line that is too long.
            with contextlib.suppress(OSError, ValueError):
                while line := await reader.readline():
                    word = line.decode(errors="replace").strip()
                    if word in set(Press):
                        presses.put(Press(word))
                    else:
                        _LOGGER.warning("the hook socket got %r", word[:40])
        finally:
            self._clients.discard(client)
            client.close()
