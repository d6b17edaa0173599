"""Test that floods, and slow and silent clients, do not lock anybody out."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from wyoming.asr import Transcribe
from wyoming.error import Error
from wyoming.ping import Ping
from wyoming.wake import Detect

from hearken_speech.connections import DEFAULT_LIMITS
from hearken_speech.protocol import (
    Proof,
    TranscribeOptions,
    Vocabulary,
    VocabularyMissing,
)
from tests.speech.client import Client, audio, connect
from tests.speech.program import HOST, LIMIT_SECONDS, Server
from tests.speech.sounds import spoken

SENTENCE = "turn on the kitchen light"
HALF_HEADER = b'{"type":"transcribe","da'
HALF_PAYLOAD = b'{"type":"audio-chunk","payload_length":4000000}\n' + bytes(30_000)
HALF_REQUEST = b"GET /health HTTP/1.1\r\nHost: a\r\nX-Slow: "


@asynccontextmanager
async def _crowd(port: int, count: int, data: bytes) -> AsyncIterator[None]:
    """Hold many connections that send the same and then nothing."""
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(count):
            reader, writer = await asyncio.open_connection(HOST, port)
            del reader
            stack.callback(writer.transport.abort)
            writer.write(data)
        yield


async def _health(server: Server) -> bytes:
    """Return the first line of the answer to a watchdog."""
    async with asyncio.timeout(LIMIT_SECONDS):
        reader, writer = await asyncio.open_connection(HOST, server.http_port)
        writer.write(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        line = await reader.readline()
        writer.transport.abort()
        return line


async def _assert_serves(server: Server) -> None:
    """Check that a stranger's command and a watchdog are answered."""
    async with connect(server.port) as client:
        await client.send(Transcribe(), *audio(spoken(SENTENCE)))
        assert (await client.expect("transcript")).data["text"] == SENTENCE
    assert await _health(server) == b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("port", "data"),
    [
        ("port", b""),
        ("port", HALF_HEADER),
        ("port", HALF_PAYLOAD),
        ("port", b'{"type":"hearken-hello","data":{"protocol":1}}\n'),
        ("http_port", b""),
        ("http_port", HALF_REQUEST),
    ],
    ids=["silent", "header", "payload", "hello", "http", "http-header"],
)
async def test_crowds_lock_nobody_out(server: Server, port: str, data: bytes) -> None:
    """Hundreds of connections that say nothing useful make room for one that does."""
    async with _crowd(getattr(server, port), 400, data):
        await _assert_serves(server)


async def test_idle_strangers_make_room(server: Server) -> None:
    """Open streams without audio are closed when others need their places."""
    request = json.dumps({"type": "detect"}).encode() + b"\n"
    limit = DEFAULT_LIMITS.strangers_per_address
    async with _crowd(server.port, limit, request), connect(server.port) as client:
        while True:
            answer = None
            with contextlib.suppress(ConnectionError):
                await client.send(Transcribe(), *audio(spoken(SENTENCE)))
                answer = await client.receive()
            if answer is not None and answer.type == "transcript":
                break
            # They were active a moment ago.
            if answer is not None:
                assert Error.from_event(answer).code == "busy"
            await asyncio.sleep(0.2)
            client.reader, client.writer = await asyncio.open_connection(
                HOST, server.port
            )


async def _fill(server: Server, stack: contextlib.AsyncExitStack) -> list[Client]:
    """Take all places of strangers and keep them in use."""
    clients = []
    for _ in range(DEFAULT_LIMITS.strangers_per_address):
        client = await stack.enter_async_context(connect(server.port))
        await client.send(Detect(), Ping())
        clients.append(client)
    for client in clients:
        await client.until("pong")
    return clients


async def test_the_trusted_have_places_of_their_own(server: Server) -> None:
    """A client that knows the token is served while strangers fill theirs."""
    token = json.loads((server.data_dir / "server.json").read_text())["token"]
    async with contextlib.AsyncExitStack() as stack:
        for client in await _fill(server, stack):
            await client.send(Ping())
        async with connect(server.port) as client:
            await client.send(Proof.of("guessed"), Detect())
            assert (await client.expect("error")).data["code"] == "busy"
            await client.closed()
        async with connect(server.port) as client:
            await client.send(Proof.of(token), Transcribe(), *audio(spoken(SENTENCE)))
            assert (await client.expect("transcript")).data["text"] == SENTENCE


async def test_a_missing_vocabulary_is_asked_for(server: Server) -> None:
    """A client that names a vocabulary which is not stored is told so, and served."""
    token = json.loads((server.data_dir / "server.json").read_text())["token"]
    options = TranscribeOptions(vocabulary="of a house")
    request = Transcribe(context=options.context())
    async with connect(server.port) as client:
        await client.send(Proof.of(token), request, *audio(spoken(SENTENCE)))
        missing = await client.expect("hearken-vocabulary-missing")
        assert VocabularyMissing.from_event(missing).key == "of a house"
        await client.expect("transcript")
        await client.send(Vocabulary(key="of a house"))
        await client.send(request, *audio(spoken(SENTENCE)))
        await client.expect("transcript")
