"""Shared code of the control API's WebSockets."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web

WRITE_LIMIT_SECONDS: Final = 10.0
"""Time after which a client that does not read is disconnected."""


async def until_closed(
    socket: web.WebSocketResponse, send: Callable[[], Awaitable[None]]
) -> None:
    """Send until the client disconnects or stops reading."""
    sending = asyncio.ensure_future(send())
    reading = asyncio.ensure_future(_read(socket))
    try:
        done, _ = await asyncio.wait(
            {sending, reading}, return_when=asyncio.FIRST_COMPLETED
        )
        for task in done:
            # The client is gone, or as good as gone.
            with contextlib.suppress(OSError, TimeoutError):
                task.result()
    finally:
        sending.cancel()
        reading.cancel()
        await asyncio.gather(sending, reading, return_exceptions=True)


async def _read(socket: web.WebSocketResponse) -> None:
    """Ignore what the client sends until it disconnects."""
    async for _message in socket:
        pass
