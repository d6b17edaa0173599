"""Fixtures for tests with simulated devices of Xiaomi."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_socket
from homeassistant.components.yeelight.scanner import YeelightScanner

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _loopback(_sockets: None) -> None:
    """Allow connections to all addresses of this machine."""
    pytest_socket.socket_allow_hosts(["127.0.0.0/8"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _yeelight(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each Home Assistant a scanner of its own: it is kept for ever."""
    monkeypatch.setattr(YeelightScanner, "_scanner", None)
    yield
    scanner = YeelightScanner._scanner  # noqa: SLF001 - nothing else ends it
    for listener in scanner._listeners if scanner else ():  # noqa: SLF001
        listener.async_stop()


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Return that a light may still wait to be asked once more."""
    return True
