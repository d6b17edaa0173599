"""Test the port of the control API: what is read of whom."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import pytest
from aiohttp import web

from hearken_speech.connections import Connections
from hearken_speech.server.control_port import ControlPort
from tests.speech.program import HOST, LIMIT_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.speech.program import Server

BODY: Final = b'{"a": "' + b"x" * 50_000 + b'"}'
POST: Final = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n" % len(BODY)


@asynccontextmanager
async def _port(
    *, is_trusted: bool, seen: list[bytes]
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect to a port that notes what arrives of each request's body."""

    def make_app(port: ControlPort) -> web.Application:
        async def handle(request: web.Request) -> web.Response:
            if is_trusted:
                port.trust(request)
                seen.append(await request.read())
                return web.Response(text="thanks")
            for _ in range(100):  # more rounds than anything takes to arrive
                await asyncio.sleep(0)
            seen.append(await request.content.read(1 << 20) if _has(request) else b"")
            answer = web.Response(status=401)
            answer.force_close()
            return answer

        app = web.Application()
        app.router.add_route("*", "/{path}", handle)
        return app

    connections = Connections()
    port = ControlPort(connections, make_app)
    await port.start()
    near, far = socket.socketpair()
    far.setblocking(False)  # noqa: FBT003 - the method's only form
    place = connections.admit("a", lambda: None)
    serving = asyncio.create_task(port.serve(far, place))
    reader, writer = await asyncio.open_connection(sock=near)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        async with asyncio.timeout(LIMIT_SECONDS):
            await serving
            await port.close()


def _has(request: web.Request) -> bool:
    """Return whether any of the body has arrived."""
    return request.content.total_bytes > 0


async def test_body_of_a_stranger_is_not_read() -> None:
    """Nothing that follows its headers is parsed, not even another request."""
    seen: list[bytes] = []
    async with _port(is_trusted=False, seen=seen) as (reader, writer):
        writer.write(POST + b"\r\n" + BODY + POST + b"\r\n" + BODY)
        async with asyncio.timeout(LIMIT_SECONDS):
            assert (await reader.readline()).startswith(b"HTTP/1.1 401")
            await asyncio.gather(reader.read(), return_exceptions=True)
    assert seen == [b""]


@pytest.mark.parametrize("size", [1, 7, 1_000, 200_000])
async def test_body_of_the_trusted_is_read_however_it_is_cut(size: int) -> None:
    """What was held back until the token was seen is not lost."""
    seen: list[bytes] = []
    data = (POST + b"\r\n") + BODY + (POST + b"X: y\r\n\r\n") + BODY
    # Single bytes only where it matters: around the ends of the headers.
    cuts = range(0, len(data), size) if size > 1 else range(len(POST) + 8)
    async with _port(is_trusted=True, seen=seen) as (reader, writer):
        async with asyncio.timeout(LIMIT_SECONDS):
            for first, last in zip(cuts, [*cuts[1:], len(data)], strict=True):
                writer.write(data[first:last])
                await asyncio.sleep(0)
            for _ in range(2):
                answer = await reader.readuntil(b"thanks")
                assert answer.startswith(b"HTTP/1.1 200 ")
    assert seen == [BODY, BODY]


async def test_bodies_are_not_decompressed() -> None:
    """Even whoever knows the token cannot make a few bytes many."""
    seen: list[bytes] = []
    body = gzip.compress(bytes(1_000_000))
    async with _port(is_trusted=True, seen=seen) as (reader, writer):
        writer.write(
            b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body) + body
        )
        async with asyncio.timeout(LIMIT_SECONDS):
            await reader.readline()
    assert seen == [body]


@pytest.mark.parametrize("header", [b"X: y\r\n", b"x" * 20_000], ids=["many", "long"])
async def test_headers_have_an_end(header: bytes) -> None:
    """Endless headers close the connection."""
    seen: list[bytes] = []
    async with _port(is_trusted=True, seen=seen) as (reader, writer):
        writer.write(POST)
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(LIMIT_SECONDS):
                while True:
                    writer.write(header * 10)
                    await writer.drain()
                    await asyncio.sleep(0)
        assert reader.at_eof() or reader.exception() is not None
    assert seen == []


async def test_other_protocols_leave_no_traceback(server: Server) -> None:
    """Whatever is sent to the port is the peer's mistake, and one line of the log."""
    for nonsense in (
        b"\x16\x03\x01\x02\x00\x01" + bytes(500),
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 500 + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 9_000 + b"\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ):
        async with asyncio.timeout(LIMIT_SECONDS):
            reader, writer = await asyncio.open_connection(HOST, server.http_port)
            writer.write(nonsense)
            await asyncio.gather(reader.read(), return_exceptions=True)
            writer.transport.abort()
    log = server.log
    assert "no HTTP request: " in log
    assert "Traceback" not in log
