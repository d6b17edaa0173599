"""The lasting connection to one satellite."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable
from typing import Protocol

from wyoming.event import Event, Eventable
from wyoming.ping import Ping, Pong

from ..client.connection import Address, Connection, Peer, connect, greet
from ..client.listeners import Listeners
from ..client.wire import parse
from ..const import (
    CLOSE_TIMEOUT_SECONDS,
    PING_INTERVAL_SECONDS,
    PROBE_TIMEOUT_SECONDS,
    RECONNECT_MAX_SECONDS,
    RECONNECT_MIN_SECONDS,
    SILENCE_TIMEOUT_SECONDS,
)
from ..errors import (
    BadEventError,
    ConnectionLostError,
    HearkenError,
    InvalidKeyError,
    WrongDeviceError,
    WrongKindError,
)
from ..protocol import PeerKind
from .outbox import Outbox

_LOGGER = logging.getLogger(__name__)

_MAX_COMPLAINTS = 16


class LinkListener(Protocol):
    """Whoever wants to know what happens on the connection."""

    def on_connected(self) -> None:
        """Take note that the satellite is there."""

    def on_disconnected(self) -> None:
        """Take note that the satellite is gone."""

    def on_event(self, event: Event) -> None:
        """Take an event from the satellite."""


class SatelliteLink:
    """Owns the connection: makes it, keeps it, and makes it again."""

    def __init__(
        self,
        address: Address,
        satellite_id: str,
        *,
        on_key_refused: Callable[[], None],
    ) -> None:
        """Prepare; nothing happens before ``run``."""
        self._address = address
        self._satellite_id = satellite_id
        self._on_key_refused = on_key_refused
        self._listeners = Listeners[LinkListener]()
        self._outbox: Outbox | None = None
        self._peer: Peer | None = None
        self._first_error: HearkenError | None = None
        self._is_first_attempt_over = asyncio.Event()
        self._last_heard_seconds = 0.0
        self._told_failure: str | None = None
        self._ignored: set[str] = set()
        self.connection_count = 0
        """How often a connection was made."""

    @property
    def is_connected(self) -> bool:
        """Return whether the satellite is there."""
        return self._outbox is not None

    @property
    def peer(self) -> Peer:
        """Return what the satellite said of itself when it was last there."""
        if self._peer is None:
            msg = "nothing is known of the satellite yet"
            raise ConnectionLostError(msg)
        return self._peer

    def add_listener(self, listener: LinkListener) -> Callable[[], None]:
        """Tell this listener what happens; return what ends that."""
        return self._listeners.add(listener)

    def post(self, event: Eventable) -> None:
        """Send an event soon; it is lost if the satellite is not there."""
        if self._outbox is not None:
            self._outbox.post(event.event())

    async def send(self, event: Eventable) -> None:
        """Send an event as soon as there is room for it."""
        if self._outbox is None:
            msg = "the satellite is not connected"
            raise ConnectionLostError(msg)
        await self._outbox.send(event.event())

    async def first_attempt(self) -> None:
        """Wait for the first connection; raise the reason if there is none."""
        await self._is_first_attempt_over.wait()
        if self._first_error is not None:
            raise self._first_error

    async def flush(self) -> None:
        """Wait a moment until everything is sent."""
        if self._outbox is not None:
            with contextlib.suppress(TimeoutError, ConnectionLostError):
                async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
                    await self._outbox.wait_empty()

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
            # Many satellites that lost one access point come back one by one.
            await asyncio.sleep(delay_seconds * random.uniform(0.8, 1.2))  # noqa: S311
            delay_seconds = min(delay_seconds * 2, RECONNECT_MAX_SECONDS)

    async def _serve(self) -> None:
        """Connect and exchange events until something goes wrong."""
        async with connect(self._address) as connection:
            peer = await self._identify(connection)
            outbox = Outbox()
            self._begin(peer, outbox)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._read(connection))
                    group.create_task(self._write(connection, outbox))
                    group.create_task(self._ping(outbox))
            except ExceptionGroup as group:
                _, others = group.split(HearkenError)
                if others is not None:
                    raise
                raise group.exceptions[0] from None
            finally:
                self._end(outbox)

    async def _identify(self, connection: Connection) -> Peer:
        """Return who is there; raise if it is not our satellite."""
        try:
            async with asyncio.timeout(PROBE_TIMEOUT_SECONDS):
                peer = await greet(connection)
        except TimeoutError as err:
            msg = "no answer in time"
            raise ConnectionLostError(msg) from err
        if peer.welcome.kind is not PeerKind.SATELLITE:
            msg = f"a {peer.welcome.kind} answers"
            raise WrongKindError(msg)
        if peer.welcome.id != self._satellite_id:
            msg = f"another satellite answers: {peer.welcome.name}"
            raise WrongDeviceError(msg)
        return peer

    def _begin(self, peer: Peer, outbox: Outbox) -> None:
        """Take note of a new connection."""
        if self._told_failure is not None:
            _LOGGER.info("%s is connected again", peer.welcome.name)
        self._told_failure = None
        self._peer, self._outbox = peer, outbox
        self._first_error = None
        self.connection_count += 1
        self._last_heard_seconds = asyncio.get_running_loop().time()
        self._is_first_attempt_over.set()
        for listener in self._listeners:
            listener.on_connected()

    def _end(self, outbox: Outbox) -> None:
        """Take note of a lost connection."""
        self._outbox = None
        outbox.close()
        for listener in self._listeners:
            listener.on_disconnected()

    def _note_failure(self, err: HearkenError) -> None:
        """Tell why there is no connection, each reason once."""
        if not self._is_first_attempt_over.is_set():
            self._first_error = err
            self._is_first_attempt_over.set()
            return
        if self._told_failure != err.translation_key:
            self._told_failure = err.translation_key
            name = self._peer.welcome.name if self._peer else self._satellite_id
            _LOGGER.warning("%s is not connected: %s", name, err)
        if isinstance(err, InvalidKeyError):
            self._on_key_refused()

    async def _read(self, connection: Connection) -> None:
        """Hand on what the satellite says."""
        while True:
            event = await connection.read()
            self._last_heard_seconds = asyncio.get_running_loop().time()
            if Pong.is_type(event.type):
                continue
            try:
                if Ping.is_type(event.type):
                    self.post(Pong(text=parse(Ping.from_event, event).text))
                else:
                    for listener in self._listeners:
                        listener.on_event(event)
            except BadEventError as err:
                self._ignore(event, err)

    def _ignore(self, event: Event, err: BadEventError) -> None:
        """Pass over an event that makes no sense, and say so once."""
        if (
            event.type[:40] not in self._ignored
            and len(self._ignored) < _MAX_COMPLAINTS
        ):
            self._ignored.add(event.type[:40])
            _LOGGER.warning("%s sent nonsense: %s", self.peer.welcome.name, err)

    async def _write(self, connection: Connection, outbox: Outbox) -> None:
        """Send what waits to be sent."""
        while True:
            await connection.write(await outbox.take())

    async def _ping(self, outbox: Outbox) -> None:
        """Find out whether the satellite still is there."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(PING_INTERVAL_SECONDS)
            if loop.time() - self._last_heard_seconds > SILENCE_TIMEOUT_SECONDS:
                msg = f"nothing heard for {SILENCE_TIMEOUT_SECONDS} s"
                raise ConnectionLostError(msg)
            outbox.post(Ping().event())
