"""The port of the control API: places for its connections, and time limits."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, Final, cast, override

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from hearken_speech.connections import ConnectionLimits

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from hearken_speech.connections import Connection, Connections

LIMITS: Final = ConnectionLimits(trusted=64)
_KEEP_ALIVE_SECONDS: Final = 75.0
_LINGER_SECONDS: Final = 1.0
_CLOSE_SECONDS: Final = 5.0
_END_OF_HEADERS: Final = b"\r\n\r\n"
_MAX_HEADERS_BYTES: Final = 16 * 1024
_MAX_HELD_BYTES: Final = 512 * 1024
"""More than the system passes on at once, after which nothing is read."""

_LOGGER = logging.getLogger(__name__)


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
        self._by_transport: dict[asyncio.BaseTransport, _Watched] = {}
        self._runner = web.AppRunner(
            make_app(self),
            logger=_FailureLog(_LOGGER),
            access_log=None,
            # A few kilobytes would become gigabytes before any limit applies.
            auto_decompress=False,
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
        self._by_transport[transport] = protocol
        try:
            await protocol.ended.wait()
        finally:
            del self._by_transport[transport]
            transport.abort()

    def trust(self, request: web.Request) -> None:
        """Give the connection of a request with the token a place of its own."""
        if request.transport is not None:
            protocol = self._by_transport[request.transport]
            self._connections.trust(protocol.connection)
            protocol.release()

    async def close(self) -> None:
        """Stop the application; open connections get a moment to end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._runner.cleanup()


class _FailureLog(logging.LoggerAdapter[logging.Logger]):
    """Logs requests that are no HTTP as what they are: nothing of ours failed."""

    @override
    def exception(
        self, msg: object, *args: object, exc_info: Any = True, **kwargs: Any
    ) -> None:
        """Log an error with its traceback, unless the peer made it."""
        if isinstance(exc_info, HttpProcessingError):
            self.warning("no HTTP request: %s", exc_info.message, **kwargs)
        else:
            super().exception(msg, *args, exc_info=exc_info, **kwargs)


class _Watched(asyncio.Protocol):
    """Passes everything on to aiohttp, and notes the end of the connection.

    Of a peer that has not shown the token, only the headers of one request are read:
    to parse what follows them takes time.
    """

    def __init__(self, inner: asyncio.Protocol, connection: Connection) -> None:
        """Set aiohttp's protocol and the place of the connection."""
        self._inner = inner
        self.connection = connection
        self._transport: asyncio.Transport | None = None
        self._headers = bytearray()
        self._held = bytearray()
        """What followed the headers of the first request."""
        self.ended = asyncio.Event()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Pass on the transport."""
        # A socket's transport is bidirectional, but typed as a base.
        self._transport = cast("asyncio.Transport", transport)
        self._inner.connection_made(transport)

    @override
    def data_received(self, data: bytes) -> None:
        """Pass on bytes; those of a trusted peer show that it is there."""
        self.connection.touch()
        if not self.connection.is_trusted:
            data = self._of_headers(data)
        if data:
            self._inner.data_received(data)

    def _of_headers(self, data: bytes) -> bytes:
        """Return what belongs to the first headers, and hold back the rest."""
        assert self._transport is not None  # noqa: S101 - there is data of it
        known, count = len(self._headers), 0
        if _END_OF_HEADERS not in self._headers:
            self._headers += data
            end = self._headers.find(
                _END_OF_HEADERS, max(0, known - len(_END_OF_HEADERS))
            )
            if end < 0 and len(self._headers) <= _MAX_HEADERS_BYTES:
                return data
            count = end + len(_END_OF_HEADERS) - known
            if end < 0 or end > _MAX_HEADERS_BYTES:
                self._transport.abort()
                return b""
            self._transport.pause_reading()
        self._held += data[count:]
        if len(self._held) > _MAX_HELD_BYTES:
            self._transport.abort()
        return data[:count]

    def release(self) -> None:
        """Pass on what was held back: the peer knows the token."""
        held, self._held = bytes(self._held), bytearray()
        assert self._transport is not None  # noqa: S101 - there was a request
        self._transport.resume_reading()
        if held:
            self._inner.data_received(held)

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
