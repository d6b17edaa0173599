"""The attackers, in a process of their own.

``python -m benchmarks.attack.attackers NAME PORT SECONDS SEED`` attacks a port of this
machine for so long, and prints how many inputs it sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import sys
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

HOST: Final = "127.0.0.1"
_CROWD: Final = 1_100
_STREAMS: Final = 100
_WRITE_SECONDS: Final = 2.0


def event(kind: str, data: object = None, payload: bytes = b"") -> bytes:
    """Return an event as it is sent."""
    header = {"type": kind, "data": data or {}, "payload_length": len(payload)}
    return json.dumps(header).encode() + b"\n" + payload


def _long(values: bytes) -> bytes:
    """Return an event with a long list of the same values."""
    text = b'{"%d":[' % random.randrange(10**9) + values + b"0]}"  # noqa: S311 - no secret
    header = {"type": "describe", "data_length": len(text)}
    return json.dumps(header).encode() + b"\n" + text


def _start(rate: int, width: int = 2) -> bytes:
    """Return the start of audio."""
    return event("audio-start", {"rate": rate, "width": width, "channels": 1})


def _chunk(rate: int, size: int, width: int = 2) -> bytes:
    """Return a chunk of noise."""
    layout = {"rate": rate, "width": width, "channels": 1}
    return event("audio-chunk", layout, os.urandom(size))


@contextlib.asynccontextmanager
async def _connection(
    port: int,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect, and hang up without a farewell."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Send, but do not wait for a server that does not read."""
    writer.write(data)
    async with asyncio.timeout(_WRITE_SECONDS):
        await writer.drain()


class Attack:
    """One attack with a clock and a count."""

    def __init__(self, port: int, seconds: float, seed: int) -> None:
        """Set the port and the length."""
        self.port = port
        self.inputs = 0
        self.moments = random.Random(seed)  # noqa: S311 - no secret
        self._end = time.monotonic() + seconds

    @property
    def goes_on(self) -> bool:
        """Return whether time is left."""
        return time.monotonic() < self._end

    async def hold(self, count: int, data: bytes, answer: bytes = b"") -> None:
        """Hold many connections that send the same once, and connect again."""

        async def one() -> None:
            while self.goes_on:
                with contextlib.suppress(OSError, TimeoutError):
                    async with _connection(self.port) as (reader, writer):
                        self.inputs += 1
                        await _write(writer, data)
                        while self.goes_on:
                            async with asyncio.timeout(1.0):
                                if not await reader.read(1 << 16):
                                    break
                            if answer:
                                await _write(writer, answer)
                await asyncio.sleep(0.05)

        await asyncio.gather(*(one() for _ in range(count)))

    async def pour(self, count: int, first: bytes, again: Callable[[], bytes]) -> None:
        """Hold connections that send without a pause and read nothing."""

        async def one() -> None:
            while self.goes_on:
                with contextlib.suppress(OSError, TimeoutError):
                    async with _connection(self.port) as (_, writer):
                        await _write(writer, first)
                        while self.goes_on:
                            self.inputs += 1
                            await _write(writer, again())
                await asyncio.sleep(0.05)

        await asyncio.gather(*(one() for _ in range(count)))

    async def drip(self, count: int, data: bytes) -> None:
        """Hold connections that send a byte at a time."""

        async def one() -> None:
            while self.goes_on:
                with contextlib.suppress(OSError, TimeoutError):
                    async with _connection(self.port) as (_, writer):
                        for byte in data:
                            if not self.goes_on:
                                return
                            self.inputs += 1
                            await _write(writer, bytes([byte]))
                            await asyncio.sleep(0.2)

        await asyncio.gather(*(one() for _ in range(count)))

    async def churn(self, count: int, data: bytes) -> None:
        """Connect, send and hang up as fast as possible."""

        async def one() -> None:
            while self.goes_on:
                with contextlib.suppress(OSError, TimeoutError):
                    async with _connection(self.port) as (_, writer):
                        self.inputs += 1
                        if data:
                            await _write(writer, data)

        await asyncio.gather(*(one() for _ in range(count)))


_REQUEST: Final = event("transcribe", {"language": "en"})
_POST: Final = (
    b"POST /api/v1/house HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_HTTP: Final = b"GET /api/v1/status HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\n"

WYOMING: Final[dict[str, Callable[[Attack], Awaitable[None]]]] = {
    "silent": lambda one: one.hold(_CROWD, b""),
    "half a header": lambda one: one.hold(_CROWD, b'{"type":"tran'),
    "greeted, then silent": lambda one: one.hold(
        _CROWD, event("hearken-hello", {"protocol": 1})
    ),
    "connect and hang up": lambda one: one.churn(50, b""),
    "a byte at a time": lambda one: one.drip(_STREAMS, _REQUEST * 100),
    "unfinished payloads": lambda one: one.hold(
        250, _REQUEST + _start(16_000) + _chunk(16_000, 4_000_000)[:3_900_000]
    ),
    "unread answers": lambda one: one.pour(20, b"", lambda: event("describe") * 100),
    "open recordings": lambda one: one.pour(
        _STREAMS,
        _REQUEST + _start(16_000) + _chunk(16_000, 2_000_000 - 200_000),
        lambda: _chunk(16_000, 2),
    ),
    "wake streams": lambda one: one.pour(
        _STREAMS, event("detect") + _start(16_000), lambda: _chunk(16_000, 2_560)
    ),
    "chunks of 4 MB at 4000 Hz": lambda one: one.pour(
        8,
        _REQUEST + _start(4_000, 1),
        lambda: _chunk(4_000, 4_000_000, 1) + _REQUEST + _start(4_000, 1),
    ),
    "odd rates": lambda one: one.pour(
        8,
        event("detect") + _start(4_001),
        lambda: _chunk(one.moments.choice((4_001, 44_101, 191_999)), 4_000),
    ),
    "commands": lambda one: one.pour(
        _STREAMS,
        b"",
        lambda: (
            _REQUEST + _start(16_000) + _chunk(16_000, 64_000) + event("audio-stop")
        ),
    ),
    "texts to speak": lambda one: one.pour(
        _STREAMS, b"", lambda: event("synthesize", {"text": "a long answer " * 300})
    ),
    "vocabularies": lambda one: one.pour(
        20,
        b"",
        lambda: event(
            "hearken-vocabulary",
            {
                "key": str(one.moments.random()),
                "names": [f"name {one.moments.random()}" for _ in range(500)],
            },
        ),
    ),
    "numbers to parse": lambda one: one.pour(96, b"", lambda: _long(b"1," * 126_000)),
    "lists to keep": lambda one: one.hold(200, _long(b"[]," * 84_000)),
    "samples one by one": lambda one: one.pour(
        50, event("detect") + _start(16_000), lambda: _chunk(16_000, 2) * 500
    ),
    "other wake words": lambda one: one.pour(
        30,
        _start(16_000),
        lambda: (
            event("detect", {"names": [str(one.moments.random()) for _ in range(90)]})
            + _chunk(16_000, 2_560)
        ),
    ),
    "errors for the log": lambda one: one.churn(
        50, event("transcribe", {"language": "\n\x1b[2J" * 100})
    ),
}
HTTP: Final[dict[str, Callable[[Attack], Awaitable[None]]]] = {
    "silent": lambda one: one.hold(_CROWD, b""),
    "half a header": lambda one: one.hold(_CROWD, _HTTP),
    "a byte at a time": lambda one: one.drip(_STREAMS, _HTTP * 50),
    "wrong tokens": lambda one: one.churn(50, _HTTP + b"\r\n"),
    "many requests at once": lambda one: one.pour(
        60, b"", lambda: (_HTTP + b"\r\n") * 500
    ),
    "bodies in chunks of a byte": lambda one: one.pour(
        60, _POST, lambda: b"1\r\nx\r\n" * 5_000
    ),
    "endless headers": lambda one: one.pour(60, _HTTP, lambda: b"X: y\r\n" * 1_000),
}
SATELLITE: Final[dict[str, Callable[[Attack], Awaitable[None]]]] = {
    "silent": lambda one: one.hold(_CROWD, b""),
    "half a handshake": lambda one: one.hold(_CROWD, b"\x16\x03\x01\x02\x00\x01"),
    "connect and hang up": lambda one: one.churn(50, b""),
}
ATTACKS: Final = {"wyoming": WYOMING, "http": HTTP, "satellite": SATELLITE}


def main() -> int:
    """Attack."""
    kind, name, port, seconds, seed = sys.argv[1:]
    attack = Attack(int(port), float(seconds), int(seed))
    asyncio.run(_bounded(ATTACKS[kind][name](attack), float(seconds) + 10))
    print(attack.inputs)
    return 0


async def _bounded(work: Awaitable[None], seconds: float) -> None:
    """Attack for a limited time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await work


if __name__ == "__main__":
    sys.exit(main())
