"""A cable between Home Assistant and a satellite, which can be cut."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Self

_MOST_BYTES = 65_536


class Cable:
    """Forwards connections to a port; while it is cut, nothing arrives at all.

    Nobody is told: as with a real cable, both ends have to notice the silence.
    """

    def __init__(self, host: str, port: int) -> None:
        """Lead to this port."""
        self._target = (host, port)
        self._whole = asyncio.Event()
        self._whole.set()
        self._server: asyncio.Server | None = None
        self._pairs: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._connected, self._target[0], 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close everything."""
        assert self._server is not None
        self._server.close()
        for pair in self._pairs:
            pair.cancel()
        await asyncio.gather(*self._pairs, return_exceptions=True)

    @property
    def port(self) -> int:
        """The port of this end."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def cut(self) -> None:
        """Cut the cable."""
        self._whole.clear()

    def mend(self) -> None:
        """Mend it; what was on its way arrives late."""
        self._whole.set()

    async def _connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        pair = asyncio.create_task(self._forward(reader, writer))
        self._pairs.add(pair)
        pair.add_done_callback(self._pairs.discard)

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Forward one connection, both ways, until one end closes it."""
        await self._whole.wait()
        with contextlib.suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            ways = [
                asyncio.create_task(self._pump(reader, far_writer)),
                asyncio.create_task(self._pump(far_reader, writer)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
                far_writer.close()
        writer.close()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_MOST_BYTES):
                await self._whole.wait()
                writer.write(data)
                await writer.drain()
            await self._whole.wait()
