"""Test announcing servers and satellites with mDNS."""

import asyncio
import socket
from pathlib import Path
from typing import override

import pytest
from zeroconf import ServiceBrowser, ServiceListener, Zeroconf
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from hearken_speech import announce
from hearken_speech.protocol import PeerKind, Welcome
from tests.speech.program import HOST, LIMIT_SECONDS, Server


class Ears(ServiceListener):
    """A listener that records services."""

    def __init__(self) -> None:
        """Start without services."""
        self.loop = asyncio.get_running_loop()
        self.names: asyncio.Queue[str] = asyncio.Queue()
        self.gone: asyncio.Queue[str] = asyncio.Queue()

    @override
    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """Record an added service."""
        self.loop.call_soon_threadsafe(self.names.put_nowait, name)

    @override
    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """Ignore a changed service."""

    @override
    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """Record a removed service."""
        self.loop.call_soon_threadsafe(self.gone.put_nowait, name)


NAME = "Hearken satellite 01234567._hearken._tcp.local."


async def test_is_found_and_says_goodbye() -> None:
    """A listener is notified of name, address and removal."""
    welcome = Welcome(
        kind=PeerKind.SATELLITE,
        id="0123456789abcdef",
        name="K\N{LATIN SMALL LETTER U WITH DIAERESIS}che " * 100,
        version="1.2.3",
    )
    ears = Ears()
    network = AsyncZeroconf(interfaces=[HOST])
    browser = ServiceBrowser(network.zeroconf, announce.SERVICE_TYPE, ears)
    try:
        async with (
            asyncio.timeout(LIMIT_SECONDS),
            announce.announced(welcome, [HOST], 10700),
        ):
            # Others may be in the network.
            while (name := await ears.names.get()) != NAME:
                pass
            found = AsyncServiceInfo(announce.SERVICE_TYPE, name)
            assert await found.async_request(network.zeroconf, 5000)
        async with asyncio.timeout(LIMIT_SECONDS):
            while await ears.gone.get() != name:
                pass
    finally:
        browser.cancel()
        await network.async_close()
    assert found.port == 10700
    assert found.parsed_addresses() == [HOST]
    properties = found.decoded_properties
    assert properties["id"] == welcome.id
    assert properties["kind"] == "satellite"
    assert properties["version"] == "1.2.3"
    assert properties["name"]
    assert welcome.name.startswith(properties["name"])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_machine_itself_needs_no_announcement(host: str) -> None:
    """A server on the loopback interface is not announced."""
    assert announce.addresses(host) == []


def test_everywhere_means_all_addresses_but_those_of_the_machine_itself() -> None:
    """A server on all interfaces is announced with its network addresses."""
    found = announce.addresses("0.0.0.0")  # noqa: S104 - nothing listens
    assert HOST not in found
    for address in found:
        socket.inet_aton(address)
        assert announce.addresses(address) == [address]


def test_program_that_listens_here_only_is_silent(tmp_path: Path) -> None:
    """A local program announces nothing and logs nothing about it."""
    with Server(tmp_path) as server:
        server.wait_until_ready()
        assert server.end() == 0
        assert "announce" not in server.log


def test_program_announces_itself(tmp_path: Path) -> None:
    """A server for the network announces itself unless configured otherwise."""
    if not announce.addresses("0.0.0.0"):  # noqa: S104 - nothing listens
        pytest.skip("this machine is in no network")
    with Server(tmp_path, "--host", "0.0.0.0") as server:  # noqa: S104 - for a moment
        server.wait_until_ready()
        server.wait_for_log("announce")
        assert "announced on the network as Hearken server " in server.log
        assert server.end() == 0
    (tmp_path / "quiet").mkdir()
    with Server(
        tmp_path / "quiet",
        "--host",
        "0.0.0.0",  # noqa: S104 - for a moment
        "--no-announce",
    ) as server:
        server.wait_until_ready()
        assert server.end() == 0
        assert "announce" not in server.log
