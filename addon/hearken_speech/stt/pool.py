"""Threads for decoding, with priorities.

CTranslate2 cannot be interrupted, so only the order can be chosen: what a user is
waiting for goes before what may be discarded.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from hearken_speech.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_OVERTAKEN: Final = 4
"""Consecutive final requests that may overtake speculative ones."""


class Priority(IntEnum):
    """Purpose of a request."""

    FINAL = 0
    """A user is waiting for the transcript."""
    SPECULATIVE = 1
    """The transcript may turn out to be useful."""


@dataclass(slots=True)
class _Job:
    """One request and the future of its result."""

    work: Callable[[], Any]
    future: Future[Any] = field(default_factory=Future)


@dataclass(frozen=True, kw_only=True)
class PoolState:
    """Load of a pool."""

    running: int
    waiting_final: int
    waiting_speculative: int
    refused: int


class DecoderPool:
    """A fixed number of threads with a bounded queue."""

    def __init__(self, workers: int = 1, queue_limit: int = 8) -> None:
        """Start the threads."""
        self.workers = workers
        self.queue_limit = queue_limit
        self._jobs: dict[Priority, deque[_Job]] = {
            priority: deque() for priority in Priority
        }
        self._changed = threading.Condition()
        self._closed = False
        self._running = 0
        self._overtaken = 0
        self._refused = 0
        self._threads = [
            threading.Thread(target=self._work, name=f"stt-{number}", daemon=True)
            for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit[ResultT](
        self, work: Callable[[], ResultT], priority: Priority = Priority.FINAL
    ) -> Future[ResultT]:
        """Queue work; raise BusyError if too many requests are waiting."""
        job = _Job(work)
        dropped: _Job | None = None
        with self._changed:
            if self._closed:
                msg = "The recognizer is shutting down."
                raise BusyError(msg)
            if self._waiting() >= self.queue_limit:
                dropped = self._make_room(priority)
            self._jobs[priority].append(job)
            self._changed.notify()
        if dropped is not None:
            dropped.future.cancel()
        return job.future

    def promote(self, future: Future[Any]) -> None:
        """Make a speculative request final, because a user is waiting for it now."""
        with self._changed:
            speculative = self._jobs[Priority.SPECULATIVE]
            for job in [job for job in speculative if job.future is future]:
                speculative.remove(job)
                self._jobs[Priority.FINAL].append(job)

    @property
    def state(self) -> PoolState:
        """Return the load of the pool."""
        with self._changed:
            return PoolState(
                running=self._running,
                waiting_final=len(self._jobs[Priority.FINAL]),
                waiting_speculative=len(self._jobs[Priority.SPECULATIVE]),
                refused=self._refused,
            )

    def close(self, timeout_seconds: float = 10.0) -> None:
        """Let running work finish, cancel what is waiting, stop the threads."""
        with self._changed:
            self._closed = True
            waiting = [job for jobs in self._jobs.values() for job in jobs]
            for jobs in self._jobs.values():
                jobs.clear()
            self._changed.notify_all()
        for job in waiting:
            job.future.cancel()
        for thread in self._threads:
            thread.join(timeout_seconds)

    def _waiting(self) -> int:
        """Return the number of waiting requests, without cancelled ones."""
        for jobs in self._jobs.values():
            for job in [job for job in jobs if job.future.cancelled()]:
                jobs.remove(job)
        return sum(len(jobs) for jobs in self._jobs.values())

    def _make_room(self, priority: Priority) -> _Job:
        """Remove the newest speculative request in favor of a final one."""
        speculative = self._jobs[Priority.SPECULATIVE]
        if priority is Priority.FINAL and speculative:
            return speculative.pop()
        self._refused += 1
        msg = "Too many requests are waiting; try again in a moment."
        raise BusyError(msg)

    def _next(self) -> _Job | None:
        """Wait for a request; return None when the pool closes."""
        with self._changed:
            while True:
                job = self._choose()
                if job is not None:
                    self._running += 1
                    return job
                if self._closed:
                    return None
                self._changed.wait()

    def _choose(self) -> _Job | None:
        """Return the next request."""
        final, speculative = (self._jobs[priority] for priority in Priority)
        if speculative and (not final or self._overtaken >= MOST_OVERTAKEN):
            self._overtaken = 0
            return speculative.popleft()
        if not final:
            return None
        self._overtaken = self._overtaken + 1 if speculative else 0
        return final.popleft()

    def _work(self) -> None:
        """Process requests until the pool closes."""
        while (job := self._next()) is not None:
            if job.future.set_running_or_notify_cancel():
                _run(job)
            # Its recording would stay in memory until the next one.
            del job
            with self._changed:
                self._running -= 1


def _run(job: _Job) -> None:
    """Do the work and set the result, or the error, of its future."""
    try:
        result = job.work()
    except BaseException as err:  # noqa: BLE001 - the one who waits gets it
        job.future.set_exception(err)
    else:
        job.future.set_result(result)
