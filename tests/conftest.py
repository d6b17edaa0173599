"""What all tests share."""

import pytest


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Let the tests use the network of this machine."""
