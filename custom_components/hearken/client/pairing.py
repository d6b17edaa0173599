"""Pairing with a satellite by the code that it shows."""

import asyncio
import ssl

from wyoming.error import Error
from wyoming.event import Event

from ..const import (
    CLOSE_TIMEOUT_SECONDS,
    CONNECT_TIMEOUT_SECONDS,
    MAX_HEADER_BYTES,
    PAIRING_TIMEOUT_SECONDS,
)
from ..errors import (
    BadEventError,
    CannotConnectError,
    InvalidCodeError,
    NotHearkenError,
)
from ..protocol import code as codes
from ..protocol.pairing import parse_key
from .connection import Address, Connection
from .wire import parse


async def fetch_key(host: str, port: int, code: str) -> str:
    """Return the pairing key of the satellite that shows this code."""
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
            reader, writer = await asyncio.open_connection(
                host,
                port,
                limit=MAX_HEADER_BYTES,
                ssl=codes.client_context(),
                server_hostname=codes.SERVER_NAME,
                ssl_shutdown_timeout=CLOSE_TIMEOUT_SECONDS,
            )
    except ssl.SSLError as err:
        raise NotHearkenError(str(err)) from err
    except (OSError, TimeoutError, UnicodeError, OverflowError) as err:
        raise CannotConnectError(str(err) or "no connection in time") from err
    connection = Connection(reader, writer, Address(host=host, port=port))
    try:
        async with asyncio.timeout(PAIRING_TIMEOUT_SECONDS):
            return await _exchange(connection, code)
    except TimeoutError as err:
        msg = "no answer in time"
        raise CannotConnectError(msg) from err
    finally:
        await connection.close()


async def _exchange(connection: Connection, code: str) -> str:
    """Prove the code and return the key; raise InvalidCodeError."""
    loop = asyncio.get_running_loop()
    client = await loop.run_in_executor(None, codes.CodeClient, code)
    try:
        await connection.write(codes.Pair(data=client.message))
        answer = _data(await connection.read())
        confirmation = await loop.run_in_executor(None, client.confirm, answer)
        await connection.write(codes.Pair(data=confirmation))
        key = client.open(_data(await connection.read()))
        parse_key(key)
    except (codes.WrongCodeError, ValueError) as err:
        raise InvalidCodeError(str(err)) from err
    return key


def _data(event: Event) -> bytes:
    """Return the data of a step; raise if the satellite refuses."""
    if Error.is_type(event.type):
        raise InvalidCodeError(parse(Error.from_event, event).text)
    if not codes.Pair.is_type(event.type):
        msg = f"{event.type} in place of a step of pairing"
        raise BadEventError(msg)
    return parse(codes.Pair.from_event, event).data
