"""The lasting live connection to one speech server."""

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Any, Protocol

from ..const import (
    HELLO_TIMEOUT_SECONDS,
    RECONNECT_MAX_SECONDS,
    RECONNECT_MIN_SECONDS,
)
from ..errors import (
    BadEventError,
    ControlUnreachableError,
    HearkenError,
    WrongDeviceError,
)
from .control import ControlClient, LiveConnection
from .status import ServerModel, ServerStatus

_LOGGER = logging.getLogger(__name__)


class LiveListener(Protocol):
    """Whoever wants to know how the server is doing."""

    def on_status(self, status: ServerStatus, models: tuple[ServerModel, ...]) -> None:
        """Take note of how the server is doing."""

    def on_event(self, event: dict[str, Any]) -> None:
        """Take note of something that the server did."""

    def on_lost(self, err: HearkenError) -> None:
        """Take note that there is no connection, and why."""


class LiveLink:
    """Owns the live connection: makes it, keeps it, and makes it again."""

    def __init__(
        self,
        client: Callable[[], ControlClient],
        server_id: str,
        listener: LiveListener,
    ) -> None:
        """Prepare; nothing happens before ``run``.

        The client is made anew for each attempt: the port may have changed.
        """
        self._client = client
        self._server_id = server_id
        self._listener = listener
        self._models: tuple[ServerModel, ...] = ()
        self._models_of: object = None
        self._first_attempt = asyncio.Event()
        self._told_failure: str | None = None
        self.connection_count = 0
        """How often a connection was made."""

    async def first_attempt(self) -> None:
        """Wait until it is known whether there is a connection."""
        await self._first_attempt.wait()

    async def run(self) -> None:
        """Keep a connection until cancelled."""
        delay_seconds = float(RECONNECT_MIN_SECONDS)
        while True:
            count = self.connection_count
            try:
                await self._serve()
            except HearkenError as err:
                self._note_failure(err)
            if self.connection_count > count:
                delay_seconds = RECONNECT_MIN_SECONDS
            await asyncio.sleep(delay_seconds * random.uniform(0.8, 1.2))  # noqa: S311 - no secret
            delay_seconds = min(delay_seconds * 2, RECONNECT_MAX_SECONDS)

    async def _serve(self) -> None:
        """Connect and hand on what the server says until something goes wrong."""
        client = self._client()
        async with client.live() as connection:
            status = await self._begin(connection)
            await self._tell(client, status)
            self.connection_count += 1
            if self._told_failure is not None:
                _LOGGER.info("The live connection to the speech server is back")
            self._told_failure = None
            self._first_attempt.set()
            while True:
                try:
                    message = await connection.read()
                except BadEventError as err:
                    _LOGGER.debug("The speech server sent nonsense: %s", err)
                    continue
                if isinstance(message, ServerStatus):
                    await self._tell(client, message)
                else:
                    self._listener.on_event(message)

    async def _begin(self, connection: LiveConnection) -> ServerStatus:
        """Return the first status; raise if it is not our server's."""
        try:
            async with asyncio.timeout(HELLO_TIMEOUT_SECONDS):
                status = await connection.read()
        except TimeoutError as err:
            msg = "no status in time"
            raise ControlUnreachableError(msg) from err
        if not isinstance(status, ServerStatus):
            msg = "no status at the beginning"
            raise BadEventError(msg)
        if status.id != self._server_id:
            msg = "another server answers"
            raise WrongDeviceError(msg)
        return status

    async def _tell(self, client: ControlClient, status: ServerStatus) -> None:
        """Hand on a status, with the models that belong to it."""
        essence = (status.state, status.model, frozenset(status.downloads))
        if essence != self._models_of:
            self._models = await client.models()
            self._models_of = essence
        self._listener.on_status(status, self._models)

    def _note_failure(self, err: HearkenError) -> None:
        """Tell why there is no connection; the log hears each reason once."""
        self._models_of = None
        if self._told_failure != err.translation_key:
            self._told_failure = err.translation_key
            _LOGGER.warning("No live connection to the speech server: %s", err)
        self._listener.on_lost(err)
        self._first_attempt.set()
