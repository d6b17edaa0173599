"""The lasting live connection to one speech server."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Protocol

from ..const import HELLO_TIMEOUT_SECONDS
from ..errors import (
    BadEventError,
    ControlUnreachableError,
    HearkenError,
    WrongDeviceError,
)
from .control import ControlClient, LiveConnection
from .lasting import LastingConnection
from .status import ServerModel, ServerStatus

_LOGGER = logging.getLogger(__name__)


class LiveListener(Protocol):
    """Receives what a speech server says about itself."""

    def on_status(self, status: ServerStatus, models: tuple[ServerModel, ...]) -> None:
        """Handle a new status of the server."""

    def on_event(self, event: dict[str, Any]) -> None:
        """Handle something that the server did."""

    def on_lost(self, err: HearkenError) -> None:
        """Handle a failed attempt or a lost connection."""


class LiveLink:
    """Keeps the live connection to one server and passes on what it says."""

    def __init__(
        self,
        client: Callable[[], ControlClient],
        server_id: str,
        name: str,
        listener: LiveListener,
    ) -> None:
        """Prepare to connect; nothing happens before ``run``.

        A new client is created for each attempt: the port may have changed.
        """
        self.name = f"{name} (control API)"
        self._client = client
        self._server_id = server_id
        self._listener = listener
        self._models: tuple[ServerModel, ...] = ()
        self._models_of: object = None
        self._connection = LastingConnection(self)

    @property
    def connection_count(self) -> int:
        """Return the number of connections made so far."""
        return self._connection.connection_count

    async def first_attempt(self) -> None:
        """Wait until the first attempt has succeeded or failed."""
        await self._connection.first_attempt()

    def retry_now(self) -> None:
        """Connect at once: the server is back."""
        self._connection.retry_now()

    async def run(self) -> None:
        """Keep the connection until cancelled."""
        await self._connection.run()

    async def serve(self) -> None:
        """Connect and pass on what the server says until the connection is lost."""
        client = self._client()
        async with client.live() as connection:
            status = await self._begin(connection)
            await self._report(client, status)
            self._connection.hold()
            while True:
                try:
                    message = await connection.read()
                except BadEventError as err:
                    _LOGGER.debug("%s sent an invalid message: %s", self.name, err)
                    continue
                if isinstance(message, ServerStatus):
                    await self._report(client, message)
                else:
                    self._listener.on_event(message)

    def on_failure(self, err: HearkenError) -> None:
        """Pass on why there is no connection."""
        self._models_of = None
        self._listener.on_lost(err)

    async def _begin(self, connection: LiveConnection) -> ServerStatus:
        """Return the first status; raise if it is not from our server."""
        try:
            async with asyncio.timeout(HELLO_TIMEOUT_SECONDS):
                status = await connection.read()
        except TimeoutError as err:
            msg = "no status in time"
            raise ControlUnreachableError(msg) from err
        if not isinstance(status, ServerStatus):
            msg = "the first message is not a status"
            raise BadEventError(msg)
        if status.id != self._server_id:
            msg = "another server answers"
            raise WrongDeviceError(msg)
        return status

    async def _report(self, client: ControlClient, status: ServerStatus) -> None:
        """Pass on a status together with the models that belong to it."""
        essence = (status.state, status.model, frozenset(status.downloads))
        if essence != self._models_of:
            self._models = await client.models()
            self._models_of = essence
        self._listener.on_status(status, self._models)
