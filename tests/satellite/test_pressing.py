"""Test the button of a satellite whose Home Assistant is quick."""

import asyncio
from pathlib import Path

import pytest
from wyoming.ping import Ping, Pong
from wyoming.satellite import RunSatellite

from hearken_speech.protocol import Hello, Turn, TurnPhase
from tests.satellite.client import paired
from tests.satellite.room import furnished
from tests.speech.program import LIMIT_SECONDS


@pytest.mark.parametrize("phase", [TurnPhase.IDLE, TurnPhase.RESPONDING])
async def test_a_run_may_listen_before_the_ping_is_read(
    tmp_path: Path, phase: TurnPhase
) -> None:
    """What was sent before the request is ignored, but not that the run listens."""
    with furnished(tmp_path) as room:
        async with asyncio.timeout(LIMIT_SECONDS), paired(room.port, room.key) as home:
            await home.send(Hello(instance="a house"), RunSatellite())
            await room.shows("waiting")
            await room.press()
            await home.until("run-pipeline")
            await home.send(Turn(phase=phase))
            await home.send(Turn(phase=TurnPhase.LISTENING))
            await room.shows("listening")
            ping = Ping.from_event((await home.until("ping"))[-1])
            await home.send(Pong(text=ping.text), Turn(phase=TurnPhase.PROCESSING))
            await room.shows("thinking")
