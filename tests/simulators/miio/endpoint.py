"""Serve simulated devices over UDP, each at an address of its own."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final, override

from tests.simulators.loopback import addresses
from tests.simulators.miio.device import MiioDevice, Refusal
from tests.simulators.miio.packet import (
    GREETING,
    greeting_answer,
    seal,
    unseal,
)

PORT: Final = 54321
"""The one port that clients know."""


class _Endpoint(asyncio.DatagramProtocol):
    """One device's socket."""

    def __init__(self, device: MiioDevice) -> None:
        """Serve this device."""
        self._device = device
        self._started = time.monotonic()
        self._transport: asyncio.DatagramTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        answer = self._answer(data)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)

    def _answer(self, data: bytes) -> bytes | None:
        """Return the answer, or None: a device does not argue with strangers."""
        device = self._device
        if device.silent:
            return None
        stamp = int(time.monotonic() - self._started)
        if data == GREETING:
            return greeting_answer(device.device_id, stamp)
        text = unseal(data, device.token)
        if text is None:
            return None
        try:
            request = json.loads(text.rstrip(b"\x00"))
            number, method = int(request["id"]), str(request["method"])
        except (ValueError, TypeError, KeyError):
            return None
        answer: dict[str, Any] = {"id": number}
        try:
            answer["result"] = device.answer(method, request.get("params", []))
        except Refusal as err:
            answer["error"] = {"code": err.code, "message": err.message}
        return seal(json.dumps(answer).encode(), device.token, device.device_id, stamp)


@contextlib.asynccontextmanager
async def serve(devices: Iterable[MiioDevice]) -> AsyncIterator[None]:
    """Serve devices until the context ends; their addresses are set."""
    loop = asyncio.get_running_loop()
    free = addresses()
    transports: list[asyncio.DatagramTransport] = []
    try:
        for device in devices:
            transport, device.address = await _bind(loop, device, free)
            transports.append(transport)
        yield
    finally:
        for transport in transports:
            transport.close()


async def _bind(
    loop: asyncio.AbstractEventLoop, device: MiioDevice, free: Iterable[str]
) -> tuple[asyncio.DatagramTransport, str]:
    """Take the first address that nobody has."""
    for address in free:
        with contextlib.suppress(OSError):
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Endpoint(device), (address, PORT)
            )
            return transport, address
    msg = "no address is free"
    raise OSError(msg)
