"""Test that faulty clients do not affect others."""

import asyncio
import contextlib
import json
import socket
import struct
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart
from wyoming.event import Event, Eventable
from wyoming.info import Describe
from wyoming.ping import Ping, Pong
from wyoming.tts import Synthesize
from wyoming.wake import Detect

from tests.speech.client import Client, audio, connect
from tests.speech.program import HOST, LIMIT_SECONDS, Server
from tests.speech.sounds import spoken, wake_word

SENTENCE: Final = "turn on the kitchen light"


async def _assert_serves(server: Server) -> None:
    """Check that the next command works."""
    async with connect(server.port) as client:
        await client.send(Transcribe(), *audio(spoken(SENTENCE)))
        assert (await client.expect("transcript")).data["text"] == SENTENCE


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: example\r\nAccept: */*\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500) + b"\n",
        b"\0" * 100_000,
        b"x" * 100_000,
        b"\xff\xfe\xfd\n",
        b"[]\n",
        b'{"type":"describe","data_length":-1}\n',
        b'{"type":"audio-chunk","payload_length":99999999999}\n',
        b"[" * 60_000 + b"\n",
        b'{"type":"audio-start","data":{"rate":NaN}}\n',
        b'{"type":"audio-start","data":{"rate":1e999}}\n',
        b'{"type":"audio-start","data":{"rate":1' + b"0" * 30 + b"}}\n",
        b'{"type":"transcribe","data":{"language":"\\ud800"}}\n',
    ],
    ids=lambda data: repr(data[:24]),
)
async def test_something_else_than_wyoming_is_hung_up_on(
    server: Server, data: bytes
) -> None:
    """The server disconnects, logs the reason, and serves the next client."""
    before = len(server.log)
    async with connect(server.port) as client:
        client.writer.write(data)
        await client.closed()
    assert "connection closed: not a Wyoming event" in server.log[before:]
    async with connect(server.port) as client:
        await client.send(Ping())
        await client.expect("pong")


@pytest.mark.parametrize("request_", [Transcribe(), Detect()], ids=["stt", "wake"])
@pytest.mark.parametrize("reset", [False, True], ids=["close", "reset"])
async def test_a_client_vanishes_within_a_stream(
    server: Server, request_: Transcribe | Detect, *, reset: bool
) -> None:
    """Half a recording is discarded."""
    async with connect(server.port) as client:
        await client.send(request_, *audio(spoken(SENTENCE))[:-1], Ping())
        await client.until("pong")
        if reset:
            _reset_on_close(client)
    await _assert_serves(server)


async def test_a_client_vanishes_within_an_event(server: Server) -> None:
    """The server does not wait for the missing payload."""
    async with connect(server.port) as client:
        client.writer.write(b'{"type":"audio-chunk","payload_length":32000}\n' + b"\0")
        await client.writer.drain()
    await _assert_serves(server)


async def test_a_client_vanishes_before_its_answer(server: Server) -> None:
    """A disconnected client affects nothing else."""
    for request in (
        [Transcribe(), *audio(spoken(SENTENCE))],
        [Synthesize(text="a long answer " * 100)],
        [Detect(), *audio(wake_word())],
    ):
        async with connect(server.port) as client:
            await client.send(*request)
            _reset_on_close(client)
    await _assert_serves(server)


def _reset_on_close(client: Client) -> None:
    """Reset the connection on close, like a broken cable."""
    client.writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )


@asynccontextmanager
async def _flood(server: Server) -> AsyncIterator[None]:
    """Send requests continuously and never read an answer."""

    async def write(writer: asyncio.StreamWriter) -> None:
        question = b'{"type":"describe"}\n' * 1_000
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(question)
                await writer.drain()

    async with connect(server.port) as client:
        flooding = asyncio.create_task(write(client.writer))
        try:
            yield
        finally:
            flooding.cancel()
            await asyncio.gather(flooding, return_exceptions=True)


async def test_a_client_that_floods_and_never_reads(server: Server) -> None:
    """Others are served meanwhile, and the answers do not fill the memory."""
    before = _memory_kb(server)
    async with _flood(server):
        for _ in range(3):
            await _assert_serves(server)
        assert _memory_kb(server) - before < 100_000


def _memory_kb(server: Server) -> int:
    """Return the server's memory in KB."""
    status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0])


async def test_audio_faster_than_it_can_be_judged(server: Server) -> None:
    """Audio sent too fast is partly dropped, so that memory stays bounded."""
    before = _memory_kb(server)
    second = AudioChunk(16_000, 2, 1, bytes(32_000))
    async with connect(server.port) as client:
        await client.send(Detect(), AudioStart(16_000, 2, 1), *[second] * 300, Ping())
        await client.expect("pong")
        assert _memory_kb(server) - before < 100_000
    await _assert_serves(server)


async def test_chunks_without_audio_are_not_kept(server: Server) -> None:
    """Any number of empty chunks adds nothing to a recording."""
    empty = AudioChunk(16_000, 2, 1, b"")
    async with connect(server.port) as client:
        await client.send(Transcribe(), *audio(spoken(SENTENCE))[:-1])
        await client.send(*[empty] * 2_000, *audio(b"")[-1:])
        assert (await client.expect("transcript")).data["text"] == SENTENCE


async def _ask_until_served(server: Server, request: list[Eventable]) -> Event:
    """Retry while the server is busy, as a client should."""
    while True:
        async with connect(server.port) as client:
            await client.send(*request)
            answer = await client.receive()
        assert answer is not None
        if answer.data.get("code") != "busy":
            return answer
        await asyncio.sleep(0.1)


async def _transcribe(server: Server) -> None:
    answer = await _ask_until_served(server, [Transcribe(), *audio(spoken(SENTENCE))])
    assert (answer.type, answer.data["text"]) == ("transcript", SENTENCE)


async def _detect(server: Server) -> None:
    request = [Detect(names=["hey_jarvis"]), *audio(wake_word())]
    answer = await _ask_until_served(server, request)
    assert (answer.type, answer.data["name"]) == ("detection", "hey_jarvis")


async def test_thirty_clients_at_once(server: Server) -> None:
    """All get correct answers; those who find the queue full are asked to retry."""
    wake_word(), spoken(SENTENCE)
    async with asyncio.TaskGroup() as clients:
        for _ in range(15):
            clients.create_task(_transcribe(server))
            clients.create_task(_detect(server))


async def test_many_idle_connections_are_harmless(server: Server) -> None:
    """A hundred idle connections leave room for active ones."""
    async with contextlib.AsyncExitStack() as idle:
        for _ in range(100):
            await idle.enter_async_context(connect(server.port))
        await _assert_serves(server)


async def test_the_control_port_survives_wyoming(server: Server) -> None:
    """Wyoming data at the control port gets an error and breaks nothing."""
    async with connect(server.http_port) as client:
        await client.send(Describe())
        await client.closed()
    await asyncio.to_thread(_health, server)


def _health(server: Server) -> None:
    url = f"http://{HOST}:{server.http_port}/health"
    with urllib.request.urlopen(url, timeout=LIMIT_SECONDS) as answer:
        assert json.load(answer)["status"] == "ok"


async def test_pings_are_answered_while_others_work(server: Server) -> None:
    """The event loop is free during recognition."""
    async with connect(server.port) as worker, connect(server.port) as other:
        await worker.send(*[*[Transcribe()], *audio(spoken(SENTENCE))] * 4)
        await other.send(Ping(text="free"))
        assert Pong.from_event(await other.expect("pong")).text == "free"
        for _ in range(4):
            await worker.expect("transcript")
