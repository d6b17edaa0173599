"""One connection to a speech server or a satellite, and who answers."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from wyoming.event import Event, Eventable, async_write_event
from wyoming.info import Describe, Info

from ..const import (
    CLOSE_TIMEOUT_SECONDS,
    CONNECT_TIMEOUT_SECONDS,
    HELLO_TIMEOUT_SECONDS,
    MAX_HEADER_BYTES,
    MAX_RUN_EVENTS,
    PROBE_TIMEOUT_SECONDS,
    WRITE_TIMEOUT_SECONDS,
)
from ..errors import (
    BadEventError,
    CannotConnectError,
    ConnectionLostError,
    HearkenError,
    InvalidKeyError,
    NotHearkenError,
    ProtocolVersionError,
    SatelliteTakenError,
    WrongKindError,
)
from ..protocol import PROTOCOL_VERSION, Hello, PeerKind, Proof, Welcome
from ..protocol.pairing import client_context
from .allowance import EVENTS, Allowance, Reached
from .wire import parse, read_event

_HELLO: Final = Hello()


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Address of a speech server or a satellite."""

    host: str
    port: int
    key: str | None = field(default=None, repr=False)
    """The pairing key; without one the connection is not encrypted."""
    token: str | None = field(default=None, repr=False)
    """The token of a server, which serves those who know it before strangers."""
    reached: Reached = field(default_factory=Reached, repr=False, compare=False)
    """Limits that the peer at this address reached."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """Identity and abilities of the other end."""

    welcome: Welcome
    info: Info


@dataclass(slots=True)
class Request:
    """What a peer was asked for, and how many events without audio came since."""

    result: str
    event_count: int = 0


class Connection:
    """An open connection for events."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        address: Address,
    ) -> None:
        """Use this stream to the peer at this address."""
        self._reader = reader
        self._writer = writer
        self._reached = address.reached
        self._allowance = Allowance(address.host, EVENTS, address.reached)

    async def read(self) -> Event:
        """Return the next event, without a time limit."""
        return await read_event(self._reader, self._allowance)

    async def write(self, event: Eventable | Event) -> None:
        """Send one event."""
        if isinstance(event, Eventable):
            event = event.event()
        try:
            async with asyncio.timeout(WRITE_TIMEOUT_SECONDS):
                await async_write_event(event, self._writer)
        except TimeoutError as err:
            msg = "the other end accepts no more data"
            raise ConnectionLostError(msg) from err
        except (OSError, RuntimeError) as err:
            # A TLS transport that is closing raises RuntimeError.
            raise ConnectionLostError(str(err)) from err

    async def read_for(self, request: Request) -> Event:
        """Return the next event; raise if too many came without the result."""
        if request.event_count >= MAX_RUN_EVENTS:
            self._reached.cut_off += 1
            msg = f"no {request.result} among {MAX_RUN_EVENTS} events"
            raise BadEventError(msg)
        event = await self.read()
        if not event.payload:
            request.event_count += 1
        return event

    async def close(self) -> None:
        """Close the connection, by force if the other end does not."""
        self._writer.close()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self._writer.transport.abort()


@asynccontextmanager
async def connect(address: Address) -> AsyncIterator[Connection]:
    """Open a connection; close it on leaving the context."""
    connection = await _open(address)
    try:
        if address.token is not None:
            await connection.write(Proof.of(address.token))
        yield connection
    finally:
        await connection.close()


async def greet(connection: Connection, hello: Hello = _HELLO) -> Peer:
    """Exchange identities and abilities with the other end.

    Raise SatelliteTakenError if it belongs to another Home Assistant.
    """
    # Both requests at once: other Wyoming servers answer only the second, which
    # reveals that they are not Hearken.
    await connection.write(hello)
    await connection.write(Describe())
    welcome: Welcome | None = None
    try:
        async with asyncio.timeout(HELLO_TIMEOUT_SECONDS):
            while True:
                event = await connection.read()
                if Welcome.is_type(event.type):
                    welcome = _checked(parse(Welcome.from_event, event))
                elif Info.is_type(event.type):
                    if welcome is None:
                        msg = "the Wyoming server is not Hearken"
                        raise NotHearkenError(msg)
                    if hello.instance and welcome.taken_by is not None:
                        raise SatelliteTakenError(welcome.taken_by)
                    return Peer(welcome=welcome, info=parse(Info.from_event, event))
    except TimeoutError as err:
        msg = "no answer to the greeting"
        raise ConnectionLostError(msg) from err


async def probe(address: Address, kind: PeerKind, hello: Hello = _HELLO) -> Peer:
    """Return who answers at the address; raise if it is of another kind."""
    try:
        peer = await _probe(address, hello)
    except (InvalidKeyError, NotHearkenError, ConnectionLostError):
        if address.key is None or not await _is_unprotected_server(address):
            raise
        msg = "a speech server answers here"
        raise WrongKindError(msg) from None
    if peer.welcome.kind is not kind:
        msg = f"a {peer.welcome.kind} answers here"
        raise WrongKindError(msg)
    return peer


async def _probe(address: Address, hello: Hello = _HELLO) -> Peer:
    """Return who answers at the address."""
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_SECONDS), connect(address) as link:
            return await greet(link, hello)
    except TimeoutError as err:
        msg = "no answer in time"
        raise ConnectionLostError(msg) from err


async def _is_unprotected_server(address: Address) -> bool:
    """Return whether a speech server answers, which needs no key."""
    try:
        peer = await _probe(Address(host=address.host, port=address.port))
    except HearkenError:
        return False
    return peer.welcome.kind is PeerKind.SERVER


def _checked(welcome: Welcome) -> Welcome:
    """Return the welcome of a peer that speaks our version."""
    if welcome.protocol != PROTOCOL_VERSION:
        msg = f"protocol {welcome.protocol} there, {PROTOCOL_VERSION} here"
        is_older = welcome.protocol < PROTOCOL_VERSION
        raise ProtocolVersionError(msg, is_other_older=is_older)
    return welcome


async def _open(address: Address) -> Connection:
    """Open a connection, encrypted if there is a key."""
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
            reader, writer = await asyncio.open_connection(
                address.host, address.port, limit=MAX_HEADER_BYTES
            )
    except TimeoutError as err:
        msg = "no connection in time"
        raise CannotConnectError(msg) from err
    except (OSError, UnicodeError, OverflowError) as err:
        # A host name that cannot be encoded, a port beyond 65535.
        raise CannotConnectError(str(err)) from err
    if address.key is not None:
        try:
            await _encrypt(writer, address.key)
        except BaseException:
            writer.transport.abort()
            raise
    return Connection(reader, writer, address)


async def _encrypt(writer: asyncio.StreamWriter, key: str) -> None:
    """Start TLS; both ends prove that they know the key."""
    is_asked = asyncio.Event()
    try:
        context = client_context(key, is_asked.set)
    except ValueError as err:
        raise InvalidKeyError(str(err)) from err
    try:
        await writer.start_tls(
            context,
            ssl_handshake_timeout=CONNECT_TIMEOUT_SECONDS,
            ssl_shutdown_timeout=CLOSE_TIMEOUT_SECONDS,
        )
    except ssl.SSLError as err:
        if err.reason == "WRONG_VERSION_NUMBER":
            raise NotHearkenError(str(err)) from err
        raise InvalidKeyError(str(err)) from err
    except ConnectionAbortedError as err:
        msg = "no answer to the key in time"
        raise NotHearkenError(msg) from err
    except OSError as err:
        if not is_asked.is_set():
            # Something else is in front of the satellite, or it is about to end.
            msg = "the other end hung up at once"
            raise ConnectionLostError(msg) from err
        # A satellite that does not accept our key closes the connection silently.
        msg = "the satellite does not accept the key"
        raise InvalidKeyError(msg) from err
