"""Home Assistant's side of a satellite's connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hearken_speech.protocol import pairing
from tests.speech.client import Client
from tests.speech.program import HOST, LIMIT_SECONDS


@asynccontextmanager
async def paired(port: int, key: str, source: str = HOST) -> AsyncIterator[Client]:
    """Connect to a satellite with its key, from this address."""
    async with asyncio.timeout(LIMIT_SECONDS):
        reader, writer = await asyncio.open_connection(
            HOST, port, ssl=pairing.client_context(key), local_addr=(source, 0)
        )
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()
