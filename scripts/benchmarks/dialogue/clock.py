"""A clock for Home Assistant that can be moved."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING
from unittest.mock import patch

from homeassistant.helpers import event
from homeassistant.util import dt as dt_util

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator


class Clock:
    """Time that passes as usual and can also be moved forward."""

    def __init__(self) -> None:
        """Start at the present."""
        self._ahead = 0.0

    def timestamp(self) -> float:
        """Return the seconds since 1970."""
        return time.time() + self._ahead

    def utcnow(self) -> dt.datetime:
        """Return the time."""
        return dt.datetime.fromtimestamp(self.timestamp(), dt.UTC)

    def now(self, time_zone: dt.tzinfo | None = None) -> dt.datetime:
        """Return the time in a time zone."""
        return self.utcnow().astimezone(time_zone or dt_util.DEFAULT_TIME_ZONE)

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self._ahead += seconds

    @contextlib.contextmanager
    def installed(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """Make the event loop and Home Assistant go by this clock."""
        with (
            patch.object(loop, "time", lambda: time.monotonic() + self._ahead),
            patch.object(dt_util, "utcnow", self.utcnow),
            patch.object(dt_util, "now", self.now),
            patch.object(event, "time_tracker_utcnow", self.utcnow),
            patch.object(event, "time_tracker_timestamp", self.timestamp),
            patch.object(event, "time", SimpleNamespace(time=self.timestamp)),
        ):
            yield
