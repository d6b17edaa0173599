"""Announce a server or a satellite on the local network, by mDNS.

A program that listens only on the machine itself is not announced. The announcement
contains nothing secret: id, kind, name and version, which a hello tells as well.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import ifaddr
from zeroconf import Error
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from hearken_speech.protocol import Welcome

_LOGGER = logging.getLogger(__name__)

SERVICE_TYPE: Final = "_hearken._tcp.local."
_LIMIT_SECONDS: Final = 5.0
_MAX_VALUE_BYTES: Final = 200
_ID_CHARACTERS: Final = 8


def addresses(host: str) -> list[str]:
    """Return the addresses at which others reach a program on this host."""
    try:
        found = {
            str(info[4][0])
            for info in socket.getaddrinfo(
                host, None, family=socket.AF_INET, type=socket.SOCK_STREAM
            )
        }
    except OSError:
        return []
    if "0.0.0.0" in found:  # noqa: S104 - compared, not listened on
        found = {
            str(address.ip)
            for adapter in ifaddr.get_adapters()
            for address in adapter.ips
            if address.is_IPv4
        }
    return sorted(
        address for address in found if not ipaddress.ip_address(address).is_loopback
    )


@asynccontextmanager
async def announced(
    welcome: Welcome, where: Sequence[str], port: int
) -> AsyncIterator[None]:
    """Announce at these addresses while the context is active; errors are logged."""
    if not where:
        yield
        return
    try:
        network = AsyncZeroconf(interfaces=list(where))
    except OSError as err:
        _LOGGER.warning("cannot announce on the network: %s", err)
        yield
        return
    try:
        await _register(network, _service(welcome, where, port))
        yield
    finally:
        try:
            async with asyncio.timeout(_LIMIT_SECONDS):
                await network.async_close()
        except TimeoutError:
            _LOGGER.debug("the service could not be unregistered in time")


async def _register(network: AsyncZeroconf, service: AsyncServiceInfo) -> None:
    """Register the service."""
    try:
        async with asyncio.timeout(_LIMIT_SECONDS):
            registered = await network.async_register_service(
                service, allow_name_change=True
            )
            await registered
    except (OSError, TimeoutError, Error) as err:
        _LOGGER.warning("cannot announce on the network: %s", err or "no time")
    else:
        _LOGGER.info("announced on the network as %s", service.name)


def _service(welcome: Welcome, where: Sequence[str], port: int) -> AsyncServiceInfo:
    """Return the service info."""
    short = welcome.id[:_ID_CHARACTERS]
    return AsyncServiceInfo(
        SERVICE_TYPE,
        f"Hearken {welcome.kind.value} {short}.{SERVICE_TYPE}",
        port=port,
        server=f"hearken-{short}.local.",
        parsed_addresses=list(where),
        properties={
            "id": welcome.id,
            "kind": welcome.kind.value,
            "name": _cut(welcome.name),
            "version": welcome.version,
        },
    )


def _cut(text: str) -> str:
    """Return as much of a text as fits into one TXT entry."""
    return text.encode()[:_MAX_VALUE_BYTES].decode(errors="ignore")
