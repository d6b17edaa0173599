"""The port of the control API: places for its connections, and time limits."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final, override

from aiohttp import web

from hearken_speech.connections import ConnectionLimits

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from hearken_speech.connections import Connection, Connections

LIMITS: Final = ConnectionLimits(trusted=64)
_KEEP_ALIVE_SECONDS: Final = 75.0
_LINGER_SECONDS: Final = 1.0
_CLOSE_SECONDS: Final = 5.0


class ControlPort:
    """Serves the control API on accepted sockets.

    A connection is trusted once it has sent a request with the token. Others get one
    answer, and are closed.
    """

    def __init__(
        self,
        connections: Connections,
        make_app: Callable[[ControlPort], web.Application],
    ) -> None:
        """Set the places and the application."""
        self._connections = connections
        self._by_transport: dict[asyncio.BaseTransport, Connection] = {}
        self._runner = web.AppRunner(
            make_app(self),
            access_log=None,
            keepalive_timeout=_KEEP_ALIVE_SECONDS,
            lingering_time=_LINGER_SECONDS,
        )

    async def start(self) -> None:
        """Start the application."""
        await self._runner.setup()

    async def serve(self, sock: socket.socket, connection: Connection) -> None:
        """Serve a connection until it ends."""
        server = self._runner.server
        assert server is not None  # noqa: S101 - set up by start
        protocol = _Watched(server(), connection)
        transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
            lambda: protocol, sock
        )
        self._by_transport[transport] = connection
        try:
            await protocol.ended.wait()
        finally:
            del self._by_transport[transport]
            transport.abort()

    def trust(self, request: web.Request) -> None:
        """Give the connection of a request with the token a place of its own."""
        if request.transport is not None:
            self._connections.trust(self._by_transport[request.transport])

    async def close(self) -> None:
        """Stop the application; open connections get a moment to end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._runner.cleanup()


class _Watched(asyncio.Protocol):
    """Passes everything on to aiohttp, and notes the end of the connection."""

    def __init__(self, inner: asyncio.Protocol, connection: Connection) -> None:
        """Set aiohttp's protocol and the place of the connection."""
        self._inner = inner
        self._connection = connection
        self.ended = asyncio.Event()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Pass on the transport."""
        self._inner.connection_made(transport)

    @override
    def data_received(self, data: bytes) -> None:
        """Pass on bytes; those of a trusted peer show that it is there."""
        self._connection.touch()
        self._inner.data_received(data)

    @override
    def eof_received(self) -> bool | None:
        """Pass on the end of what the peer sends."""
        return self._inner.eof_received()

    @override
    def pause_writing(self) -> None:
        """Pass on that the peer reads too slowly."""
        self._inner.pause_writing()

    @override
    def resume_writing(self) -> None:
        """Pass on that the peer reads again."""
        self._inner.resume_writing()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end."""
        self._inner.connection_lost(exc)
        self.ended.set()
