"""Configuration shared by all tests."""

import asyncio.constants

import pytest

# Home Assistant's tests run in asyncio's debug mode, which records ten stack frames
# for each callback and takes a third of the tests' time. One frame still names the
# place, and the checks of that mode stay.
asyncio.constants.DEBUG_STACK_DEPTH = 1  # type: ignore[misc]  # it is Final there


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Allow the tests to use local sockets."""
