"""The lasting connection to one satellite."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Protocol

from wyoming.event import Event, Eventable
from wyoming.ping import Ping, Pong

from ..client.connection import Address, Connection, Peer, connect, greet
from ..client.lasting import LastingConnection
from ..client.listeners import Listeners, Observable
from ..client.wire import parse
from ..const import (
    CLOSE_TIMEOUT_SECONDS,
    PING_INTERVAL_SECONDS,
    PROBE_TIMEOUT_SECONDS,
    SILENCE_TIMEOUT_SECONDS,
    STALLED_SECONDS,
)
from ..errors import (
    BadEventError,
    ConnectionLostError,
    HearkenError,
    InvalidKeyError,
    SatelliteTakenError,
    WrongDeviceError,
    WrongKindError,
)
from ..protocol import Hello, PeerKind
from .outbox import Outbox

_LOGGER = logging.getLogger(__name__)

_MAX_COMPLAINTS = 16


class LinkListener(Protocol):
    """Receives what happens on the connection."""

    def on_connected(self) -> None:
        """Handle a new connection."""

    def on_disconnected(self) -> None:
        """Handle the loss of the connection."""

    def on_event(self, event: Event) -> None:
        """Handle an event from the satellite."""


class SatelliteLink:
    """Keeps the connection to one satellite and passes on its events."""

    def __init__(
        self,
        address: Address,
        satellite_id: str,
        *,
        on_key_refused: Callable[[], None],
        hello: Hello,
        on_taken: Callable[[str | None], None],
    ) -> None:
        """Prepare to connect; nothing happens before ``run``.

        ``on_taken`` is told the address of another Home Assistant that the satellite
        belongs to, and None once it belongs to this one.
        """
        self.address = address
        self.resumed = Observable()
        """Notifies after a silence: what was sent meanwhile may have arrived late."""
        self._satellite_id = satellite_id
        self._on_key_refused = on_key_refused
        self._hello = hello
        self._on_taken = on_taken
        self._listeners = Listeners[LinkListener]()
        # Home Assistant logs itself why a satellite cannot be set up.
        self._connection = LastingConnection(self, is_first_failure_logged=False)
        self._outbox: Outbox | None = None
        self._peer: Peer | None = None
        self._last_heard_seconds = 0.0
        self._ignored: set[str] = set()

    @property
    def name(self) -> str:
        """Return what the log calls the satellite."""
        return self._peer.welcome.name if self._peer else self._satellite_id

    @property
    def connection_count(self) -> int:
        """Return the number of connections made so far."""
        return self._connection.connection_count

    @property
    def is_connected(self) -> bool:
        """Return whether the satellite is connected."""
        return self._outbox is not None

    @property
    def peer(self) -> Peer:
        """Return how the satellite introduced itself last."""
        if self._peer is None:
            msg = "the satellite has not been connected yet"
            raise ConnectionLostError(msg)
        return self._peer

    def add_listener(self, listener: LinkListener) -> Callable[[], None]:
        """Notify this listener; return a function that stops it."""
        return self._listeners.add(listener)

    def post(self, event: Eventable | Event) -> None:
        """Queue an event; it is dropped while the satellite is not connected."""
        if self._outbox is not None:
            self._outbox.post(_plain(event))

    async def send(self, event: Eventable | Event) -> None:
        """Queue an event as soon as there is room; raise if not connected."""
        if self._outbox is None:
            msg = "the satellite is not connected"
            raise ConnectionLostError(msg)
        await self._outbox.send(_plain(event))

    async def first_attempt(self) -> None:
        """Wait for the first connection; raise the reason if it fails."""
        await self._connection.first_attempt()
        if self._connection.first_error is not None:
            raise self._connection.first_error

    def retry_now(self) -> None:
        """Connect at once: the satellite is back."""
        self._connection.retry_now()

    async def flush(self) -> None:
        """Wait briefly until the queue has been sent."""
        if self._outbox is not None:
            with contextlib.suppress(TimeoutError, ConnectionLostError):
                async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
                    await self._outbox.wait_empty()

    async def run(self) -> None:
        """Keep the connection until cancelled."""
        await self._connection.run()

    async def serve(self) -> None:
        """Connect and exchange events until the connection is lost."""
        async with connect(self.address) as connection:
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
        """Return who answers; raise if it is not our satellite."""
        try:
            async with asyncio.timeout(PROBE_TIMEOUT_SECONDS):
                peer = await greet(connection, self._hello)
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
        """Announce a new connection to the listeners."""
        self._peer, self._outbox = peer, outbox
        self._last_heard_seconds = asyncio.get_running_loop().time()
        self._connection.hold()
        self._on_taken(None)
        for listener in self._listeners:
            listener.on_connected()

    def _end(self, outbox: Outbox) -> None:
        """Announce the loss of the connection to the listeners."""
        self._outbox = None
        outbox.close()
        for listener in self._listeners:
            listener.on_disconnected()

    def on_failure(self, err: HearkenError) -> None:
        """Ask for a new key if the satellite refuses ours; report another owner."""
        if isinstance(err, SatelliteTakenError):
            self._on_taken(err.placeholders["owner"])
        is_set_up = self._connection.first_error is None
        if is_set_up and isinstance(err, InvalidKeyError):
            self._on_key_refused()

    async def _read(self, connection: Connection) -> None:
        """Pass on the events that the satellite sends."""
        while True:
            event = await connection.read()
            self._heard()
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

    def _heard(self) -> None:
        """Note that the satellite is there."""
        before_seconds = self._last_heard_seconds
        self._last_heard_seconds = asyncio.get_running_loop().time()
        if self._last_heard_seconds - before_seconds > STALLED_SECONDS:
            self.resumed.async_notify()

    def _ignore(self, event: Event, err: BadEventError) -> None:
        """Skip an invalid event; log each type once."""
        if (
            event.type[:40] not in self._ignored
            and len(self._ignored) < _MAX_COMPLAINTS
        ):
            self._ignored.add(event.type[:40])
            _LOGGER.warning("%s sent an invalid event: %s", self.name, err)

    async def _write(self, connection: Connection, outbox: Outbox) -> None:
        """Send the events in the queue."""
        while True:
            await connection.write(await outbox.take())

    async def _ping(self, outbox: Outbox) -> None:
        """Check that the satellite still answers."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(PING_INTERVAL_SECONDS)
            if loop.time() - self._last_heard_seconds > SILENCE_TIMEOUT_SECONDS:
                msg = f"nothing heard for {SILENCE_TIMEOUT_SECONDS} s"
                raise ConnectionLostError(msg)
            outbox.post(Ping().event())


def _plain(event: Eventable | Event) -> Event:
    """Return an event as it is sent."""
    return event if isinstance(event, Event) else event.event()
