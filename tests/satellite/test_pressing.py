"""Test the button of a satellite whose Home Assistant is quick."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from wyoming.ping import Ping, Pong
from wyoming.satellite import RunSatellite

from hearken_speech.protocol import Hello, Turn, TurnPhase
from tests.satellite.client import paired
from tests.satellite.room import furnished
from tests.speech.client import Client
from tests.speech.program import LIMIT_SECONDS


@pytest.mark.parametrize(
    "end",
    [
        Turn(phase=TurnPhase.IDLE, error="stt-provider-missing"),
        Turn(phase=TurnPhase.IDLE, heard_elsewhere=True),
    ],
)
async def test_a_run_may_end_as_soon_as_it_is_requested(
    tmp_path: Path, end: Turn
) -> None:
    """Home Assistant answers in the order of what it reads, before anything else."""
    with furnished(tmp_path) as room:
        async with asyncio.timeout(LIMIT_SECONDS), paired(room.port, room.key) as home:
            await home.send(Hello(instance="a house"), RunSatellite())
            await room.shows("waiting")
            await room.press()
            async for kind in _answered(home, end):
                if kind == "audio-stop":
                    break


async def test_what_was_sent_before_the_request_is_ignored(tmp_path: Path) -> None:
    """The end of another exchange crosses the request on its way."""
    with furnished(tmp_path) as room:
        async with asyncio.timeout(LIMIT_SECONDS), paired(room.port, room.key) as home:
            await home.send(Hello(instance="a house"), RunSatellite())
            await room.shows("waiting")
            await room.press()
            ping = Ping.from_event((await home.until("ping"))[-1])
            await home.send(Turn(phase=TurnPhase.IDLE, error="too late"))
            await home.send(Pong(text=ping.text), Turn(phase=TurnPhase.LISTENING))
            await room.shows("listening")
            assert "audio-stop" not in {
                event.type for event in await home.until("audio-chunk")
            }


async def _answered(home: Client, end: Turn) -> AsyncIterator[str]:
    """Answer what arrives at once and in order; yield the types."""
    while True:
        event = await home.receive()
        assert event is not None
        if Ping.is_type(event.type):
            await home.send(Pong(text=Ping.from_event(event).text))
        elif event.type == "run-pipeline":
            await home.send(end)
        yield event.type
