"""Gives the pairing key to a Home Assistant whose owner knows the code."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from wyoming.error import Error

from hearken_speech import wire
from hearken_speech.errors import HearkenError
from hearken_speech.protocol import ErrorCode, code

if TYPE_CHECKING:
    import ssl

    from wyoming.event import Eventable

    from hearken_speech.satellite.codes import CodeStore

_LOGGER = logging.getLogger(__name__)

_LIMIT_SECONDS: Final = 15.0
_PAUSE_SECONDS: Final = 1.0
"""Pause before each answer, so that codes cannot be tried in quick succession."""


class CodePairing:
    """Serves connections that want to pair with a code, one at a time."""

    def __init__(self, codes: CodeStore, key: str) -> None:
        """Give away this key for a code of the store."""
        self._codes = codes
        self._key = key
        self._context = code.server_context()
        self._lock = asyncio.Lock()

    def offer_in(self, context: ssl.SSLContext) -> None:
        """Let clients of this TLS context ask for pairing with a code by its name."""

        def choose(
            connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext
        ) -> None:
            """Choose the context by the name that the client asks for."""
            if name == code.SERVER_NAME:
                connection.context = self._context

        context.sni_callback = choose

    def is_wanted_by(self, writer: asyncio.StreamWriter) -> bool:
        """Return whether a connection asked for pairing with a code."""
        connection = writer.get_extra_info("ssl_object")
        return connection is not None and connection.context is self._context

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve one connection, unless another one is being served."""
        if self._lock.locked():
            return
        async with self._lock:
            try:
                async with asyncio.timeout(_LIMIT_SECONDS):
                    await self._exchange(wire.EventReader(reader), writer)
            except (TimeoutError, OSError, ValueError, HearkenError) as err:
                _LOGGER.info("pairing ended: %s", err or "no answer in time")

    async def _exchange(
        self, events: wire.EventReader, writer: asyncio.StreamWriter
    ) -> None:
        """Exchange the key for proof that the other end knows the code."""
        await asyncio.sleep(_PAUSE_SECONDS)
        shown = await asyncio.to_thread(self._codes.use_try)
        if shown is None:
            await self._refuse(writer, "no code is shown")
            return
        server = await asyncio.to_thread(code.CodeServer, shown)
        try:
            await asyncio.to_thread(server.answer, await _read(events))
            await self._send(writer, code.Pair(data=server.message))
            sealed = server.seal(await _read(events), self._key)
        except code.WrongCodeError:
            await self._refuse(writer, "wrong code")
            return
        await asyncio.to_thread(self._codes.forget)
        _LOGGER.info("paired by code")
        await self._send(writer, code.Pair(data=sealed))

    async def _refuse(self, writer: asyncio.StreamWriter, reason: str) -> None:
        """Tell the other end why it is not paired."""
        _LOGGER.warning("not paired: %s", reason)
        await self._send(writer, Error(text=reason, code=ErrorCode.BAD_REQUEST))

    async def _send(self, writer: asyncio.StreamWriter, event: Eventable) -> None:
        """Send one event."""
        await wire.write_event(writer, event.event())


async def _read(events: wire.EventReader) -> bytes:
    """Return the data of the next step; raise ValueError if it is none."""
    event = await events.read()
    if event is None or not code.Pair.is_type(event.type):
        msg = "the other end does not pair"
        raise ValueError(msg)
    return code.Pair.from_event(event).data
