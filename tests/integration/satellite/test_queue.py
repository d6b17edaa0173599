"""Test the queue for exclusive turns."""

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
    """Do not set up Home Assistant."""


async def test_turns_come_in_order() -> None:
    """Turns are exclusive; callers that must not wait go first."""
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
    """A turn starts only while the resource is free."""
    is_free = False
    queue = TicketQueue(lambda _: is_free)
    ticket = queue.join()
    waiting = asyncio.create_task(queue.wait(ticket, 10))
    await asyncio.sleep(0)
    is_free = True
    queue.update()
    # Another user starts before the task has noticed.
    is_free = False
    for _ in range(3):
        await asyncio.sleep(0)
    assert not waiting.done()
    is_free = True
    queue.update()
    await waiting
    queue.leave(ticket)


async def test_limits() -> None:
    """Both the queue and the waiting time are limited."""
    queue = TicketQueue(lambda _: False)
    tickets = [queue.join() for _ in range(MAX_WAITING)]
    with pytest.raises(QueueFullError):
        queue.join()
    queue.join(is_first=True)
    with pytest.raises(QueueTimeoutError, match=r"0\.01 s"):
        await queue.wait(tickets[0], 0.01)
