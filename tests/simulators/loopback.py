"""Addresses of 127/8, one for each device whose port is fixed."""

import random
import socket
from collections.abc import Iterator
from typing import Final

_TRIES: Final = 20


def addresses() -> Iterator[str]:
    """Yield addresses of a random network of 127/8, so that runs do not meet."""
    chance = random.SystemRandom()
    network = f"127.{chance.randint(1, 254)}.{chance.randint(1, 254)}"
    for host in range(1, 255):
        yield f"{network}.{host}"


def free_address(port: int, kind: socket.SocketKind) -> str:
    """Return an address where this port is free."""
    for _ in range(_TRIES):
        address = next(addresses())
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                continue
            return address
    msg = f"port {port} is taken everywhere"
    raise OSError(msg)
