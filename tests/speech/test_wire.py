"""Test reading and writing Wyoming events over a stream."""

import asyncio
import contextlib
import json
import socket
import tracemalloc
import weakref
from typing import Final

import pytest
from wyoming.event import Event, async_read_event

from hearken_speech import wire
from hearken_speech.wire import EventParser, EventReader, WireError, write_event

LIMIT_SECONDS: Final = 20.0
# Deeper than the JSON parser allows; the line limit permits less than half.
DEEP: Final = b'{"a":' + b"[" * 500_000 + b"]" * 500_000 + b"}"


def _reader(data: bytes) -> asyncio.StreamReader:
    """Return a stream with this content."""
    reader = asyncio.StreamReader(limit=wire.MAX_LINE_BYTES)
    reader.feed_data(data)
    reader.feed_eof()
    return reader


async def _read(data: bytes) -> Event | None:
    async with asyncio.timeout(LIMIT_SECONDS):
        return await EventReader(_reader(data)).read()


@pytest.mark.parametrize(
    ("data", "event"),
    [
        (b'{"type":"ping"}\n', Event("ping")),
        (b'{"type":"ping","data":null,"data_length":null}\n', Event("ping")),
        (b'{"type":"ping","data":{"text":"a"}}\r\n', Event("ping", {"text": "a"})),
        (b'{"type":"ping","data_length":10}\n{"text":1}', Event("ping", {"text": 1})),
        (
            b'{"type":"x","data":{"a":1,"b":1},"data_length":7}\n{"b":2}',
            Event("x", {"a": 1, "b": 2}),
        ),
        (b'{"type":"x","payload_length":3}\n\n\0"', Event("x", {}, b'\n\0"')),
        (b'{"type":"x","payload_length":0,"version":"9"}\n', Event("x")),
    ],
)
async def test_events_are_read(data: bytes, event: Event) -> None:
    """Data is read from the header, after it, or both, with a payload."""
    assert await _read(data) == event


async def test_events_follow_each_other() -> None:
    """Each event reads only its own bytes."""
    stream = _reader(b'{"type":"a","payload_length":2}\n{}{"type":"b"}\n')
    reader = EventReader(stream)
    assert await reader.read() == Event("a", {}, b"{}")
    assert await reader.ready() == Event("b")
    assert await reader.ready() is None
    assert await reader.read() is None


def test_events_may_be_cut_anywhere() -> None:
    """Reading byte by byte gives the same events as reading all at once."""
    chunk = b'{"type":"c","data_length":8,"payload_length":3}\n{"n": 1}\n{"'
    other = b'{"type":"c","data_length":8,"payload_length":3}\n{"n": 2}abc'
    parser = EventParser()
    events = []
    for number in chunk + chunk + other:
        parser.feed(bytes([number]))
        if event := parser.next():
            events.append(event)
    one, two = Event("c", {"n": 1}, b'\n{"'), Event("c", {"n": 2}, b"abc")
    assert events == [one, one, two]


def test_events_share_nothing() -> None:
    """Changing the data of one event does not affect the next one."""
    parser = EventParser()
    parser.feed(b'{"type":"c","data":{"a":1},"data_length":7}\n{"b":2}' * 2)
    first = parser.next()
    assert first is not None
    first.data.clear()
    assert parser.next() == Event("c", {"a": 1, "b": 2})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'{"type":"x","data_length":20}\n{"text"',
        b'{"type":"x","payload_length":1000}\nabc',
        b'{"type":"x","data_length":2,"payload_length":9}\n{}',
    ],
)
async def test_a_cut_connection_is_an_end(data: bytes) -> None:
    """A peer that disconnects within an event is not a protocol error."""
    assert await _read(data) is None


@pytest.mark.parametrize(
    "data",
    [
        b"\n",
        b"GET / HTTP/1.1\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n",
        b"\xff\xfe\x00\n",
        b"null\n",
        b"NaN\n",
        b'"ping"\n',
        b'[{"type":"ping"}]\n',
        b"{}\n",
        b'{"type":null}\n',
        b'{"type":5}\n',
        b'{"type":["ping"]}\n',
        b'{"type":"x","data":[1]}\n',
        b'{"type":"x","data":"text"}\n',
        b'{"type":"x","data":[1],"data_length":2}\n{}',
        b'{"type":"x","data":"text","data_length":2}\n{}',
        b'{"type":"x","data_length":2}\n[]',
        b'{"type":"x","data_length":3}\nNaN',
        b'{"type":"x","data_length":2}\n\xff\xff',
        b'{"type":"x","data_length":-1}\n{}',
        b'{"type":"x","payload_length":-5}\n{}',
        b'{"type":"x","payload_length":1.5}\n{}',
        b'{"type":"x","payload_length":true}\n{}',
        b'{"type":"x","payload_length":"2"}\n{}',
        b'{"type":"x","payload_length":NaN}\n{}',
        b'{"type":"x","payload_length":Infinity}\n{}',
        b'{"type":"x","payload_length":{"a":1}}\n{}',
        b'{"type":"x","payload_length":1e3}\n{}',
        b'{"type":"x","data_length":%d}\n{}' % (wire.MAX_DATA_BYTES + 1),
        b'{"type":"x","payload_length":%d}\n{}' % (wire.MAX_PAYLOAD_BYTES + 1),
        b'{"type":"x","payload_length":%d}\n{}' % 10**30,
        b'{"type":"x","payload_length":' + b"9" * 6_000 + b"}\n",
        b'{"type":"' + b"x" * wire.MAX_LINE_BYTES + b'"}\n',
        b"x" * (2 * wire.MAX_LINE_BYTES),
        b"[" * 60_000 + b"\n",
        b'{"type":"x","data_length":%d}\n' % len(DEEP) + DEEP,
    ],
    ids=lambda data: repr(data[:48]),
)
async def test_what_is_no_event_is_refused(data: bytes) -> None:
    """Any invalid event raises WireError."""
    with pytest.raises(WireError, match="not a Wyoming event"):
        await _read(data)


async def test_a_length_is_not_believed() -> None:
    """An excessive length is refused without reading further."""
    reader = asyncio.StreamReader(limit=wire.MAX_LINE_BYTES)
    reader.feed_data(b'{"type":"x","payload_length":99999999999}\n')
    with pytest.raises(WireError, match="payload_length 99999999999 is not between"):
        async with asyncio.timeout(LIMIT_SECONDS):
            await EventReader(reader).read()


async def test_limits_leave_room_for_what_is_usual() -> None:
    """Data of the maximum size is accepted, and strangers may send less."""
    data = json.dumps({"a": "x" * (wire.MAX_DATA_BYTES - 9)}).encode()
    event_bytes = b'{"type":"x","data_length":%d}\n' % len(data) + data
    event = await _read(event_bytes)
    assert event is not None
    assert len(event.data["a"]) == wire.MAX_DATA_BYTES - 9
    reader = EventReader(_reader(event_bytes), wire.MAX_STRANGERS_DATA_BYTES)
    with pytest.raises(wire.WireError, match="data_length"):
        await reader.read()


def test_long_audio_is_passed_on_in_pieces() -> None:
    """A chunk of the maximum size is not kept until it is complete."""
    audio = bytes(range(256)) * (wire.MAX_PAYLOAD_BYTES // 256)
    parser = EventParser()
    header = b'{"type":"audio-chunk","data":{"rate":1},"payload_length":%d}\n'
    parser.feed(header % len(audio))
    assert parser.next() is None
    pieces = []
    for first in range(0, len(audio), 50_000):
        parser.feed(audio[first : first + 50_000])
        while (event := parser.next()) is not None:
            assert (event.type, event.data) == ("audio-chunk", {"rate": 1})
            pieces.append(event.payload or b"")
    assert b"".join(pieces) == audio
    assert max(map(len, pieces)) == wire.PIECE_BYTES
    parser.feed(b'{"type":"ping"}\n')
    assert parser.next() == Event("ping", {})


_VALUES: Final = b'{"a":[' + b"[]," * 50_000 + b"[]]}"
"""A text whose values take twenty times as much memory."""


def test_values_of_a_long_text_are_not_kept() -> None:
    """A peer that sends one and then waits costs no memory."""
    parsers = [EventParser() for _ in range(20)]
    tracemalloc.start()
    try:
        for parser in parsers:
            parser.feed(b'{"type":"x","data_length":%d}\n' % len(_VALUES) + _VALUES)
            assert parser.next() is not None
            parser.feed(b'{"type":"x","data":' + _VALUES[:60_006] + b"[]]}}\n")
            assert parser.next() is not None
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < len(_VALUES)


async def test_long_headers_are_complete_events() -> None:
    """Their values need not be kept until more has arrived."""
    header = b'{"type":"x","data":{"a":"' + b"x" * 5_000 + b'"}'
    assert await _read(header + b"}\n") is not None
    for more in (b"data_length", b"payload_length"):
        with pytest.raises(wire.WireError, match="too long"):
            await _read(header + b',"' + more + b'":2}\n{}')


async def test_long_texts_are_parsed_in_turns() -> None:
    """Many peers that send them at once leave time for others."""
    turns, rounds = asyncio.Lock(), 0
    text = b'{"type":"x","data_length":%d}\n' % len(_VALUES) + _VALUES
    readers = [EventReader(_reader(text), turns=turns) for _ in range(10)]
    reading = asyncio.gather(*(one.read() for one in readers))
    while not reading.done():
        await asyncio.sleep(0)
        rounds += 1
    assert all(await reading)
    assert rounds >= len(readers)


async def test_long_payloads_are_audio() -> None:
    """No other event has a long payload."""
    with pytest.raises(wire.WireError, match="not audio"):
        await _read(b'{"type":"x","payload_length":100000}\n')


async def _pair() -> tuple[asyncio.StreamWriter, socket.socket]:
    """Return a writer, and the socket at the other end."""
    near, far = socket.socketpair()
    far.settimeout(0)
    _, writer = await asyncio.open_connection(sock=near)
    return writer, far


async def _write_much(writer: asyncio.StreamWriter) -> None:
    """Write more than the socket buffers while nobody reads."""
    for _ in range(100):
        await write_event(writer, Event("x", {}, bytes(1 << 20)))


async def test_what_is_written_is_read_by_the_library() -> None:
    """The library's own reader reads our events."""
    writer, far = await _pair()
    event = Event("x", {"name": "Küche 厨房"}, b"\0\n")
    await write_event(writer, event)
    writer.close()
    reader, other = await asyncio.open_connection(sock=far)
    assert await async_read_event(reader) == event
    other.close()


async def test_a_peer_that_never_reads_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After the time limit, the connection is closed and its buffer freed."""
    monkeypatch.setattr(wire, "_WRITE_LIMIT_SECONDS", 0.05)
    writer, far = await _pair()
    with far:
        with pytest.raises(WireError, match="has not read"):
            await _write_much(writer)
        assert writer.transport.is_closing()
        assert writer.transport.get_write_buffer_size() == 0


async def test_a_peer_that_is_gone_is_a_connection_error() -> None:
    """A client that disconnects while we write raises ConnectionError."""
    writer, far = await _pair()
    far.close()
    with pytest.raises(ConnectionError):
        await _write_much(writer)
    writer.close()


class _Recording:
    """Something large that was in progress."""

    def refuse(self) -> None:
        """Raise the error of a request that is refused."""
        raise WireError(self)


async def test_a_lost_connection_keeps_nothing_of_an_earlier_error() -> None:
    """Streams keep the error they were lost with, but not what led to it."""
    near, far = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=near)
    await write_event(writer, Event("unread"))
    far.close()
    with contextlib.suppress(ConnectionError):
        await reader.read()
    recording = _Recording()
    kept = weakref.ref(recording)
    try:
        recording.refuse()
    except WireError:
        with contextlib.suppress(ConnectionError):
            await write_event(writer, Event("error"))
    del recording
    await wire.close(writer)
    assert isinstance(reader.exception(), ConnectionError)
    assert kept() is None
