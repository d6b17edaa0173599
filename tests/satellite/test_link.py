"""One connection, with limits made short."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import numpy as np
import pytest
from wyoming.event import Event
from wyoming.info import Info
from wyoming.ping import Ping
from wyoming.satellite import RunSatellite

from hearken_speech import wire
from hearken_speech.audio.format import Samples
from hearken_speech.protocol import (
    Hello,
    PeerKind,
    SatelliteSettings,
    Stop,
    Turn,
    TurnPhase,
    Welcome,
)
from hearken_speech.satellite import link
from hearken_speech.satellite.devices import microphone
from hearken_speech.satellite.devices.microphone import FileMicrophone
from hearken_speech.satellite.devices.speaker import NoSpeaker, Speaker, SpeakerError
from hearken_speech.satellite.link import Device, Link
from hearken_speech.satellite.settings import DEFAULTS
from tests.speech.client import Client, audio

SOUND: Final = np.ones(100, dtype=np.int16)


class BrokenSpeaker:
    """A speaker whose cable is out."""

    async def play(self, samples: Samples) -> None:
        """Fail."""
        msg = "the cable is out"
        raise SpeakerError(msg)


class SlowSpeaker:
    """A speaker that never comes to an end by itself."""

    def __init__(self) -> None:
        """Begin in silence."""
        self.begun = asyncio.Semaphore(0)
        self.broken_off = 0
        self.played: list[Samples] = []

    async def play(self, samples: Samples) -> None:
        """Play for ever."""
        self.played.append(samples)
        self.begun.release()
        try:
            await asyncio.Event().wait()
        finally:
            self.broken_off += 1


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


async def test_stop_breaks_off_what_is_played_and_what_waits() -> None:
    """Nothing of it is said to have been played; what comes then is heard."""
    speaker = SlowSpeaker()
    async with _linked(speaker) as (client, _):
        await client.send(*audio(SOUND), *audio(SOUND))
        await speaker.begun.acquire()
        # The last answer is still on its way.
        await client.send(*audio(SOUND)[:-1], Stop(), *audio(SOUND)[-1:], Ping())
        await client.expect("pong")
        assert (len(speaker.played), speaker.broken_off) == (1, 1)
        await client.send(*audio(SOUND * 2))
        await speaker.begun.acquire()
        assert np.array_equal(speaker.played[-1], SOUND * 2)


async def test_mute_sends_nothing_and_ends_the_stream() -> None:
    """The sound ends in order, none comes after it, and unmuted it begins anew."""
    async with _linked() as (client, _):
        await client.send(Hello(), RunSatellite())
        await client.until("audio-chunk")
        await client.send(SatelliteSettings(muted=True))
        await client.until("audio-stop")
        told = SatelliteSettings.from_event(await client.expect("hearken-settings"))
        assert told.muted is True
        await client.send(Turn(phase=TurnPhase.IDLE, listen_again=True), Hello())
        welcome = Welcome.from_event(await client.expect("hearken-welcome"))
        assert welcome.settings is not None
        assert welcome.settings.muted is True
        await client.send(RunSatellite(), Ping())
        await client.expect("pong")
        await client.send(SatelliteSettings(muted=False))
        events = await client.until("audio-chunk")
        assert {"run-pipeline", "audio-start"} <= {event.type for event in events}


async def test_a_stranger_to_hearken_is_not_told_of_settings() -> None:
    """Only a peer that said hello knows such events."""
    async with _linked() as (client, _):
        await client.send(SatelliteSettings(volume=0.5), Ping())
        await client.expect("pong")
        await client.send(Hello(), Ping())
        await client.expect("hearken-welcome")
        await client.expect("pong")


@pytest.mark.parametrize(
    "data",
    [
        {"muted": "yes"},
        {"volume": 2},
        {"gain_db": 99},
        {"wake_words": "alexa"},
        {"wake_words": [""]},
        {"thresholds": {"alexa": 0}},
        {"thresholds": []},
    ],
    ids=str,
)
async def test_wrong_settings_are_ignored(data: dict[str, object]) -> None:
    """The link stays, and the settings do as well."""
    async with _linked() as (client, _):
        await client.send(Event("hearken-settings", data), Hello())
        welcome = Welcome.from_event(await client.expect("hearken-welcome"))
        assert welcome.settings == DEFAULTS
