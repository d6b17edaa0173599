"""Test that final requests take precedence and surplus ones are refused."""

import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial

import pytest

from hearken_speech.errors import BusyError
from hearken_speech.stt.pool import MOST_OVERTAKEN, DecoderPool, Priority

LIMIT_SECONDS = 10


class Gate:
    """Work that blocks until released, and records its order."""

    def __init__(self, pool: DecoderPool) -> None:
        """Occupy the pool's only thread."""
        self.order: list[str] = []
        self._open = threading.Event()
        started = threading.Event()

        def hold() -> None:
            started.set()
            self._open.wait(LIMIT_SECONDS)

        self.first = pool.submit(hold)
        assert started.wait(LIMIT_SECONDS)
        self._pool = pool

    def submit(self, name: str, priority: Priority) -> Future[None]:
        """Queue work that records its name."""
        return self._pool.submit(lambda: self.order.append(name), priority)

    def open(self) -> None:
        """Release all work."""
        self._open.set()


@pytest.fixture
def pool() -> Iterator[DecoderPool]:
    """Return a pool of one thread."""
    made = DecoderPool(workers=1, queue_limit=8)
    yield made
    made.close()


def test_result_and_error_reach_the_one_who_waits(pool: DecoderPool) -> None:
    """An error fails only its own request."""
    assert pool.submit(lambda: 42).result(LIMIT_SECONDS) == 42

    def fail() -> None:
        msg = "broken"
        raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match="broken"):
        pool.submit(fail).result(LIMIT_SECONDS)
    assert pool.submit(lambda: 43).result(LIMIT_SECONDS) == 43


def test_finished_work_is_not_kept(pool: DecoderPool) -> None:
    """A recording stays no longer than its request."""

    class Recording:
        """Something large."""

    recording = Recording()
    gone = threading.Event()
    kept = weakref.ref(recording, lambda _: gone.set())
    future = pool.submit(partial(repr, recording))
    assert "Recording" in future.result(LIMIT_SECONDS)
    del future, recording
    assert gone.wait(LIMIT_SECONDS)
    assert kept() is None


def test_final_goes_before_speculative(pool: DecoderPool) -> None:
    """Final requests go first, in the order they came."""
    gate = Gate(pool)
    futures = [
        gate.submit("s1", Priority.SPECULATIVE),
        gate.submit("f1", Priority.FINAL),
        gate.submit("s2", Priority.SPECULATIVE),
        gate.submit("f2", Priority.FINAL),
    ]
    gate.open()
    for future in futures:
        future.result(LIMIT_SECONDS)
    assert gate.order == ["f1", "f2", "s1", "s2"]


def test_speculative_is_not_overtaken_for_ever(pool: DecoderPool) -> None:
    """After a few final ones, a speculative request has its turn."""
    gate = Gate(pool)
    futures = [gate.submit("s", Priority.SPECULATIVE)]
    futures += [gate.submit(f"f{n}", Priority.FINAL) for n in range(6)]
    gate.open()
    for future in futures:
        future.result(LIMIT_SECONDS)
    assert gate.order.index("s") == MOST_OVERTAKEN


def test_speculative_ones_do_not_take_turns_in_a_row(pool: DecoderPool) -> None:
    """A final request waits for at most one speculative one at a time."""
    gate = Gate(pool)
    futures = [gate.submit(f"s{n}", Priority.SPECULATIVE) for n in range(2)]
    futures += [gate.submit(f"f{n}", Priority.FINAL) for n in range(6)]
    gate.open()
    for future in futures:
        future.result(LIMIT_SECONDS)
    assert gate.order == ["f0", "f1", "f2", "f3", "s0", "f4", "f5", "s1"]


def test_promoted_request_is_final(pool: DecoderPool) -> None:
    """A speculative request becomes final."""
    gate = Gate(pool)
    futures = [gate.submit(f"s{n}", Priority.SPECULATIVE) for n in range(3)]
    pool.promote(futures[2])
    gate.open()
    for future in futures:
        future.result(LIMIT_SECONDS)
    assert gate.order == ["s2", "s0", "s1"]


def test_too_many_are_refused(pool: DecoderPool) -> None:
    """The error is clear, and the pool still works."""
    gate = Gate(pool)
    futures = [gate.submit(str(n), Priority.FINAL) for n in range(8)]
    with pytest.raises(BusyError, match="try again"):
        gate.submit("one too many", Priority.FINAL)
    with pytest.raises(BusyError):
        gate.submit("one too many", Priority.SPECULATIVE)
    assert pool.state.refused == 2
    gate.open()
    for future in futures:
        future.result(LIMIT_SECONDS)
    assert pool.submit(lambda: 1).result(LIMIT_SECONDS) == 1


def test_final_takes_the_place_of_a_speculative_one(pool: DecoderPool) -> None:
    """In a full queue, the newest speculative request is dropped."""
    gate = Gate(pool)
    futures = [gate.submit(str(n), Priority.FINAL) for n in range(7)]
    guess = gate.submit("guess", Priority.SPECULATIVE)
    futures.append(gate.submit("final", Priority.FINAL))
    assert guess.cancelled()
    gate.open()
    for future in futures:
        future.result(LIMIT_SECONDS)
    assert gate.order[-1] == "final"
    assert "guess" not in gate.order


def test_given_up_requests_leave_room(pool: DecoderPool) -> None:
    """A cancelled request does not occupy the queue."""
    gate = Gate(pool)
    futures = [gate.submit(str(n), Priority.FINAL) for n in range(8)]
    for future in futures[:4]:
        future.cancel()
    kept = gate.submit("new", Priority.FINAL)
    gate.open()
    kept.result(LIMIT_SECONDS)
    assert gate.order == ["4", "5", "6", "7", "new"]


def test_closing_ends_all_threads() -> None:
    """Waiting requests are cancelled; running ones finish."""
    pool = DecoderPool(workers=2, queue_limit=8)
    gate = Gate(pool)
    second = threading.Event()
    pool.submit(lambda: second.wait(LIMIT_SECONDS))
    waiting = gate.submit("late", Priority.FINAL)
    gate.open()
    second.set()
    pool.close()
    assert waiting.done()
    assert gate.first.done()
    with pytest.raises(BusyError):
        pool.submit(lambda: 1)
