"""Test hints about partial transcripts."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from wyoming.event import Event, async_read_event

from custom_components.hearken.client.connection import Address, connect
from custom_components.hearken.client.hints import HintGiver
from custom_components.hearken.protocol import (
    Alternative,
    Partial,
    UtteranceHint,
    UtteranceState,
)
from tests.integration.waiting import until
from tests.simulators.peer import HOST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from custom_components.hearken.client.connection import Connection

pytestmark = pytest.mark.usefixtures("socket_enabled")


@asynccontextmanager
async def listening(received: list[Event]) -> AsyncIterator[Connection]:
    """Connect to a peer that collects what it receives."""

    async def collect(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while (event := await async_read_event(reader)) is not None:
            received.append(event)
        writer.close()

    server = await asyncio.start_server(collect, HOST, 0)
    port = server.sockets[0].getsockname()[1]
    async with server, connect(Address(host=HOST, port=port)) as connection:
        yield connection


async def test_only_what_is_known_is_sent() -> None:
    """A transcript that may be complete or not gets no hint."""
    states = {
        "turn": UtteranceState.UNKNOWN,
        "turn on the light": UtteranceState.COMPLETE,
    }

    async def judge(text: str, _others: Sequence[Alternative]) -> UtteranceState:
        return states[text]

    received: list[Event] = []
    async with listening(received) as connection:
        hints = HintGiver(connection, judge)
        for revision, text in enumerate(states):
            hints.consider(Partial(text=text, revision=revision))
            await asyncio.sleep(0)
        await until(lambda: bool(received))
        await hints.close()
    assert [UtteranceHint.from_event(event).revision for event in received] == [1]


async def test_no_judge_no_hints() -> None:
    """Without a judge, partial transcripts are ignored."""
    received: list[Event] = []
    async with listening(received) as connection:
        hints = HintGiver(connection, None)
        hints.consider(Partial(text="turn on the light", revision=1))
        await hints.close()
    assert not received
