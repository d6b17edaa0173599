"""One connection, with limits made short."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import numpy as np
import pytest
from wyoming.info import Info
from wyoming.ping import Ping
from wyoming.satellite import RunSatellite

from hearken_speech import wire
from hearken_speech.audio.format import Samples
from hearken_speech.protocol import PeerKind, Turn, TurnPhase, Welcome
from hearken_speech.satellite import link, microphone
from hearken_speech.satellite.link import Device, Link
from hearken_speech.satellite.microphone import FileMicrophone
from hearken_speech.satellite.speaker import NoSpeaker, Speaker, SpeakerError
from tests.speech.client import Client, audio

SOUND: Final = np.ones(100, dtype=np.int16)


class BrokenSpeaker:
    """A speaker whose cable is out."""

    async def play(self, samples: Samples) -> None:
        """Fail."""
        msg = "the cable is out"
        raise SpeakerError(msg)


@asynccontextmanager
async def _linked(
    speaker: Speaker | None = None,
) -> AsyncIterator[tuple[Client, asyncio.Task[None]]]:
    """Return Home Assistant's end of a link, and the task that serves the other."""

    async def claim() -> None:
        """Let everybody have the microphone."""

    device = Device(
        welcome=Welcome(kind=PeerKind.SATELLITE, id="1", name="Test", version="1"),
        info=Info(),
        microphone=FileMicrophone(),
        speaker=speaker or NoSpeaker(),
    )
    near, far = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=near)
    client = Client(*await asyncio.open_connection(sock=far))
    serving = asyncio.create_task(Link(reader, writer, device, claim).run())
    try:
        async with asyncio.timeout(30):
            yield client, serving
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        writer.transport.abort()
        client.writer.transport.abort()


async def test_a_silent_home_assistant_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A cut cable ends the link, and the microphone with it."""
    monkeypatch.setattr(link, "_SILENCE_LIMIT_SECONDS", 0.2)
    async with _linked() as (client, serving):
        await client.send(RunSatellite())
        await client.until("audio-chunk")
        await serving
    assert "Home Assistant is silent" in caplog.text


async def test_a_home_assistant_that_never_reads_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Sound does not pile up in the satellite."""
    monkeypatch.setattr(wire, "_WRITE_LIMIT_SECONDS", 0.05)
    monkeypatch.setattr(microphone, "FRAME_SECONDS", 0.0)
    async with _linked() as (client, serving):
        client.writer.transport.pause_reading()  # type: ignore[attr-defined] # it can
        await client.send(RunSatellite())
        await serving
    assert "has not read" in caplog.text


async def test_a_broken_speaker_does_not_hold_up_the_turn(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log says why nothing is heard, and Home Assistant goes on."""
    async with _linked(BrokenSpeaker()) as (client, _):
        await client.send(Turn(phase=TurnPhase.IDLE, error="failed"))
        for _ in range(2):
            await client.send(*audio(SOUND))
            await client.expect("played")
    assert caplog.text.count("not played: the cable is out") == 3


async def test_home_assistant_going_is_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The link ends by itself, with the microphone open or not."""
    for listens in (False, True):
        async with _linked() as (client, serving):
            await client.send(*([RunSatellite()] if listens else []), Ping())
            await client.until("pong")
            client.writer.close()
            await serving
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
