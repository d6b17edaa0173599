"""Wyoming events over a stream, with limits.

The library's own reader trusts every length that the peer sends, so a single line
could make it allocate gigabytes. This one does not.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from wyoming.event import Event, async_write_event

from hearken_speech import strict_json
from hearken_speech.errors import HearkenError

MAX_LINE_BYTES: Final = 64 * 1024
MAX_DATA_BYTES: Final = 1024 * 1024
MAX_STRANGERS_DATA_BYTES: Final = 256 * 1024
"""The same for a peer that has not proved who it is."""
MAX_PAYLOAD_BYTES: Final = 4 * 1024 * 1024
PIECE_BYTES: Final = 32 * 1024
"""Audio is passed on in pieces of this length, whatever the peer sends at once."""
_AUDIO: Final = "audio-chunk"
_LONG_BYTES: Final = 4 * 1024
"""A longer text takes a while to parse, and its values take much more memory."""
_READ_BYTES: Final = 64 * 1024
_WRITE_LIMIT_SECONDS: Final = 10.0
_CLOSE_LIMIT_SECONDS: Final = 3.0


class WireError(HearkenError):
    """The peer does not speak Wyoming, or sends too much at once."""


@dataclass(frozen=True, slots=True)
class _Header:
    """The first line of an event."""

    kind: str
    data: dict[str, Any]
    data_bytes: int
    payload_bytes: int


class EventParser:
    """Parses bytes into events, in chunks of any size.

    Audio arrives in a hundred events per second with the same short header, so such a
    header is not parsed again. Nothing of a long text is kept. Long audio chunks become
    several events, so that a peer that sends most of a chunk and then waits costs no
    memory.
    """

    def __init__(self, max_data_bytes: int = MAX_DATA_BYTES) -> None:
        """Start with an empty buffer."""
        self.max_data_bytes = max_data_bytes
        self._audio: Event | None = None
        self._audio_bytes = 0
        """Bytes that are missing of the audio chunk."""
        self._buffer = bytearray()
        self._searched = 0
        self._header: _Header | None = None
        self._last_line: tuple[bytes, _Header] | None = None
        self._last_data: tuple[bytes, dict[str, Any]] | None = None

    @property
    def is_long(self) -> bool:
        """Return whether there is much to parse."""
        return self._audio is None and len(self._buffer) > _LONG_BYTES

    def feed(self, data: bytes) -> None:
        """Add bytes to the buffer."""
        self._buffer += data

    def next(self) -> Event | None:
        """Return the next complete event, None if there is none; raise WireError."""
        try:
            return self._next()
        except ValueError as err:
            msg = f"not a Wyoming event: {err}"
            raise WireError(msg) from err

    def end(self) -> None:
        """End the stream; raise WireError if an event is incomplete."""
        if self._header is None and self._buffer:
            self.feed(b"\n")
            self.next()

    def _next(self) -> Event | None:
        if self._audio is not None:
            return self._next_piece(self._audio)
        header = self._header or self._next_header()
        if header is None:
            return None
        self._header = header
        is_long = header.payload_bytes > PIECE_BYTES
        if is_long and header.kind != _AUDIO:
            msg = f"{header.payload_bytes} bytes with an event that is not audio"
            raise ValueError(msg)
        if header.data_bytes > self.max_data_bytes:
            msg = f"data_length {header.data_bytes} is above {self.max_data_bytes}"
            raise ValueError(msg)
        wanted = header.data_bytes + (0 if is_long else header.payload_bytes)
        if len(self._buffer) < wanted:
            return None
        self._header = None
        data = dict(header.data)
        if header.data_bytes:
            data |= self._data(self._take(header.data_bytes))
        event = Event(type=header.kind, data=data)
        if is_long:
            self._audio, self._audio_bytes = event, header.payload_bytes
            return self._next_piece(event)
        if header.payload_bytes:
            event.payload = self._take(header.payload_bytes)
        return event

    def _next_piece(self, audio: Event) -> Event | None:
        """Return the next piece of a long audio chunk."""
        count = min(PIECE_BYTES, self._audio_bytes)
        if len(self._buffer) < count:
            return None
        self._audio_bytes -= count
        if not self._audio_bytes:
            self._audio = None
        return Event(type=audio.type, data=audio.data, payload=self._take(count))

    def _next_header(self) -> _Header | None:
        """Return the next header, None until its line is complete."""
        end = self._buffer.find(b"\n", self._searched)
        if end > MAX_LINE_BYTES or (end < 0 and len(self._buffer) > MAX_LINE_BYTES):
            msg = "the header is too long"
            raise ValueError(msg)
        if end < 0:
            self._searched = len(self._buffer)
            return None
        self._searched = 0
        line = self._take(end + 1)
        if self._last_line is not None and self._last_line[0] == line:
            return self._last_line[1]
        header = _read_header(line)
        if len(line) <= _LONG_BYTES:
            self._last_line = (line, header)
        elif header.data_bytes or header.payload_bytes:
            # Its values would have to be kept until the rest has arrived.
            msg = "the header is too long for an event with more in it"
            raise ValueError(msg)
        return header

    def _data(self, text: bytes) -> dict[str, Any]:
        """Return the data that follows a header."""
        if self._last_data is not None and self._last_data[0] == text:
            return self._last_data[1]
        data = _object(text)
        if len(text) <= _LONG_BYTES:
            self._last_data = (text, data)
        return data

    def _take(self, count: int) -> bytes:
        """Remove bytes from the buffer and return them."""
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken


class EventReader:
    """Reads events from a stream."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        max_data_bytes: int = MAX_DATA_BYTES,
        turns: asyncio.Lock | None = None,
    ) -> None:
        """Set the stream; readers with the same ``turns`` parse long texts in turns."""
        self._reader = reader
        self._parser = EventParser(max_data_bytes)
        self.turns = turns
        self.last_bytes = 0
        """Number of bytes of the last read."""

    @property
    def max_data_bytes(self) -> int:
        """Return how many bytes of data an event may have."""
        return self._parser.max_data_bytes

    @max_data_bytes.setter
    def max_data_bytes(self, count: int) -> None:
        self._parser.max_data_bytes = count

    async def ready(self) -> Event | None:
        """Return the next buffered event; raise WireError if it is invalid.

        A long one is parsed in turn with other readers.
        """
        if self.turns is None or not self._parser.is_long:
            return self._parser.next()
        async with self.turns:
            event = self._parser.next()
            # What is parsed once in each round of the event loop delays nobody.
            await asyncio.sleep(0)
        return event

    async def read(self) -> Event | None:
        """Read the next event, None at the end; raise WireError if it is invalid."""
        while (event := await self.ready()) is None:
            data = await self._reader.read(_READ_BYTES)
            if not data:
                self._parser.end()
                return None
            self.last_bytes = len(data)
            self._parser.feed(data)
        return event


async def write_event(writer: asyncio.StreamWriter, event: Event) -> None:
    """Send an event; raise WireError if the peer does not read."""
    try:
        async with asyncio.timeout(_WRITE_LIMIT_SECONDS):
            await async_write_event(event, writer)
    except TimeoutError as err:
        # A graceful close would wait until the peer reads.
        writer.transport.abort()
        msg = f"the peer has not read for {_WRITE_LIMIT_SECONDS:.0f} s"
        raise WireError(msg) from err


async def close(writer: asyncio.StreamWriter) -> None:
    """Close a connection; discard what the peer does not read in time."""
    writer.close()
    try:
        async with asyncio.timeout(_CLOSE_LIMIT_SECONDS):
            await writer.wait_closed()
    except TimeoutError:
        writer.transport.abort()
    except OSError as err:
        # The streams keep this error, and with it all that was in progress when it was
        # raised, until the next garbage collection.
        err.__traceback__ = err.__context__ = None


def _object(text: bytes) -> dict[str, Any]:
    """Return a JSON object; raise ValueError if it is anything else."""
    value = strict_json.loads(text)
    if not isinstance(value, dict):
        msg = "not a JSON object"
        raise ValueError(msg)  # noqa: TRY004 - the caller expects one error
    return value


def _read_header(line: bytes) -> _Header:
    """Return the type of an event; raise ValueError if it has none."""
    header = _object(line)
    kind, data = header.get("type"), header.get("data") or {}
    if not isinstance(kind, str) or not isinstance(data, dict):
        msg = "it has no type, or its data is not an object"
        raise ValueError(msg)  # noqa: TRY004 - the caller expects one error
    return _Header(
        kind,
        data,
        _length(header, "data_length", MAX_DATA_BYTES),
        _length(header, "payload_length", MAX_PAYLOAD_BYTES),
    )


def _length(header: dict[str, Any], key: str, limit: int) -> int:
    """Return a length that the peer sent; raise ValueError if it is invalid."""
    length = header.get(key) or 0
    if type(length) is not int or not 0 <= length <= limit:
        msg = f"{key} {str(length)[:40]} is not between 0 and {limit}"
        raise ValueError(msg)
    return length
