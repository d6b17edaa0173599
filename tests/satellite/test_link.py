"""Test one connection with short time limits."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, override

import numpy as np
import pytest
from wyoming.audio import AudioStop
from wyoming.event import Event
from wyoming.info import Info
from wyoming.ping import Ping
from wyoming.satellite import RunSatellite

from hearken_speech import wire
from hearken_speech.protocol import (
    Hello,
    PeerKind,
    SatelliteSettings,
    Stop,
    Turn,
    TurnPhase,
    Welcome,
)
from hearken_speech.satellite import link, playback
from hearken_speech.satellite import sound as sounds
from hearken_speech.satellite.device import Device
from hearken_speech.satellite.devices import file_microphone
from hearken_speech.satellite.devices.file_microphone import FileMicrophone
from hearken_speech.satellite.devices.microphone import Frame, Microphone
from hearken_speech.satellite.devices.speaker import NoSpeaker, Speaker
from hearken_speech.satellite.link import Link
from hearken_speech.satellite.playback import SharedSpeaker
from hearken_speech.satellite.settings import DEFAULTS
from tests.satellite.speakers import BrokenSpeaker, HungSpeaker, ScriptedSpeaker
from tests.speech.client import Client, audio

SOUND: Final = np.ones(100, dtype=np.int16)


@asynccontextmanager
async def _linked(
    speaker: Speaker | SharedSpeaker | None = None,
    microphone: Microphone | None = None,
) -> AsyncIterator[tuple[Client, asyncio.Task[None]]]:
    """Return Home Assistant's side of a link, and the task that serves it."""

    async def claim() -> None:
        """Give the microphone to any connection."""

    device = Device.make(
        welcome=Welcome(kind=PeerKind.SATELLITE, id="1", name="Test", version="1"),
        info=Info(),
        microphone=microphone or FileMicrophone(),
        speaker=speaker
        if isinstance(speaker, SharedSpeaker)
        else SharedSpeaker(speaker or NoSpeaker()),
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
    """A broken connection ends the link and closes the microphone."""
    monkeypatch.setattr(link, "_SILENCE_LIMIT_SECONDS", 0.2)
    async with _linked() as (client, serving):
        await client.send(RunSatellite())
        await client.until("audio-chunk")
        await serving
    assert "Home Assistant is silent" in caplog.text


async def test_a_home_assistant_that_never_reads_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Audio does not accumulate in the satellite."""
    monkeypatch.setattr(wire, "_WRITE_LIMIT_SECONDS", 0.05)
    monkeypatch.setattr(file_microphone, "FRAME_SECONDS", 0.0)
    async with _linked() as (client, serving):
        client.writer.transport.pause_reading()  # type: ignore[attr-defined] # it can
        await client.send(RunSatellite())
        await serving
    assert "has not read" in caplog.text


async def test_a_broken_speaker_does_not_hold_up_the_turn(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The error is logged, and Home Assistant is notified of the end."""
    async with _linked(BrokenSpeaker()) as (client, _):
        await client.send(Turn(phase=TurnPhase.IDLE, error="failed"))
        for _ in range(2):
            await client.send(*audio(SOUND))
            await client.expect("played")
    assert caplog.text.count("not played: the cable is out") == 3


async def test_home_assistant_going_is_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The link ends cleanly, whether or not the microphone is open."""
    for listens in (False, True):
        async with _linked() as (client, serving):
            await client.send(*([RunSatellite()] if listens else []), Ping())
            await client.until("pong")
            client.writer.close()
            await serving
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_sound_is_heard_before_it_is_complete() -> None:
    """The first samples are played before the last ones have been sent."""
    speaker = ScriptedSpeaker()
    first, second, stop = audio(SOUND)[:2], audio(SOUND)[1], AudioStop()
    async with _linked(speaker) as (client, _):
        await client.send(*first)
        await speaker.until("write")
        assert np.array_equal(np.concatenate(speaker.written), SOUND)
        await client.send(second)
        await speaker.until("write", 2)
        await client.send(stop, Ping())
        await client.expect("pong")
        # The end of playback is reported only when everything has been played.
        speaker.play_all()
        await client.expect("played")
    assert speaker.events == ["open", "write", "write", "drain", "close"]


async def test_stop_drops_what_plays_and_what_waits() -> None:
    """A stopped sound is not reported as played; later sounds are played."""
    speaker = ScriptedSpeaker()
    async with _linked(speaker) as (client, _):
        await client.send(*audio(SOUND), *audio(SOUND))
        await speaker.until("write")
        # The rest of the last answer is still arriving.
        await client.send(*audio(SOUND)[:-1], Stop(), *audio(SOUND)[-1:], Ping())
        await client.expect("pong")
        await speaker.until("close")
        assert speaker.events.count("open") == 1
        await client.send(*audio(SOUND * 2))
        await speaker.until("write", 2)
        assert np.array_equal(np.concatenate(speaker.written), SOUND * 2)
        speaker.play_all()
        await client.expect("played")


async def test_a_sound_can_be_stopped_while_it_arrives() -> None:
    """The rest of a stopped sound is ignored, and the next sound is played."""
    speaker = ScriptedSpeaker()
    start, chunk, end = audio(SOUND)
    async with _linked(speaker) as (client, _):
        await client.send(start, chunk)
        await speaker.until("write")
        await client.send(Stop(), chunk, chunk, end, Ping())
        await client.expect("pong")
        await speaker.until("close")
        assert speaker.events.count("write") == 1
        speaker.play_all()
        await client.send(*audio(SOUND))
        await client.expect("played")
        assert speaker.events.count("write") == 2


async def test_sounds_are_played_one_after_the_other() -> None:
    """A sound that starts during another one is queued and not mixed in."""
    speaker = ScriptedSpeaker()
    async with _linked(speaker) as (client, _):
        await client.send(*audio(SOUND), *audio(SOUND * 2))
        await speaker.until("write")
        speaker.play_all()
        await client.expect("played")
        await speaker.until("write", 2)
        assert np.array_equal(np.concatenate(speaker.written), SOUND * 2)
        speaker.play_all()
        await client.expect("played")


async def test_two_connections_take_turns_at_the_speaker() -> None:
    """Sounds of two connections are not mixed; a closed one releases the speaker."""
    speaker = ScriptedSpeaker()
    shared = SharedSpeaker(speaker)
    async with _linked(shared) as (second, _):
        async with _linked(shared) as (first, serving):
            await first.send(*audio(SOUND)[:-1])
            await speaker.until("write")
            await second.send(*audio(SOUND * 2), Ping())
            await second.expect("pong")
            assert speaker.events == ["open", "write"]
            first.writer.close()
            await serving
        await speaker.until("write", 2)
        assert np.array_equal(np.concatenate(speaker.written), SOUND * 2)
        speaker.play_all()
        await second.expect("played")


async def test_a_sound_that_begins_anew_ends_the_one_before() -> None:
    """A sound without an end consists of what has arrived."""
    speaker = ScriptedSpeaker()
    async with _linked(speaker) as (client, _):
        await client.send(*audio(SOUND)[:-1], *audio(SOUND * 2))
        await speaker.until("write")
        for _ in range(2):
            speaker.play_all()
            await client.expect("played")
    assert speaker.events.count("open") == 2


async def test_a_sender_that_stops_in_the_middle_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The sound ends with what has arrived, and the satellite continues."""
    monkeypatch.setattr(sounds, "_GAP_LIMIT_SECONDS", 0.1)
    async with _linked() as (client, _):
        await client.send(*audio(SOUND)[:-1])
        await client.expect("played")
        await client.send(*audio(SOUND)[1:], *audio(SOUND), Ping())
        assert [e.type for e in await client.until("played")][-1] == "played"
    assert "no more of it has arrived" in caplog.text


async def test_a_sender_that_is_too_fast_has_to_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sender has to wait when the buffer is full; all of it is played."""
    monkeypatch.setattr(sounds, "_MAX_WAITING_SECONDS", 1)
    speaker = ScriptedSpeaker()
    half_second = np.ones(8_000, dtype=np.int16)
    async with _linked(speaker) as (client, _):
        # The first sound is playing: nothing of the second one is accepted yet.
        await client.send(*audio(SOUND))
        await speaker.until("write")
        sending = asyncio.create_task(
            client.send(*audio(np.tile(half_second, 100)), Ping())
        )
        await asyncio.wait({sending}, timeout=0.5)
        assert not sending.done()
        speaker.play_all()
        await client.expect("played")
        await sending
        await client.expect("pong")
        speaker.play_all()
        await client.expect("played")
        assert speaker.written_samples == 50 * 16_000


async def test_endless_sound_does_not_outlive_its_sender() -> None:
    """When the connection closes, the speaker stops at once."""
    speaker = ScriptedSpeaker()
    async with _linked(speaker) as (client, serving):
        await client.send(*audio(SOUND)[:-1])
        await speaker.until("write")
        client.writer.close()
        await serving
    assert speaker.events == ["open", "write", "stop", "close"]


async def test_a_speaker_that_hangs_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The turn continues, and the log states the reason."""
    monkeypatch.setattr(playback, "_DEVICE_LIMIT_SECONDS", 0.05)
    async with _linked(HungSpeaker()) as (client, _):
        await client.send(*audio(SOUND))
        await client.expect("played")
    assert "the speaker has not responded" in caplog.text


class WatchedMicrophone(FileMicrophone):
    """A microphone that tells whether it is open."""

    def __init__(self) -> None:
        """Start closed."""
        super().__init__()
        self.is_open = False
        self.closed = asyncio.Event()

    @override
    async def frames(self) -> AsyncGenerator[Frame]:
        """Yield silence."""
        self.is_open = True
        try:
            async with contextlib.aclosing(super().frames()) as frames:
                async for frame in frames:
                    yield frame
        finally:
            self.is_open = False
            self.closed.set()


async def test_mute_closes_the_microphone_itself() -> None:
    """What is recorded and thrown away could still be recorded by mistake."""
    microphone = WatchedMicrophone()
    async with _linked(microphone=microphone) as (client, _):
        await client.send(Hello(), RunSatellite())
        await client.until("audio-chunk")
        assert microphone.is_open
        await client.send(SatelliteSettings(muted=True))
        await client.until("hearken-settings")
        await microphone.closed.wait()
        assert not microphone.is_open
        await client.send(SatelliteSettings(muted=False))
        await client.until("audio-chunk")
        assert microphone.is_open


async def test_mute_sends_nothing_and_ends_the_stream() -> None:
    """Mute ends the audio stream; unmuting starts a new one."""
    async with _linked() as (client, _):
        await client.send(Hello(), RunSatellite())
        await client.until("audio-chunk")
        await client.send(SatelliteSettings(muted=True))
        await client.until("audio-stop")
        current = SatelliteSettings.from_event(await client.expect("hearken-settings"))
        assert current.muted is True
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
    """Only a peer that said hello is sent Hearken's own events."""
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
    """The link and the settings stay as they are."""
    async with _linked() as (client, _):
        await client.send(Event("hearken-settings", data), Hello())
        welcome = Welcome.from_event(await client.expect("hearken-welcome"))
        assert welcome.settings == DEFAULTS
