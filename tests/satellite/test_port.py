"""Test the satellite's port under peers that do not know the key."""

import asyncio
import contextlib
import gc
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from ssl import SSLObject

import pytest

from hearken_speech.acceptor import listen_on
from hearken_speech.connections import ConnectionLimits
from hearken_speech.protocol import pairing
from hearken_speech.satellite.port import RefusalLog, SatellitePort
from tests.satellite.client import paired
from tests.speech.program import HOST, LIMIT_SECONDS

STRANGER = "127.0.0.2"
HELLO = b"\x16\x03\x01\x00\xff"
"""The start of a handshake that is never finished."""


@asynccontextmanager
async def opened(
    key: str, limits: ConnectionLimits
) -> AsyncIterator[tuple[SatellitePort, int]]:
    """Run a port that sends one byte to those who get through."""

    async def welcome(
        _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"w")
        await writer.drain()
        writer.close()

    listening = listen_on(HOST, 0)
    port = SatellitePort(pairing.server_context(key), welcome, limits)
    number: int = listening.getsockname()[1]
    task = asyncio.create_task(port.run(listening))
    try:
        yield port, number
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextmanager
def flood(port: int, number: int) -> Iterator[list[socket.socket]]:
    """Begin handshakes from one address, and never finish them."""
    sockets = []
    try:
        for _ in range(number):
            one = socket.create_connection((HOST, port), LIMIT_SECONDS, (STRANGER, 0))
            one.sendall(HELLO)
            sockets.append(one)
        yield sockets
    finally:
        for one in sockets:
            one.close()


def read_to_the_end(sock: socket.socket) -> None:
    """Read until the other end hangs up; fail if it does not."""
    sock.settimeout(LIMIT_SECONDS)
    with contextlib.suppress(ConnectionError):
        while sock.recv(100):
            pass


async def until(is_true: Callable[[], bool]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while not is_true():  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)


async def test_unfinished_handshakes_keep_nobody_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Few are under way at a time, and a peer with the key gets through them."""
    key, limits = pairing.new_key(), ConnectionLimits(new=8, new_seconds=60)
    async with opened(key, limits) as (port, number):
        with flood(number, 100):
            await until(lambda: port.connections.counts["made room"] >= 92)
            assert len(port.connections) == 8
            async with paired(number, key) as client:
                assert await client.reader.read(1) == b"w"
    assert f"of {STRANGER}" in caplog.text


async def test_who_only_hangs_up_costs_no_handshake(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing is begun for a peer that leaves without a word."""
    key, limits = pairing.new_key(), ConnectionLimits(new=50, new_seconds=60)
    async with opened(key, limits) as (port, number):
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(50):
                _, writer = await asyncio.open_connection(HOST, number)
                stack.callback(writer.close)
            await until(lambda: len(port.connections) == 50)
        await until(lambda: not len(port.connections))
        async with paired(number, key) as client:
            assert await client.reader.read(1) == b"w"
    assert "refused" not in caplog.text


async def test_handshake_has_a_time_limit() -> None:
    """Who does not finish in time is let go."""
    key, limits = pairing.new_key(), ConnectionLimits(new=8, new_seconds=0.2)
    async with opened(key, limits) as (port, number):
        with flood(number, 3) as sockets:
            await until(lambda: len(port.connections) == 3)
            await until(lambda: not len(port.connections))
            for one in sockets:
                await asyncio.to_thread(read_to_the_end, one)


def test_refusals_are_counted_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """A flood writes a line a minute, with the number of handshakes."""
    minutes = count(0, 1)
    log = RefusalLog(lambda: next(minutes) * 0.01)
    for _ in range(5000):
        log.add(STRANGER)
    assert len(caplog.records) == 1
    late = RefusalLog(lambda: next(minutes) * 30.0)
    for _ in range(4):
        late.add(STRANGER)
    assert caplog.messages[-1] == f"refused 2 handshakes of {STRANGER}"


async def test_strangers_leave_nothing_behind() -> None:
    """What refused handshakes have left is freed, without Python's own collector."""
    key = pairing.new_key()
    gc.collect()
    gc.disable()
    try:
        async with opened(key, ConnectionLimits(new=4)) as (port, number):
            for _ in range(4):
                with contextlib.suppress(OSError):
                    async with paired(number, pairing.new_key()):
                        pass
            async with asyncio.timeout(LIMIT_SECONDS):
                while port.connections.admitted < 4 or _handshakes():  # noqa: ASYNC110 - a collector
                    await asyncio.sleep(0.05)
    finally:
        gc.enable()


def _handshakes() -> int:
    """Return how many handshakes Python still knows."""
    return sum(isinstance(each, SSLObject) for each in gc.get_objects())
