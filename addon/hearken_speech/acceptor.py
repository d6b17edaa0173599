"""Accept connections of a port within limits.

A connection costs one file handle until its first byte arrives: there is no buffer, no
task and no handshake for peers that only connect.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import HearkenError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from ssl import SSLContext

    from hearken_speech.connections import Connection, Connections

    type Serve = Callable[[socket.socket, Connection], Awaitable[None]]
    """Serves a connection until it ends, and closes its socket."""

_LOGGER = logging.getLogger(__name__)

BACKLOG: Final = 1024
"""A flood must not make the system drop the first packet of somebody else."""
_BATCH: Final = 4
_EXPIRY_SECONDS: Final = 1.0
_RETRY_SECONDS: Final = 0.2
_CLOSE_SECONDS: Final = 5.0


class ListenError(HearkenError):
    """A program cannot listen on an address."""


def listen_on(host: str, port: int) -> socket.socket:
    """Return a listening socket; raise ListenError if that fails."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(BACKLOG)
    except OSError as err:
        msg = f"cannot listen on {host} port {port}: {err.strerror or err}"
        raise ListenError(msg) from err
    bound.setblocking(False)  # noqa: FBT003 - the method's only form
    return bound


async def open_streams(
    sock: socket.socket,
    *,
    limit: int,
    ssl: SSLContext | None = None,
    handshake_seconds: float | None = None,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return the streams of an accepted socket; raise OSError if TLS fails."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=limit, loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.connect_accepted_socket(
        lambda: protocol, sock, ssl=ssl, ssl_handshake_timeout=handshake_seconds
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


class Acceptor:
    """Accepts the connections of one port and owns their tasks."""

    def __init__(self, connections: Connections, serve: Serve) -> None:
        """Set the places, and what serves a connection from its first byte on."""
        self.connections = connections
        self._serve = serve
        self._tasks: set[asyncio.Task[None]] = set()
        self._silent: dict[socket.socket, Connection] = {}

    async def run(self, listening: socket.socket) -> None:
        """Accept until cancelled; then end all connections."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._accept_all(listening))
                tasks.create_task(self._expire_all())
        finally:
            listening.close()
            await self._close()

    async def _accept_all(self, listening: socket.socket) -> None:
        """Accept connections; others get their turn after each batch."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                self._admit(*await loop.sock_accept(listening))
                for _ in range(_BATCH - 1):
                    self._admit(*listening.accept())
            except BlockingIOError:
                pass  # nobody else is waiting
            except ConnectionError:
                pass  # gone already
            except OSError as err:
                # All file handles are in use; some are freed by the limits.
                _LOGGER.warning("cannot accept a connection: %s", err.strerror)
                await asyncio.sleep(_RETRY_SECONDS)
            await asyncio.sleep(0)

    async def _expire_all(self) -> None:
        """Close connections that have been idle for too long."""
        while True:
            await asyncio.sleep(_EXPIRY_SECONDS)
            self.connections.expire()

    def _admit(self, sock: socket.socket, address: tuple[str, int]) -> None:
        """Wait for the first byte of a connection without a task."""
        sock.setblocking(False)  # noqa: FBT003 - the method's only form
        if _has_hung_up(sock):
            sock.close()
            return
        connection = self.connections.admit(
            str(address[0]), lambda: self._close_silent(sock)
        )
        self._silent[sock] = connection
        asyncio.get_running_loop().add_reader(sock, self._start, sock)

    def _start(self, sock: socket.socket) -> None:
        """Serve a connection whose first byte has arrived."""
        if _has_hung_up(sock):
            self.connections.remove(self._silent[sock])
            self._close_silent(sock)
            return
        asyncio.get_running_loop().remove_reader(sock)
        connection = self._silent.pop(sock)
        connection.is_silent = False
        task = asyncio.create_task(self._run(sock, connection))
        connection.on_close(task.cancel)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _close_silent(self, sock: socket.socket) -> None:
        """Close a connection that has not said anything."""
        asyncio.get_running_loop().remove_reader(sock)
        self._silent.pop(sock, None)
        sock.close()

    async def _run(self, sock: socket.socket, connection: Connection) -> None:
        """Serve a connection until it ends."""
        try:
            await self._serve(sock, connection)
        except OSError as err:
            _LOGGER.debug("connection lost: %s", err)
        except Exception:
            _LOGGER.exception("A connection failed")
        finally:
            self.connections.remove(connection)

    async def _close(self) -> None:
        """End all connections."""
        for sock, connection in list(self._silent.items()):
            self.connections.remove(connection)
            self._close_silent(sock)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait(self._tasks, timeout=_CLOSE_SECONDS)


def _has_hung_up(sock: socket.socket) -> bool:
    """Return whether a peer is gone without having said anything."""
    try:
        return not sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False  # it has not said anything yet
    except OSError:
        return True
