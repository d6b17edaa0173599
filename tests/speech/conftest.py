"""What the tests of the speech package share."""

from collections.abc import Iterator

import pytest

from .program import Server


@pytest.fixture(name="shared_server", scope="session")
def shared_server_fixture(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """Return a running server, the same for all tests: they leave it in order."""
    with Server(tmp_path_factory.mktemp("server"), "--name", "Test server") as server:
        yield server.wait_until_ready()
        assert server.end() == 0, server.log
        assert "Traceback" not in server.log, server.log


@pytest.fixture(name="server")
def server_fixture(shared_server: Server) -> Iterator[Server]:
    """Return the shared server; the test fails if the server ran into a bug."""
    before = len(shared_server.log)
    yield shared_server
    assert shared_server.running, shared_server.log[before:]
    assert "Traceback" not in shared_server.log[before:], shared_server.log[before:]
