"""Test the parts of the client that do not need Home Assistant."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import Any, override

import pytest
from wyoming.event import Event
from wyoming.info import Describe, Info

from custom_components.hearken.client.abilities import Abilities, abilities_of
from custom_components.hearken.client.allowance import EVENTS, Allowance, Reached
from custom_components.hearken.client.connection import Address, connect, probe
from custom_components.hearken.client.pcm import SPEECH_FORMAT, AudioFormat, WavReader
from custom_components.hearken.client.wire import read_event
from custom_components.hearken.errors import (
    AudioFormatError,
    CannotConnectError,
    ConnectionLostError,
    HearkenError,
    InvalidKeyError,
    NotHearkenError,
)
from custom_components.hearken.protocol import PeerKind
from custom_components.hearken.satellite.audio import AudioQueue
from custom_components.hearken.satellite.outbox import Outbox
from hearken_speech.protocol.pairing import new_key
from tests.simulators.faults import Fault
from tests.simulators.peer import HOST, Peer
from tests.simulators.speech_server import SpeechServer


@pytest.fixture(autouse=True)
def _house() -> None:
    """Do not set up Home Assistant."""


class Wall(Peer):
    """Accept connections and never answer."""

    @override
    async def greet(self, writer: asyncio.StreamWriter) -> bool:
        """Read nothing."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(30):
                await writer.wait_closed()
        return False


async def read(*pieces: bytes) -> Event:
    """Return the event read from these pieces."""
    reader = asyncio.StreamReader(limit=65536)
    for piece in pieces:
        reader.feed_data(piece)
    reader.feed_eof()
    return await read_event(reader, Allowance("peer", EVENTS, Reached()))


async def test_event_in_parts() -> None:
    """Data in the header and after it are merged."""
    event = await read(
        b'{"type": "x", "data": {"a": 1, "b": 1}, "data_length": 8,',
        b' "payload_length": 3}\n{"b": 2}abc',
    )
    assert event == Event("x", {"a": 1, "b": 2}, b"abc")


@pytest.mark.parametrize(
    "text",
    [b"", b'{"type"', b'{"type": "x", "payload_length": 3}\nab'],
)
async def test_connection_that_ends(text: bytes) -> None:
    """A closed connection is distinguished from invalid data."""
    with pytest.raises(ConnectionLostError):
        await read(text)


async def test_peer_that_reads_nothing(
    socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing to a peer that does not read times out."""
    monkeypatch.setattr(
        "custom_components.hearken.client.connection.WRITE_TIMEOUT_SECONDS", 0.1
    )
    event = Event("x", payload=bytes(1_000_000))
    async with Wall() as wall, connect(Address(host=HOST, port=wall.port)) as link:

        async def flood() -> None:
            for _ in range(100):
                await link.write(event)

        with pytest.raises(ConnectionLostError, match="accepts no more data"):
            await flood()


async def test_encryption_with_somebody_who_says_nothing(
    socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A peer that does not answer the TLS handshake is not a satellite."""
    for name in ("CONNECT", "HELLO"):
        monkeypatch.setattr(
            f"custom_components.hearken.client.connection.{name}_TIMEOUT_SECONDS", 0.2
        )
    async with Wall() as wall:
        address = Address(host=HOST, port=wall.port, key=new_key())
        with pytest.raises(NotHearkenError):
            await probe(address, PeerKind.SATELLITE)


async def test_key_that_is_none() -> None:
    """An invalid key is refused before anything is sent."""
    async with SpeechServer() as server:
        with pytest.raises(InvalidKeyError):
            async with connect(Address(host=HOST, port=server.port, key="x")):
                pass


async def test_slow_talker_is_given_up(
    socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A peer that sends data without a greeting is given up."""
    monkeypatch.setattr(
        "custom_components.hearken.client.connection.HELLO_TIMEOUT_SECONDS", 0.2
    )
    async with SpeechServer() as server:
        server.fault = Fault.NEVER_ANSWERS

        async def talk() -> None:
            while True:
                await server.send(Describe())
                await asyncio.sleep(0.02)

        talker = asyncio.create_task(talk())
        with pytest.raises(ConnectionLostError):
            await probe(Address(host=HOST, port=server.port), PeerKind.SERVER)
        talker.cancel()
        await asyncio.gather(talker, return_exceptions=True)


@pytest.mark.parametrize("port", [0, 65536, -1])
async def test_port_that_cannot_be(socket_enabled: None, port: int) -> None:
    """An invalid port is treated as an address where nobody answers."""
    with pytest.raises(CannotConnectError):
        async with connect(Address(host=HOST, port=port)):
            pass


def test_key_is_not_shown() -> None:
    """The key is not part of an address's representation in logs."""
    key = new_key()
    assert key not in repr(Address(host=HOST, port=1, key=key))


def artifact(**fields: Any) -> dict[str, Any]:
    """Return an installed artifact."""
    return {
        "name": "x",
        "attribution": {"name": "", "url": ""},
        "installed": True,
        "description": None,
        "version": None,
        **fields,
    }


def info(**fields: Any) -> Info:
    """Return an info event that was sent over the wire."""
    return Info.from_event(Event("info", fields))


@pytest.mark.parametrize(
    "odd",
    [
        info(),
        info(asr=[artifact(models=[], installed=False)]),
        info(asr=[artifact(models=[artifact(languages=[1, None, "", "x" * 2000])])]),
        info(asr=[artifact(models=[artifact(languages="en", installed=1)])]),
        info(wake=[artifact(models=[artifact(languages=[], phrase=1, name="")])]),
        info(tts=[artifact(voices=[artifact(languages=[], name=["a"])])]),
        info(
            satellite=artifact(
                active_wake_words=["a" * 2000], max_active_wake_words="9"
            )
        ),
    ],
    ids=range(7),
)
def test_odd_abilities_are_none(odd: Info) -> None:
    """Invalid entries are left out."""
    assert abilities_of(odd) == Abilities()


def test_abilities_are_bounded_and_unique() -> None:
    """The number of entries from a peer is limited, and duplicates are removed."""
    models = [artifact(name=f"w{n % 2000}", languages=["en"]) for n in range(4000)]
    words = abilities_of(info(wake=[artifact(models=models)])).wake_words
    assert [word.id for word in words] == [f"w{n}" for n in range(1000)]
    assert words[0].phrase == "w0"


def test_sound_without_header_passes() -> None:
    """Audio without a header has the configured format."""
    reader = WavReader(headerless=SPEECH_FORMAT)
    assert reader.feed(b"0123") == b""
    assert reader.feed(b"45678901") == b"012345678901"
    assert reader.feed(b"23") == b"23"
    assert reader.rest() == b""
    assert reader.format == SPEECH_FORMAT


def test_file_that_is_no_wav() -> None:
    """Audio without a header is an error if a header is required."""
    with pytest.raises(AudioFormatError, match="not a WAV file"):
        WavReader().feed(b"ID3\x04 and so on")


def test_data_before_format() -> None:
    """A header with chunks in the wrong order raises an error."""
    reader = WavReader()
    for _ in range(64):
        assert reader.feed(b"RIFF\0\0\0\0WAVEdata\0\0\0\0" + bytes(1000)) == b""
    with pytest.raises(AudioFormatError, match="too long"):
        reader.feed(bytes(1000))


def test_length_of_audio() -> None:
    """Sizes follow from the format."""
    stereo = AudioFormat(rate_hz=44100, width_bytes=2, channels=2)
    assert stereo.frame_bytes == 4
    assert stereo.bytes_per_second == 176_400


async def test_audio_queue_drops_the_oldest() -> None:
    """Audio that is not read does not fill the memory."""
    queue = AudioQueue(limit_seconds=0.1)
    for number in range(100):
        queue.put(bytes([number]) * 320)
    queue.end()
    queue.put(b"late")
    kept = [samples[0] async for samples in queue.stream()]
    assert kept == list(range(90, 100))
    assert queue.dropped_bytes == 90 * 320


async def test_audio_queue_goes_back_as_far_as_it_keeps() -> None:
    """Recent audio can be read again, but not audio older than the limit."""
    queue = AudioQueue(limit_seconds=0.02, can_rewind=True)
    stream = queue.stream()
    for number in range(4):
        queue.put(bytes([number]) * 320)
        assert (await anext(stream))[0] == number
    queue.rewind(0)
    queue.rewind(30)
    again = await anext(stream)
    assert again == bytes([2]) * 320 + bytes([3]) * 320
    # Nothing is kept from before, and rewinding there has no effect.
    queue.rewind(40)
    queue.end()
    assert [samples async for samples in stream] == []


async def test_audio_queue_ends_when_nothing_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stream that is not properly closed still ends."""
    monkeypatch.setattr(
        "custom_components.hearken.satellite.audio.AUDIO_TIMEOUT_SECONDS", 0.05
    )
    queue = AudioQueue()
    queue.put(b"ab")
    assert [samples async for samples in queue.stream()] == [b"ab"]


async def test_outbox_makes_senders_wait() -> None:
    """Senders of audio wait for room; other events are queued up to a limit."""
    outbox = Outbox()
    for number in range(16):
        await outbox.send(Event(str(number)))
    sender = asyncio.create_task(outbox.send(Event("late")))
    await asyncio.sleep(0)
    assert not sender.done()
    outbox.post(Event("soon"))
    taken = [(await outbox.take()).type for _ in range(18)]
    await sender
    assert taken == [*map(str, range(16)), "soon", "late"]

    for _ in range(300):
        outbox.post(Event("x"))
    with pytest.raises(ConnectionLostError, match="accepts no more data"):
        await outbox.take()


async def test_closed_outbox_wakes_everybody() -> None:
    """Closing an outbox releases all waiting senders."""
    outbox = Outbox()
    for _ in range(16):
        outbox.post(Event("x"))
    waiting = [
        asyncio.create_task(outbox.send(Event("late"))),
        asyncio.create_task(outbox.wait_empty()),
    ]
    await asyncio.sleep(0)
    outbox.close()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(results[0], HearkenError)
    assert results[1] is None


async def test_wire_survives_any_bytes(socket_enabled: None) -> None:
    """Random bytes raise only our own errors."""
    dice = random.Random(1)  # noqa: S311 - the same bytes each time
    for _ in range(300):
        text = bytes(dice.choices(b'{}[]":,0123456789typedatlngh_\n\\x\xff', k=60))
        with contextlib.suppress(HearkenError):
            await read(b'{"type": "x", ' + text + b"\n", text)
