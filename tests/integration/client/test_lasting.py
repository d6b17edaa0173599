"""Test reconnecting in simulated time."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, override

import pytest

from custom_components.hearken.client.lasting import LastingConnection
from custom_components.hearken.errors import (
    CannotConnectError,
    ConnectionLostError,
    HearkenError,
    InvalidKeyError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

HOUR = 3600.0


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to the next timer instead of passing."""

    _now = 0.0

    @override
    def time(self) -> float:
        """Return the simulated time."""
        return self._now

    def _run_once(self) -> None:
        """Jump to the next timer if there is nothing to do before it."""
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self._now = max(self._now, self._scheduled[0].when())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


class SimulatedPeer:
    """A peer that is away, refuses, hangs, or answers for a while."""

    name = "Kitchen"

    def __init__(self, *, is_first_failure_logged: bool = True) -> None:
        """Start as a peer that is away."""
        self.error: HearkenError | None = CannotConnectError("away")
        self.fault: Exception | None = None
        self.answers_seconds = 0.0
        self.attempts: list[float] = []
        self.failures: list[HearkenError] = []
        self.connection = LastingConnection(
            self, is_first_failure_logged=is_first_failure_logged
        )

    async def serve(self) -> None:
        """Count the attempt, and fail, hang or answer."""
        self.attempts.append(asyncio.get_running_loop().time())
        if self.fault is not None:
            raise self.fault
        if self.error is not None:
            raise self.error
        if not self.answers_seconds:
            await asyncio.sleep(HOUR)
        self.connection.hold()
        await asyncio.sleep(self.answers_seconds)
        msg = "hung up"
        raise ConnectionLostError(msg)

    def on_failure(self, err: HearkenError) -> None:
        """Record a failure."""
        self.failures.append(err)

    def gaps(self) -> list[float]:
        """Return the times between attempts."""
        return [b - a for a, b in zip(self.attempts, self.attempts[1:], strict=False)]


@pytest.fixture(autouse=True)
def _house() -> None:
    """Do not set up Home Assistant."""


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the log of the connection."""
    return [r.getMessage() for r in caplog.records if r.name.endswith("lasting")]


def simulate(peer: SimulatedPeer, story: Callable[[], Awaitable[None]]) -> None:
    """Run the connection and a scenario in simulated time."""

    async def run() -> None:
        """Run both concurrently."""
        task = asyncio.create_task(peer.connection.run())
        await story()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()

    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        runner.run(run())


def test_peer_that_is_away_is_tried_every_few_seconds() -> None:
    """The delay stays below five seconds, however long the peer is away."""
    peer = SimulatedPeer()

    async def story() -> None:
        """Stay away for ten hours."""
        await asyncio.sleep(10 * HOUR)

    simulate(peer, story)
    assert max(peer.gaps()) < 3
    assert min(peer.gaps()) > 0.3
    assert len({round(gap, 3) for gap in peer.gaps()}) > 10, "no jitter"


def test_peer_that_refuses_is_tried_less_and_less() -> None:
    """A peer that needs the owner's attention is tried less and less often."""
    peer = SimulatedPeer()
    peer.error = InvalidKeyError("another key")

    async def story() -> None:
        """Refuse for an hour."""
        await asyncio.sleep(HOUR)

    simulate(peer, story)
    assert peer.gaps()[0] < 1
    assert 45 < max(peer.gaps()) < 75
    assert len(peer.attempts) < 100


def test_first_refusal_after_a_start_is_no_reason_to_wait() -> None:
    """A peer that was away may refuse us once while it starts."""
    peer = SimulatedPeer()

    async def story() -> None:
        """Be away for a while, and then refuse."""
        await asyncio.sleep(60)
        peer.attempts.clear()
        peer.error = InvalidKeyError("not yet")
        await asyncio.sleep(20)

    simulate(peer, story)
    assert peer.gaps()[0] <= 2 * 1.2
    assert peer.gaps()[-1] > 2 * 1.2


def test_retry_now_ends_the_delay() -> None:
    """A peer that is known to be back is tried within a second."""
    peer = SimulatedPeer()
    peer.error = InvalidKeyError("another key")
    retried_at = 0.0

    async def story() -> None:
        """Come back in the middle of the longest delay."""
        nonlocal retried_at
        await asyncio.sleep(HOUR)
        count = len(peer.attempts)
        while len(peer.attempts) == count:  # noqa: ASYNC110 - time is simulated
            await asyncio.sleep(1)
        await asyncio.sleep(10)
        peer.error, peer.answers_seconds = None, HOUR
        retried_at = asyncio.get_running_loop().time()
        peer.connection.retry_now()
        await asyncio.sleep(1)

    simulate(peer, story)
    assert peer.connection.connection_count == 1
    assert peer.attempts[-1] - retried_at < 0.1


def test_retry_now_does_not_hammer() -> None:
    """Many announcements lead to only a few attempts per second."""
    peer = SimulatedPeer()

    async def story() -> None:
        """Announce the peer a thousand times in ten seconds."""
        for _ in range(1000):
            peer.connection.retry_now()
            await asyncio.sleep(0.01)

    simulate(peer, story)
    assert 20 <= len(peer.attempts) <= 42


def test_retry_now_replaces_an_attempt_that_hangs() -> None:
    """An attempt started before the peer was back does not delay the next one."""
    peer = SimulatedPeer()
    peer.error = None

    async def story() -> None:
        """Come back while an attempt waits for an answer that never comes."""
        await asyncio.sleep(60)
        peer.answers_seconds = HOUR
        peer.connection.retry_now()
        await asyncio.sleep(1)

    simulate(peer, story)
    assert peer.connection.connection_count == 1
    assert peer.failures == []


def test_retry_now_leaves_a_young_attempt_and_a_connection_alone() -> None:
    """A peer that announces itself several times is connected to only once."""
    peer = SimulatedPeer()
    peer.error, peer.answers_seconds = None, HOUR

    async def story() -> None:
        """Announce the peer continuously."""
        for _ in range(1000):
            peer.connection.retry_now()
            await asyncio.sleep(0.1)

    simulate(peer, story)
    assert len(peer.attempts) == 1


def test_connection_that_held_resets_the_delay() -> None:
    """A long connection resets the delay; a short one does not."""
    peer = SimulatedPeer()
    peer.error = InvalidKeyError("another key")

    async def story() -> None:
        """Let the delay grow, connect for a while, and disconnect."""
        await asyncio.sleep(HOUR)
        peer.error, peer.answers_seconds = None, 60
        peer.connection.retry_now()
        await asyncio.sleep(62)

    simulate(peer, story)
    assert peer.connection.connection_count == 2
    assert peer.gaps()[-1] < 61


def test_each_reason_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """A peer that is away all night, or flapping, does not fill the log."""
    caplog.set_level(logging.INFO)
    peer = SimulatedPeer(is_first_failure_logged=False)

    async def story() -> None:
        """Be away, refuse, answer for an hour, and then flap."""
        await asyncio.sleep(HOUR)
        peer.error = InvalidKeyError("another key")
        await asyncio.sleep(HOUR)
        peer.error, peer.answers_seconds = None, HOUR
        await asyncio.sleep(HOUR)
        peer.answers_seconds = 1
        await asyncio.sleep(HOUR)

    simulate(peer, story)
    assert logged(caplog) == [
        "Kitchen is not connected: away",
        "Kitchen is not connected: another key",
        "Kitchen is connected again",
        "Kitchen is not connected: hung up",
        "Kitchen is connected again",
    ]


def test_reasons_that_alternate_are_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A door that is open now and then does not fill the log either."""
    peer = SimulatedPeer()

    async def story() -> None:
        """Be away and hang up by turns."""
        for number in range(100):
            kind = ConnectionLostError if number % 2 else CannotConnectError
            peer.error = kind("trouble")
            await asyncio.sleep(10)

    simulate(peer, story)
    assert logged(caplog) == ["Kitchen is not connected: trouble"] * 2


def test_unexpected_error_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever waits is told, the log shows the place, and the peer is tried again."""
    peer = SimulatedPeer()
    fault = RuntimeError("a fault of ours")
    peer.fault = fault

    async def story() -> None:
        """Fail for an hour, then work."""
        async with asyncio.timeout(10):
            await peer.connection.first_attempt()
        assert isinstance(peer.connection.first_error, HearkenError)
        await asyncio.sleep(HOUR)
        peer.fault, peer.error, peer.answers_seconds = None, None, HOUR
        await asyncio.sleep(100)

    simulate(peer, story)
    assert peer.connection.connection_count == 1
    (shown,) = [record for record in caplog.records if record.exc_info]
    assert shown.exc_info is not None
    assert shown.exc_info[1] is fault


@pytest.mark.parametrize("is_logged", [False, True])
def test_first_attempt(caplog: pytest.LogCaptureFixture, is_logged: bool) -> None:  # noqa: FBT001
    """Callers can wait for the first attempt and read its error."""
    peer = SimulatedPeer(is_first_failure_logged=is_logged)

    async def story() -> None:
        """Wait after the first attempt, and again after a connection."""
        await peer.connection.first_attempt()
        assert peer.connection.first_error is peer.error
        assert bool(logged(caplog)) is is_logged
        peer.error, peer.answers_seconds = None, HOUR
        await asyncio.sleep(10)
        await peer.connection.first_attempt()
        assert peer.connection.first_error is None

    simulate(peer, story)
