"""A queue for something that one can have at a time."""

from __future__ import annotations

import asyncio

import pytest

from custom_components.hearken.satellite.queue import (
    MAX_WAITING,
    QueueFullError,
    QueueTimeoutError,
    TicketQueue,
)


@pytest.fixture(autouse=True)
def _house() -> None:
    """Need no Home Assistant."""


async def test_turns_come_in_order() -> None:
    """One has the turn at a time; whoever must not wait goes before the others."""
    queue = TicketQueue(lambda _: True)
    first, second, third = (queue.join() for _ in range(3))
    urgent = queue.join(is_first=True)
    tickets = (first, urgent, second, third)
    queue.leave(third)
    for number, ticket in enumerate(tickets[:3]):
        assert [other.granted.is_set() for other in tickets[number:]].count(True) == 1
        await queue.wait(ticket, 1)
        queue.leave(ticket)
    assert not third.granted.is_set()


async def test_turn_comes_when_it_is_free() -> None:
    """Nobody gets the turn before it is free, nor keeps one that is not."""
    is_free = False
    queue = TicketQueue(lambda _: is_free)
    ticket = queue.join()
    waiting = asyncio.create_task(queue.wait(ticket, 10))
    await asyncio.sleep(0)
    is_free = True
    queue.update()
    # Somebody else begins before the task has noticed.
    is_free = False
    for _ in range(3):
        await asyncio.sleep(0)
    assert not waiting.done()
    is_free = True
    queue.update()
    await waiting
    queue.leave(ticket)


async def test_limits() -> None:
    """Neither the queue nor the wait is endless."""
    queue = TicketQueue(lambda _: False)
    tickets = [queue.join() for _ in range(MAX_WAITING)]
    with pytest.raises(QueueFullError):
        queue.join()
    queue.join(is_first=True)
    with pytest.raises(QueueTimeoutError, match=r"0\.01 s"):
        await queue.wait(tickets[0], 0.01)
