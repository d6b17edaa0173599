"""Wyoming events over a stream, within limits.

The library's own reader believes every length that the other end claims, so a
single line could make it reserve gigabytes. This one does not.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

from wyoming.event import Event, async_write_event

from hearken_speech.errors import HearkenError

MAX_LINE_BYTES: Final = 64 * 1024
MAX_DATA_BYTES: Final = 1024 * 1024
MAX_PAYLOAD_BYTES: Final = 4 * 1024 * 1024
_WRITE_LIMIT_SECONDS: Final = 10.0
_CLOSE_LIMIT_SECONDS: Final = 3.0


class WireError(HearkenError):
    """The other end does not speak Wyoming, or too much of it at once."""


async def read_event(reader: asyncio.StreamReader) -> Event | None:
    """Return the next event, None at the end; raise WireError if it is none."""
    try:
        line = await reader.readline()
        if not line:
            return None
        header = _object(line)
        kind, data = _kind_and_data(header)
        if length := _length(header, "data_length", MAX_DATA_BYTES):
            data = {**data, **_object(await reader.readexactly(length))}
        payload = None
        if length := _length(header, "payload_length", MAX_PAYLOAD_BYTES):
            payload = await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        return None
    except ValueError as err:
        msg = f"not a Wyoming event: {err}"
        raise WireError(msg) from err
    return Event(type=kind, data=data, payload=payload)


async def write_event(writer: asyncio.StreamWriter, event: Event) -> None:
    """Send an event; raise WireError to one who does not read."""
    try:
        async with asyncio.timeout(_WRITE_LIMIT_SECONDS):
            await async_write_event(event, writer)
    except TimeoutError as err:
        # To close in order would mean to wait until it reads.
        writer.transport.abort()
        msg = f"the other end has not read for {_WRITE_LIMIT_SECONDS:.0f} s"
        raise WireError(msg) from err


async def close(writer: asyncio.StreamWriter) -> None:
    """Close a connection; what the other end does not take in time is thrown away."""
    writer.close()
    try:
        async with asyncio.timeout(_CLOSE_LIMIT_SECONDS):
            await writer.wait_closed()
    except TimeoutError:
        writer.transport.abort()
    except OSError as err:
        # The streams keep the error, and its traceback the streams: both would stay
        # until the garbage collector comes by.
        err.__traceback__ = None


def _object(text: bytes) -> dict[str, Any]:
    """Return a JSON object; raise ValueError if it is anything else."""
    try:
        value = json.loads(text)
    except RecursionError as err:
        msg = "nested too deeply"
        raise ValueError(msg) from err
    if not isinstance(value, dict):
        msg = "not a JSON object"
        raise ValueError(msg)  # noqa: TRY004 - the caller expects one error
    return value


def _kind_and_data(header: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return what every event has; raise ValueError if this one has not."""
    kind, data = header.get("type"), header.get("data") or {}
    if not isinstance(kind, str) or not isinstance(data, dict):
        msg = "it has no type, or its data are not an object"
        raise ValueError(msg)  # noqa: TRY004 - the caller expects one error
    return kind, data


def _length(header: dict[str, Any], key: str, limit: int) -> int:
    """Return a length that the other end claims, if it is sensible."""
    length = header.get(key) or 0
    if type(length) is not int or not 0 <= length <= limit:
        msg = f"{key} {str(length)[:40]} is not between 0 and {limit}"
        raise ValueError(msg)
    return length
