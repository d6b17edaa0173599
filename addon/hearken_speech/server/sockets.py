"""What WebSockets of the control API have in common."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web

WRITE_LIMIT_SECONDS: Final = 10.0
"""A peer that takes nothing for so long is given up."""


async def until_closed(
    socket: web.WebSocketResponse, send: Callable[[], Awaitable[None]]
) -> None:
    """Send until the other end goes away, or takes nothing more."""
    sending = asyncio.ensure_future(send())
    reading = asyncio.ensure_future(_read(socket))
    try:
        done, _ = await asyncio.wait(
            {sending, reading}, return_when=asyncio.FIRST_COMPLETED
        )
        for task in done:
            # The other end is gone, or as good as gone.
            with contextlib.suppress(OSError, TimeoutError):
                task.result()
    finally:
        sending.cancel()
        reading.cancel()
        await asyncio.gather(sending, reading, return_exceptions=True)


async def _read(socket: web.WebSocketResponse) -> None:
    """Take no notice of what the other end says, until it goes."""
    async for _message in socket:
        pass
