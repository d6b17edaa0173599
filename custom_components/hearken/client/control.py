"""The speech server's control API: how it is doing, and what can be changed."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
    ClientWSTimeout,
    WSMessage,
    WSMsgType,
    WSServerHandshakeError,
)

from ..const import (
    CLOSE_TIMEOUT_SECONDS,
    CONNECT_TIMEOUT_SECONDS,
    CONTROL_TIMEOUT_SECONDS,
    LIVE_SILENCE_SECONDS,
    MAX_DATA_BYTES,
    MODEL_TIMEOUT_SECONDS,
)
from ..errors import (
    BadEventError,
    ControlUnreachableError,
    HearkenError,
    InvalidTokenError,
    ProtocolVersionError,
    RequestRefusedError,
)
from ..protocol import ControlPath, ErrorCode, LiveKey, LiveType, ModelKey
from .status import ServerModel, ServerStatus, read_models, read_status

_UNAUTHORIZED = 401
_NOT_FOUND = 404
_CLIENT_ERROR = 400
_MAX_REASON_CHARACTERS = 300


class LiveConnection:
    """Messages from the server, as they come."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        """Take over an open WebSocket."""
        self._socket = socket

    async def read(self) -> ServerStatus | dict[str, Any]:
        """Return the next status or event; raise BadEventError for nonsense."""
        message = await self._receive()
        if message.type is WSMsgType.BINARY:
            msg = "bytes where a message should be"
            raise BadEventError(msg)
        if message.type is not WSMsgType.TEXT:
            msg = "the server closed the connection"
            if isinstance(message.data, Exception):
                msg = str(message.data)
            raise ControlUnreachableError(msg)
        data = _parsed(message.data)
        if isinstance(data, dict):
            if data.get(LiveKey.TYPE) == LiveType.STATUS:
                return read_status(data.get(LiveKey.STATUS))
            event = data.get(LiveKey.EVENT)
            if data.get(LiveKey.TYPE) == LiveType.EVENT and isinstance(event, dict):
                return event
        msg = "a message that is neither status nor event"
        raise BadEventError(msg)

    async def _receive(self) -> WSMessage:
        """Return the next message; ask a silent server whether it still is there."""
        is_asked = False
        while True:
            try:
                message = await self._socket.receive(timeout=LIVE_SILENCE_SECONDS)
            except TimeoutError as err:
                if is_asked:
                    msg = "the server says nothing any more"
                    raise ControlUnreachableError(msg) from err
                is_asked = True
                await self._send(self._socket.ping)
                continue
            if message.type is WSMsgType.PING:
                await self._send(self._socket.pong, message.data)
            elif message.type is not WSMsgType.PONG:
                return message
            is_asked = False

    async def _send(self, send: Callable[..., Awaitable[None]], *data: bytes) -> None:
        """Send a sign of life."""
        try:
            async with asyncio.timeout(LIVE_SILENCE_SECONDS):
                await send(*data)
        except (ClientError, OSError, TimeoutError) as err:
            raise ControlUnreachableError(str(err) or "no room to send") from err


class ControlClient:
    """Talks to the control API of one server."""

    def __init__(
        self, session: ClientSession, host: str, port: int, token: str
    ) -> None:
        """Talk to the server there."""
        self._session = session
        name = f"[{host}]" if ":" in host else host
        self._base = f"http://{name}:{port}"
        self._headers = {"Authorization": f"Bearer {token}"}

    async def status(self) -> ServerStatus:
        """Return how the server is doing; raise if it is of another version."""
        try:
            return read_status(await self._ask("GET", ControlPath.STATUS))
        except RequestRefusedError as err:
            raise _too_old(str(err)) from err

    async def models(self) -> tuple[ServerModel, ...]:
        """Return the speech models that the server has or could have."""
        return read_models(await self._ask("GET", ControlPath.MODELS))

    async def use_model(self, name: str) -> None:
        """Put a speech model to use; one that is not there yet is fetched first."""
        await self._ask(
            "POST",
            ControlPath.USE_MODEL.of(name),
            body={ModelKey.DOWNLOAD: True},
            limit_seconds=MODEL_TIMEOUT_SECONDS,
        )

    async def choose_model(self, languages: Sequence[str]) -> None:
        """Have the server choose the best model for these languages, and fetch it."""
        await self._ask(
            "POST",
            ControlPath.CHOOSE_MODEL,
            body={ModelKey.LANGUAGES: list(languages)},
        )

    async def cancel_download(self, name: str) -> None:
        """Stop fetching a speech model."""
        await self._ask("POST", ControlPath.CANCEL_DOWNLOAD.of(name))

    async def reset_statistics(self) -> None:
        """Have the server begin to count anew."""
        await self._ask("POST", ControlPath.RESET_STATISTICS)

    @asynccontextmanager
    async def live(self) -> AsyncIterator[LiveConnection]:
        """Open the connection over which the server tells what happens."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
                socket = await self._session.ws_connect(
                    f"{self._base}{ControlPath.LIVE}",
                    headers=self._headers,
                    autoping=False,
                    timeout=ClientWSTimeout(ws_close=CLOSE_TIMEOUT_SECONDS),
                    max_msg_size=MAX_DATA_BYTES,
                )
        except WSServerHandshakeError as err:
            raise _refusal(err.status, err.message) from err
        except (ClientError, OSError, TimeoutError, ValueError) as err:
            raise ControlUnreachableError(str(err) or "no answer in time") from err
        try:
            yield LiveConnection(socket)
        finally:
            await socket.close()

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        limit_seconds: float | None = None,
    ) -> Any:
        """Return the answer to a request; None if there is nothing in it."""
        try:
            async with self._session.request(
                method,
                f"{self._base}{path}",
                headers=self._headers,
                json=body,
                timeout=ClientTimeout(total=limit_seconds or CONTROL_TIMEOUT_SECONDS),
            ) as answer:
                text = await _text(answer)
        except (ClientError, OSError, TimeoutError) as err:
            raise ControlUnreachableError(str(err) or "no answer in time") from err
        if answer.status >= _CLIENT_ERROR:
            reason = text[:_MAX_REASON_CHARACTERS].strip()
            if answer.status == _UNAUTHORIZED:
                raise InvalidTokenError(reason)
            code = str(answer.status)
            if answer.status == _NOT_FOUND and path.startswith(ControlPath.MODELS):
                code = ErrorCode.NO_MODEL
            raise RequestRefusedError(reason or str(answer.reason), code)
        return _parsed(text) if text else None


async def _text(answer: ClientResponse) -> str:
    """Return what was answered, if it is not too long."""
    text = bytearray()
    async for piece in answer.content.iter_any():
        text += piece
        if len(text) > MAX_DATA_BYTES:
            msg = "an answer without an end"
            raise BadEventError(msg)
    return text.decode(errors="replace")


def _parsed(text: str) -> Any:
    """Return what the JSON says."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as err:
        raise BadEventError(str(err)) from err


def _refusal(status: int, message: str) -> HearkenError:
    """Return why the server opened no live connection."""
    if status == _UNAUTHORIZED:
        return InvalidTokenError(message)
    if status == _NOT_FOUND:
        return _too_old("it has no live connection")
    return ControlUnreachableError(f"{message} ({status})")


def _too_old(reason: str) -> ProtocolVersionError:
    """Return the error of a server from before this API."""
    return ProtocolVersionError(reason, is_other_older=True)
