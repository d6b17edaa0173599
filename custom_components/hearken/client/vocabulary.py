"""Sending of the vocabulary: names in Home Assistant that the server should know."""

import asyncio

from wyoming.error import Error
from wyoming.ping import Ping, Pong

from ..const import VOCABULARY_TIMEOUT_SECONDS
from ..errors import ConnectionLostError, RequestRefusedError
from ..protocol import Vocabulary
from .connection import Address, connect
from .wire import parse


async def store_vocabulary(address: Address, vocabulary: Vocabulary) -> None:
    """Store the vocabulary on the server, and wait until it is read."""
    try:
        async with (
            asyncio.timeout(VOCABULARY_TIMEOUT_SECONDS),
            connect(address) as connection,
        ):
            await connection.write(vocabulary)
            # The server answers in order: a pong means that the names are stored.
            await connection.write(Ping())
            while True:
                event = await connection.read()
                if Error.is_type(event.type):
                    error = parse(Error.from_event, event)
                    raise RequestRefusedError(error.text, error.code)
                if Pong.is_type(event.type):
                    return
    except TimeoutError as err:
        msg = "the names were not stored in time"
        raise ConnectionLostError(msg) from err
