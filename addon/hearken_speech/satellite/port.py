"""The satellite's port: only peers that know the key get through, within limits.

A handshake costs a quarter of a megabyte, so few are under way at a time. One address
that opens many of them takes their places from itself.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from math import inf
from typing import TYPE_CHECKING, Final

from hearken_speech import memory, wire
from hearken_speech.acceptor import Acceptor, open_streams
from hearken_speech.connections import ConnectionLimits, Connections

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable
    from ssl import SSLContext

    from hearken_speech.connections import Connection

    type Connected = Callable[
        [asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]
    ]

_LOGGER = logging.getLogger(__name__)

LIMITS: Final = ConnectionLimits(
    new=32,
    trusted=32,
    new_seconds=10.0,
    # A link ends itself when nothing is heard any more.
    trusted_seconds=inf,
)
_REPORT_SECONDS: Final = 60.0
_COLLECT_SECONDS: Final = 1.0


class SatellitePort:
    """Accepts connections, and passes on those whose handshake succeeds."""

    def __init__(
        self,
        context: SSLContext,
        connected: Connected,
        limits: ConnectionLimits = LIMITS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Serve peers that prove to know the key of the context."""
        self._context = context
        self._connected = connected
        self._limits = limits
        self._refusals = RefusalLog(clock)
        self.connections = Connections(limits)
        self._acceptor = Acceptor(self.connections, self._serve)
        self._ended = asyncio.Event()

    async def run(self, listening: socket.socket) -> None:
        """Accept until cancelled; then end all connections."""
        collecting = asyncio.create_task(self._collect())
        try:
            await self._acceptor.run(listening)
        finally:
            collecting.cancel()

    async def _collect(self) -> None:
        """Free what ended connections have left: a quarter of a megabyte each."""
        while True:
            await self._ended.wait()
            await asyncio.sleep(_COLLECT_SECONDS)
            self._ended.clear()
            memory.collect()

    async def _serve(self, sock: socket.socket, connection: Connection) -> None:
        """Serve a peer that knows the key."""
        try:
            await self._shake_hands(sock, connection)
        finally:
            self._ended.set()

    async def _shake_hands(self, sock: socket.socket, connection: Connection) -> None:
        """Serve a peer once its handshake succeeds."""
        try:
            reader, writer = await open_streams(
                sock,
                limit=wire.MAX_LINE_BYTES,
                ssl=self._context,
                handshake_seconds=self._limits.new_seconds,
            )
        except OSError:
            self._refusals.add(connection.address)
            return
        except asyncio.CancelledError:
            self._refusals.add(connection.address)
            sock.close()
            raise
        self.connections.trust(connection)
        await self._connected(reader, writer)


class RefusalLog:
    """Counts failed handshakes, and logs them once a minute at most."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start without refusals."""
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._logged_at = -inf

    def add(self, address: str) -> None:
        """Count a failed handshake."""
        if address in self._counts or len(self._counts) < LIMITS.new:
            self._counts[address] += 1
        now = self._clock()
        if now - self._logged_at < _REPORT_SECONDS:
            return
        self._logged_at = now
        for refused, count in self._counts.most_common(3):
            _LOGGER.warning("refused %d handshakes of %s", count, refused)
        self._counts.clear()
