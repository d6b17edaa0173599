"""Who may be connected to a port: places, time limits, and who makes room for whom.

A connection is new until it has said something useful, then a stranger, or trusted once
it has proved that it knows a secret (a token, a pairing key). Newcomers always get in:
the oldest that has said nothing makes room. Strangers never take a place of the
trusted.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_LOGGER = logging.getLogger(__name__)


class Standing(Enum):
    """What is known about the peer of a connection."""

    NEW = auto()
    """It has not said anything useful yet."""
    STRANGER = auto()
    """It uses the service without having proved who it is."""
    TRUSTED = auto()
    """It has proved that it knows the secret."""


@dataclass(frozen=True, kw_only=True)
class ConnectionLimits:
    """How many connections a port serves, and how long they may be idle."""

    new: int = 64
    strangers: int = 64
    strangers_per_address: int = 32
    """Apps of Home Assistant and containers may share one address."""
    trusted: int = 256
    new_seconds: float = 5.0
    """Time to say something useful, from the first to the last byte of it."""
    stranger_seconds: float = 60.0
    """Time between two complete messages of a stranger."""
    trusted_seconds: float = 600.0
    idle_seconds: float = 1.0
    """Idle time after which a stranger makes room for another one."""
    waiting_seconds: float = 20.0
    """The same while it waits for an answer."""


DEFAULT_LIMITS: Final = ConnectionLimits()


class TooManyConnectionsError(BusyError):
    """All places for strangers are taken by others that use them."""


class Connection:
    """One connection and its place."""

    def __init__(
        self, address: str, close: Callable[[], object], clock: Callable[[], float]
    ) -> None:
        """Start as new; ``close`` ends the connection at once."""
        self.address = address
        self.standing = Standing.NEW
        self.is_silent = True
        """Whether not a single byte has arrived."""
        self.is_waiting = False
        """Whether the peer waits for an answer."""
        self._close = close
        self._clock = clock
        self.active_at = clock()
        """Time of the last complete message, by the clock of the limits."""

    @property
    def is_trusted(self) -> bool:
        """Return whether the peer has proved that it knows the secret."""
        return self.standing is Standing.TRUSTED

    def touch(self) -> None:
        """Note a complete message; a new connection has to say something useful."""
        if self.standing is not Standing.NEW:
            self.active_at = self._clock()

    def on_close(self, close: Callable[[], object]) -> None:
        """Set what ends the connection at once."""
        self._close = close

    def close(self) -> None:
        """End the connection at once."""
        self._close()


class Connections:
    """The connections of one port."""

    def __init__(
        self,
        limits: ConnectionLimits = DEFAULT_LIMITS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start without connections."""
        self.limits = limits
        self.counts: Counter[str] = Counter()
        """How many were refused, expired, or made room."""
        self.admitted = 0
        """How many connections there ever were."""
        self._clock = clock
        # In the order in which they came; a set without order would do for the rest.
        self._open: dict[Connection, None] = {}

    def __len__(self) -> int:
        """Return the number of open connections."""
        return len(self._open)

    def __contains__(self, connection: Connection) -> bool:
        """Return whether a connection is open."""
        return connection in self._open

    def number_of(self, standing: Standing) -> int:
        """Return the number of connections of this standing."""
        return sum(1 for _ in self._of(standing))

    def admit(self, address: str, close: Callable[[], object]) -> Connection:
        """Return a place for a new connection; the oldest silent one makes room."""
        new = list(self._of(Standing.NEW))
        if len(new) >= self.limits.new:
            # Whoever opens most of them takes them from itself.
            crowd, _ = Counter(one.address for one in new).most_common(1)[0]
            its = [one for one in new if one.address == crowd]
            self._close(
                next((one for one in its if one.is_silent), its[0]), "made room"
            )
        self.admitted += 1
        connection = Connection(address, close, self._clock)
        self._open[connection] = None
        return connection

    def accept(self, connection: Connection, *, is_required: bool = True) -> None:
        """Give a new connection that said something useful the place of a stranger.

        If there is none and one is required, raise TooManyConnectionsError.
        """
        if connection.standing is not Standing.NEW:
            return
        try:
            self._find_place(connection)
        except TooManyConnectionsError:
            if is_required:
                raise
            return
        connection.standing = Standing.STRANGER
        connection.touch()

    def _find_place(self, connection: Connection) -> None:
        """Make room for another stranger if there is none."""
        strangers = list(self._of(Standing.STRANGER))
        neighbors = [one for one in strangers if one.address == connection.address]
        if len(neighbors) >= self.limits.strangers_per_address:
            self._make_room(neighbors)
        elif len(strangers) >= self.limits.strangers:
            self._make_room(strangers)

    def trust(self, connection: Connection) -> None:
        """Give a connection that proved to know the secret a place of its own."""
        if connection.is_trusted:
            return
        trusted = list(self._of(Standing.TRUSTED))
        if len(trusted) >= self.limits.trusted:
            self._close(min(trusted, key=lambda one: one.active_at), "made room")
        connection.standing = Standing.TRUSTED
        connection.touch()

    def remove(self, connection: Connection) -> None:
        """Free the place of a connection that has ended."""
        self._open.pop(connection, None)

    def expire(self) -> None:
        """Close the connections that have been idle for too long."""
        now = self._clock()
        seconds = {
            Standing.NEW: self.limits.new_seconds,
            Standing.STRANGER: self.limits.stranger_seconds,
            Standing.TRUSTED: self.limits.trusted_seconds,
        }
        for one in list(self._open):
            if now - one.active_at >= seconds[one.standing]:
                self._close(one, "expired")

    def _of(self, standing: Standing) -> Iterable[Connection]:
        """Yield the connections of this standing, the oldest first."""
        return (one for one in self._open if one.standing is standing)

    def _make_room(self, strangers: list[Connection]) -> None:
        """Close the stranger that has been idle for longest."""
        limits, now = self.limits, self._clock()
        idle = [
            one
            for one in strangers
            if now - one.active_at
            >= (limits.waiting_seconds if one.is_waiting else limits.idle_seconds)
        ]
        if not idle:
            self.counts["refused"] += 1
            msg = "too many connections; try again in a moment"
            raise TooManyConnectionsError(msg)
        self._close(min(idle, key=lambda one: one.active_at), "made room")

    def _close(self, connection: Connection, why: str) -> None:
        """Close a connection and free its place."""
        self.counts[why] += 1
        self.remove(connection)
        _LOGGER.debug("connection of %s closed: %s", connection.address, why)
        connection.close()
