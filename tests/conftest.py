"""What all tests share."""

import asyncio.constants

import pytest

# Home Assistant's tests run in asyncio's debug mode. It notes where each callback was
# made, ten frames deep, which is a third of the time that these tests take. One frame
# names the place, and the checks of that mode stay.
asyncio.constants.DEBUG_STACK_DEPTH = 1  # type: ignore[misc]  # it is Final there


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Let the tests use the network of this machine."""
