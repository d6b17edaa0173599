"""Talk to a running Home Assistant as its user interface does."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Self

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from types import TracebackType

_CLIENT_ID: Final = "http://hearken.local/"
_ANSWER_SECONDS: Final = 30.0
USER: Final = "demo"


class ApiError(Exception):
    """Raised when Home Assistant refuses a request or does not answer."""


class HomeAssistantApi:
    """A signed-in connection: REST and WebSocket."""

    def __init__(self, url: str) -> None:
        """Prepare to connect to the Home Assistant at this address."""
        self.url = url
        # Set by ``onboard``.
        self.session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
        )
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._listeners: dict[int, Callable[[dict[str, Any]], None]] = {}
        self._reader: asyncio.Task[None] | None = None
        self.tokens: dict[str, Any] = {}
        """What signing in gave, as the user interface keeps it."""

    async def __aenter__(self) -> Self:
        """Return the connection."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connection."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        if self._socket is not None:
            await self._socket.close()
        await self.session.close()

    async def reachable(self) -> bool:
        """Return whether Home Assistant answers."""
        try:
            async with self.session.get(f"{self.url}/api/onboarding") as response:
                return response.status == HTTPStatus.OK
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def answers(self) -> bool:
        """Return whether Home Assistant answers to whom it knows already."""
        try:
            async with self._get("/api/") as response:
                return response.status == HTTPStatus.OK
        except (aiohttp.ClientError, ApiError, TimeoutError):
            return False

    @contextlib.asynccontextmanager
    async def _get(self, path: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask; the right to do so ends after half an hour, and is renewed then."""
        async with self.session.get(f"{self.url}{path}") as response:
            if response.status != HTTPStatus.UNAUTHORIZED:
                yield response
                return
        await self._refresh()
        async with self.session.get(f"{self.url}{path}") as response:
            yield response

    async def _refresh(self) -> None:
        """Renew the right to ask."""
        renewed = await self.post(
            "/auth/token",
            data={
                "client_id": _CLIENT_ID,
                "grant_type": "refresh_token",
                "refresh_token": self.tokens["refresh_token"],
            },
        )
        self.tokens |= renewed
        self.session.headers["Authorization"] = f"Bearer {self._token}"

    async def onboard(self) -> None:
        """Create the owner's account, demo/demo, and sign in."""
        answer = await self.post(
            "/api/onboarding/users",
            json={
                "client_id": _CLIENT_ID,
                "name": "Demo",
                "username": USER,
                "password": USER,
                "language": "en",
            },
        )
        self.tokens = await self.post(
            "/auth/token",
            data={
                "client_id": _CLIENT_ID,
                "grant_type": "authorization_code",
                "code": answer["auth_code"],
            },
        )
        self.tokens |= {"clientId": _CLIENT_ID, "hassUrl": self.url}
        self.session.headers["Authorization"] = f"Bearer {self._token}"
        await self._open_socket()

    async def reconnect(self) -> None:
        """Sign in again to a Home Assistant that was restarted."""
        if self._reader is not None:
            self._reader.cancel()
        if self._socket is not None:
            await self._socket.close()
        await self._open_socket()

    @property
    def _token(self) -> str:
        return str(self.tokens["access_token"])

    async def _open_socket(self) -> None:
        socket = await self.session.ws_connect(
            f"{self.url}/api/websocket", max_msg_size=0
        )
        await socket.receive_json(timeout=_ANSWER_SECONDS)
        await socket.send_json({"type": "auth", "access_token": self._token})
        answer = await socket.receive_json(timeout=_ANSWER_SECONDS)
        if answer["type"] != "auth_ok":
            raise ApiError(f"sign-in failed: {answer}")
        self._socket = socket
        self._reader = asyncio.create_task(self._read(socket))

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            answer = message.json()
            if answer["type"] == "event":
                if listener := self._listeners.get(answer["id"]):
                    listener(answer["event"])
                continue
            future = self._answers.pop(answer["id"], None)
            if future is None or future.done():
                continue
            if answer.get("success", True):
                future.set_result(answer.get("result"))
            else:
                future.set_exception(ApiError(str(answer["error"])))

    async def call(self, kind: str, **fields: Any) -> Any:
        """Send one WebSocket command and return its result."""
        return await self._command(next(self._ids), kind, fields)

    async def subscribe(
        self, listener: Callable[[dict[str, Any]], None], kind: str, **fields: Any
    ) -> None:
        """Send a command and pass its events to a listener from now on."""
        number = next(self._ids)
        self._listeners[number] = listener
        await self._command(number, kind, fields)

    async def _command(self, number: int, kind: str, fields: dict[str, Any]) -> Any:
        assert self._socket is not None  # noqa: S101 - opened by onboard
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[number] = future
        await self._socket.send_json({"id": number, "type": kind, **fields})
        async with asyncio.timeout(_ANSWER_SECONDS):
            return await future

    async def send_bytes(self, data: bytes) -> None:
        """Send binary data, such as audio for a pipeline."""
        assert self._socket is not None  # noqa: S101 - opened by onboard
        await self._socket.send_bytes(data)

    async def act(
        self, domain: str, service: str, target: dict[str, Any], **data: Any
    ) -> Any:
        """Call a service."""
        return await self.call(
            "call_service",
            domain=domain,
            service=service,
            target=target,
            service_data=data,
        )

    async def state(self, entity_id: str) -> str | None:
        """Return the state of an entity, or None if it does not exist."""
        async with self._get(f"/api/states/{entity_id}") as response:
            if response.status != HTTPStatus.OK:
                return None
            return str((await response.json())["state"])

    async def version(self) -> str:
        """Return Home Assistant's version."""
        async with self._get("/api/config") as response:
            return str((await response.json())["version"])

    async def flow(self, handler: str, *steps: dict[str, Any]) -> dict[str, Any]:
        """Complete a config flow and return its last step."""
        return await self._go_through("flow", handler, *steps)

    async def choose_options(self, entry_id: str, **options: Any) -> None:
        """Change the options of a config entry."""
        answer = await self._go_through("options/flow", entry_id, options)
        if answer["type"] != "create_entry":
            raise ApiError(f"the options were not accepted: {answer}")

    async def _go_through(
        self, kind: str, handler: str, *steps: dict[str, Any]
    ) -> dict[str, Any]:
        """Complete a flow of this kind and return its last step."""
        path = f"/api/config/config_entries/{kind}"
        answer = await self.post(path, json={"handler": handler})
        for step in steps:
            answer = await self.post(f"{path}/{answer['flow_id']}", json=step)
        return answer

    async def post(self, path: str, **arguments: Any) -> dict[str, Any]:
        """Send a POST request to the REST API and return the answer."""
        async with self.session.post(f"{self.url}{path}", **arguments) as response:
            if response.status >= HTTPStatus.BAD_REQUEST:
                reason = await response.text()
                raise ApiError(f"{path}: {response.status} {reason[:300]}")
            answer: dict[str, Any] = await response.json()
            return answer

    async def delete(self, path: str) -> None:
        """Send a DELETE request to the REST API."""
        async with self.session.delete(f"{self.url}{path}") as response:
            if response.status >= HTTPStatus.BAD_REQUEST:
                raise ApiError(f"{path}: {response.status}")
