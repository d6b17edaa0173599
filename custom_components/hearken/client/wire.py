"""Bounded and checked reading of Wyoming events: no peer is trusted."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from wyoming.event import Event

from ..const import MAX_DATA_BYTES, MAX_HEADER_BYTES, MAX_PAYLOAD_BYTES
from ..errors import BadEventError, ConnectionLostError
from .allowance import Allowance

_FIELD_ERRORS = (
    AssertionError,
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)
"""Errors that Wyoming and our protocol raise for invalid fields."""


async def read_event(reader: asyncio.StreamReader, allowance: Allowance) -> Event:
    """Return the next event, without a time limit; wait if there are too many."""
    line = await _read_header(reader)
    header = _json_object(line)
    event_type = header.get("type")
    if not isinstance(event_type, str):
        msg = "the event has no type"
        raise BadEventError(msg)
    data = header.get("data") or {}
    if not isinstance(data, dict):
        msg = f"{event_type}: data is not an object"
        raise BadEventError(msg)
    data_bytes = _length(header, "data_length", MAX_DATA_BYTES)
    payload_bytes = _length(header, "payload_length", MAX_PAYLOAD_BYTES)
    await allowance.spend(
        len(line) + data_bytes + payload_bytes, is_audio=payload_bytes > 0
    )
    if data_bytes:
        data = {**data, **_json_object(await _read_exactly(reader, data_bytes))}
    payload = None
    if payload_bytes:
        payload = await _read_exactly(reader, payload_bytes)
    return Event(type=event_type, data=data, payload=payload)


def parse[EventT](read: Callable[[Event], EventT], event: Event) -> EventT:
    """Return the event's content; raise BadEventError if it is invalid."""
    try:
        return read(event)
    except _FIELD_ERRORS as err:
        msg = f"{event.type}: {type(err).__name__}: {err}"
        raise BadEventError(msg) from err


async def _read_header(reader: asyncio.StreamReader) -> bytes:
    """Return the header line of an event."""
    try:
        line = await reader.readline()
    except ValueError as err:
        msg = f"the header of the event is longer than {MAX_HEADER_BYTES} bytes"
        raise BadEventError(msg) from err
    except OSError as err:
        raise ConnectionLostError(str(err)) from err
    if not line.endswith(b"\n"):
        if line:
            msg = "the connection ended in the middle of an event"
        else:
            msg = "the other end closed the connection"
        raise ConnectionLostError(msg)
    return line


async def _read_exactly(reader: asyncio.StreamReader, count: int) -> bytes:
    """Return this many bytes."""
    try:
        return await reader.readexactly(count)
    except asyncio.IncompleteReadError as err:
        msg = "the connection ended in the middle of an event"
        raise ConnectionLostError(msg) from err
    except OSError as err:
        raise ConnectionLostError(str(err)) from err


def _json_object(text: bytes) -> dict[str, Any]:
    """Return the content of a JSON object."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as err:
        msg = f"not an event: {text[:40]!r}"
        raise BadEventError(msg) from err
    if not isinstance(value, dict):
        msg = f"not an event: {text[:40]!r}"
        raise BadEventError(msg)
    return value


def _length(header: dict[str, Any], key: str, limit: int) -> int:
    """Return a length from the wire, 0 if there is none."""
    value = header.get(key)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= limit:
        msg = f"{key} is {str(value)[:40]}, but at most {limit} is allowed"
        raise BadEventError(msg)
    return value
