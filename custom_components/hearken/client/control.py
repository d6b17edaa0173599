"""Client of the speech server's control API: status, models and live events."""

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
from ..protocol import (
    ControlPath,
    ErrorCode,
    LiveKey,
    LiveType,
    ModelKey,
    WakeKey,
)
from .allowance import LIVE, Allowance, Reached
from .status import ServerModel, ServerStatus, read_models, read_status
from .words import (
    MadeWord,
    MakingJob,
    WakeRecord,
    read_clips,
    read_job,
    read_records,
    read_words,
    word_refused,
)

_UNAUTHORIZED = 401
_NOT_FOUND = 404
_CLIENT_ERROR = 400
_MAX_REASON_CHARACTERS = 300


class LiveConnection:
    """An open live connection, over which the server sends its status and events."""

    def __init__(self, socket: ClientWebSocketResponse, allowance: Allowance) -> None:
        """Read from an open WebSocket, within this allowance."""
        self._socket = socket
        self._allowance = allowance

    async def read(self) -> ServerStatus | dict[str, Any]:
        """Return the next status or event; raise BadEventError if it is invalid."""
        message = await self._receive()
        await self._allowance.spend(
            len(message.data) if isinstance(message.data, str | bytes) else 0
        )
        if message.type is WSMsgType.BINARY:
            msg = "the message is binary"
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
        msg = "the message is neither a status nor an event"
        raise BadEventError(msg)

    async def _receive(self) -> WSMessage:
        """Return the next message; ping a silent server before giving it up."""
        is_pinged = False
        while True:
            try:
                message = await self._socket.receive(timeout=LIVE_SILENCE_SECONDS)
            except TimeoutError as err:
                if is_pinged:
                    msg = "the server stopped answering"
                    raise ControlUnreachableError(msg) from err
                is_pinged = True
                await self._send(self._socket.ping)
                continue
            if message.type not in (WSMsgType.PING, WSMsgType.PONG):
                return message
            await self._allowance.spend(0)
            if message.type is WSMsgType.PING:
                await self._send(self._socket.pong, message.data)
            is_pinged = False

    async def _send(self, send: Callable[..., Awaitable[None]], *data: bytes) -> None:
        """Send a ping or a pong."""
        try:
            async with asyncio.timeout(LIVE_SILENCE_SECONDS):
                await send(*data)
        except (ClientError, OSError, TimeoutError) as err:
            reason = str(err) or "the server accepts no more data"
            raise ControlUnreachableError(reason) from err


class ControlClient:
    """Client of the control API of one server."""

    def __init__(
        self,
        session: ClientSession,
        host: str,
        port: int,
        token: str,
        reached: Reached | None = None,
    ) -> None:
        """Prepare requests; note in ``reached`` which limits the server reaches."""
        self._session = session
        self._host = host
        self._reached = reached or Reached()
        name = f"[{host}]" if ":" in host else host
        self._base = f"http://{name}:{port}"
        self._headers = {"Authorization": f"Bearer {token}"}

    async def status(self) -> ServerStatus:
        """Return the status of the server; raise if its version is incompatible."""
        try:
            return read_status(await self._ask("GET", ControlPath.STATUS))
        except RequestRefusedError as err:
            raise _too_old(str(err)) from err

    async def models(self) -> tuple[ServerModel, ...]:
        """Return the speech models that the server has or can download."""
        return read_models(await self._ask("GET", ControlPath.MODELS))

    async def use_model(self, name: str) -> None:
        """Use a speech model; it is downloaded first if necessary."""
        await self._ask(
            "POST",
            ControlPath.USE_MODEL.of(name),
            body={ModelKey.DOWNLOAD: True},
            limit_seconds=MODEL_TIMEOUT_SECONDS,
        )

    async def choose_model(self, languages: Sequence[str]) -> None:
        """Have the server select and download the best model for these languages."""
        await self._ask(
            "POST",
            ControlPath.CHOOSE_MODEL,
            body={ModelKey.LANGUAGES: list(languages)},
        )

    async def serve_house(self, languages: Sequence[str], *, download: bool) -> None:
        """Tell the server the languages of the house, and whether it may download."""
        await self._ask(
            "POST",
            ControlPath.HOUSE,
            body={ModelKey.LANGUAGES: list(languages), ModelKey.DOWNLOAD: download},
        )

    async def cancel_download(self, name: str) -> None:
        """Cancel the download of a speech model."""
        await self._ask("POST", ControlPath.CANCEL_DOWNLOAD.of(name))

    async def make_word(self, text: str, language: str, *, force: bool) -> MakingJob:
        """Start making a wake word; raise WordRefusedError if it cannot be one."""
        body = {"text": text, "language": language, "force": force}
        try:
            return _started(await self._ask("POST", ControlPath.MADE_WORDS, body=body))
        except RequestRefusedError as err:
            raise word_refused(err) from err

    async def making(self) -> MakingJob | None:
        """Return the wake word that is being made, or was made last."""
        return read_job(await self._ask("GET", ControlPath.MADE_WORDS))

    async def cancel_making(self) -> None:
        """Stop making a wake word."""
        await self._ask("POST", ControlPath.CANCEL_MAKING)

    async def made_words(self) -> tuple[MadeWord, ...]:
        """Return the wake words that were made on the server."""
        return read_words(await self._ask("GET", ControlPath.MADE_WORDS))

    async def add_recording(self, word: str, samples: bytes) -> None:
        """Send a recording of a word; raise WordRefusedError if it cannot be used."""
        path = ControlPath.WORD_RECORDINGS.of(word)
        try:
            await self._ask("POST", path, data=samples)
        except RequestRefusedError as err:
            raise word_refused(err) from err

    async def delete_recordings(self, word: str) -> None:
        """Delete the sounds of the owner that are kept for a word."""
        await self._ask("DELETE", ControlPath.WORD_RECORDINGS.of(word))

    async def clips(self) -> tuple[str, ...]:
        """Return the names of the clips that the server kept, the newest first."""
        return read_clips(await self._ask("GET", ControlPath.WAKE_CLIPS))

    async def clip(self, name: str) -> bytes:
        """Return a clip as a WAV file."""
        return await self._send("GET", ControlPath.WAKE_CLIP.of(name))

    async def label_clip(self, word: str, clip: str, *, is_word: bool) -> None:
        """Say whether a word is said in a clip."""
        body: dict[str, Any] = {WakeKey.CLIP: clip, WakeKey.IS_WORD: is_word}
        await self._ask("POST", ControlPath.WORD_CLIPS.of(word), body=body)

    async def wake_records(self) -> tuple[WakeRecord, ...]:
        """Return what the server heard and nearly heard, the newest first."""
        return read_records(await self._ask("GET", ControlPath.WAKE_RECORDS))

    async def improve_word(self, word: str) -> MakingJob:
        """Start to learn from the sounds of the owner."""
        return _started(await self._ask("POST", ControlPath.IMPROVE_WORD.of(word)))

    async def accept_word(self, word: str) -> None:
        """Use what was learned from the owner."""
        await self._ask("POST", ControlPath.ACCEPT_WORD.of(word))

    async def discard_word(self, word: str) -> None:
        """Forget what was learned from the owner."""
        await self._ask("POST", ControlPath.DISCARD_WORD.of(word))

    async def undo_word(self, word: str) -> None:
        """Go back to the word before the last improvement."""
        await self._ask("POST", ControlPath.UNDO_WORD.of(word))

    async def rename_word(self, word: str, name: str) -> None:
        """Change how a wake word that was made is shown."""
        path = ControlPath.RENAME_WORD.of(word)
        await self._ask("POST", path, body={"name": name})

    async def delete_word(self, word: str) -> None:
        """Delete a wake word that was made."""
        await self._ask("DELETE", ControlPath.MADE_WORD.of(word))

    async def reset_statistics(self) -> None:
        """Reset the statistics of the server."""
        await self._ask("POST", ControlPath.RESET_STATISTICS)

    @asynccontextmanager
    async def live(self) -> AsyncIterator[LiveConnection]:
        """Open a live connection; close it on leaving the context."""
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
            yield LiveConnection(socket, Allowance(self._host, LIVE, self._reached))
        finally:
            await socket.close()

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        data: bytes | None = None,
        limit_seconds: float | None = None,
    ) -> Any:
        """Return the response to a request, None if it is empty."""
        answer = await self._send(method, path, body, data, limit_seconds)
        return _parsed(answer.decode(errors="replace")) if answer else None

    async def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        data: bytes | None = None,
        limit_seconds: float | None = None,
    ) -> bytes:
        """Return the body of the response to a request with JSON or bytes."""
        try:
            async with self._session.request(
                method,
                f"{self._base}{path}",
                headers=self._headers,
                json=body,
                data=data,
                # It would go to whatever address the other end names.
                allow_redirects=False,
                timeout=ClientTimeout(total=limit_seconds or CONTROL_TIMEOUT_SECONDS),
            ) as response:
                answer = await _body(response)
        except (ClientError, OSError, TimeoutError) as err:
            raise ControlUnreachableError(str(err) or "no answer in time") from err
        if response.status >= _CLIENT_ERROR:
            text = answer.decode(errors="replace")
            reason = text[:_MAX_REASON_CHARACTERS].strip()
            if response.status == _UNAUTHORIZED:
                raise InvalidTokenError(reason)
            code = str(response.status)
            if response.status == _NOT_FOUND and path.startswith(ControlPath.MODELS):
                code = ErrorCode.NO_MODEL
            raise RequestRefusedError(reason or str(response.reason), code)
        return answer


def _started(answer: Any) -> MakingJob:
    """Return the job that was started."""
    job = read_job(answer)
    if job is None:
        msg = "the server did not start to make the wake word"
        raise BadEventError(msg)
    return job


async def _body(answer: ClientResponse) -> bytes:
    """Return the body of a response; raise BadEventError if it is too long."""
    body = bytearray()
    async for piece in answer.content.iter_any():
        body += piece
        if len(body) > MAX_DATA_BYTES:
            msg = "the response is too long"
            raise BadEventError(msg)
    return bytes(body)


def _parsed(text: str) -> Any:
    """Return the content of a JSON text; raise BadEventError if it is invalid."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as err:
        raise BadEventError(str(err)) from err


def _refusal(status: int, message: str) -> HearkenError:
    """Return the error for a live connection that the server refused."""
    if status == _UNAUTHORIZED:
        return InvalidTokenError(message)
    if status == _NOT_FOUND:
        return _too_old("the server has no live connection")
    return ControlUnreachableError(f"{message} ({status})")


def _too_old(reason: str) -> ProtocolVersionError:
    """Return the error for a server that is older than this API."""
    return ProtocolVersionError(reason, is_other_older=True)
