"""Test a satellite with on-device wake word detection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from wyoming.client import AsyncTcpClient
from wyoming.event import Event
from wyoming.info import Info
from wyoming.ping import Ping, Pong
from wyoming.pipeline import PipelineStage, RunPipeline
from wyoming.satellite import PauseSatellite, RunSatellite
from wyoming.tts import Synthesize

from hearken_speech.audio import wav
from hearken_speech.audio.format import Samples
from hearken_speech.errors import HearkenError
from hearken_speech.protocol import (
    DetectionDetails,
    SatelliteSettings,
    Turn,
    TurnPhase,
)
from hearken_speech.satellite.detector import MicrophoneClock
from hearken_speech.satellite.devices.microphone import Frame
from hearken_speech.satellite.identity import Identity
from hearken_speech.satellite.link import Link
from hearken_speech.satellite.options import SatelliteOptions
from hearken_speech.satellite.program import make_device
from tests.speech.client import audio
from tests.speech.wake.sounds import noise, spoken

WAIT_SECONDS = 20
COMMAND = "turn on the kitchen light"


def _options(folder: Path, sound: Samples | None, *words: str) -> SatelliteOptions:
    """Return the options of a satellite with this microphone."""
    microphone = "silence"
    if sound is not None:
        (folder / "sound.wav").write_bytes(wav.encode(sound))
        microphone = f"file:{folder / 'sound.wav'}"
    return SatelliteOptions(
        host="127.0.0.1",
        port=0,
        data_dir=folder,
        name="Kitchen",
        area=None,
        microphone=microphone,
        speaker="none",
        wake_on_device=True,
        wake_words=words or ("alexa",),
    )


@asynccontextmanager
async def satellite(options: SatelliteOptions) -> AsyncIterator[AsyncTcpClient]:
    """Run a satellite; return a client in the role of Home Assistant."""
    device = make_device(options, Identity(id="1", key="2"))

    async def claim() -> None:
        """Give the microphone to any connection."""

    async def connected(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve a connection."""
        task = asyncio.current_task()
        assert task is not None
        links.append(task)
        await Link(reader, writer, device, claim).run()
        writer.close()

    links: list[asyncio.Task[None]] = []

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        async with AsyncTcpClient("127.0.0.1", port) as client:
            yield client
    finally:
        server.close()
        if links:
            await asyncio.wait(links, timeout=WAIT_SECONDS)
        assert device.detector is not None
        device.detector.engine.close()


async def _next(client: AsyncTcpClient) -> Event:
    """Return the satellite's next event; answer its pings."""
    while True:
        async with asyncio.timeout(WAIT_SECONDS):
            event = await client.read_event()
        assert event is not None
        if not Ping.is_type(event.type):
            return event
        await client.write_event(Pong(text=Ping.from_event(event).text).event())


async def _until(client: AsyncTcpClient, kind: str) -> list[Event]:
    """Return the satellite's events up to this one."""
    events = [await _next(client)]
    while events[-1].type != kind:
        events.append(await _next(client))
    return events


async def test_no_sound_leaves_before_the_word(tmp_path: Path) -> None:
    """The detection comes first, then the run request, then audio from the word on."""
    word = spoken("alexa")
    sound = np.concatenate([noise(1.5, 2), word, noise(0.3, 2), spoken(COMMAND)])
    async with satellite(_options(tmp_path, sound)) as client:
        await client.write_event(RunSatellite().event())
        first, second, third = [await _next(client) for _ in range(3)]
        assert [first.type, second.type, third.type] == [
            "detection",
            "run-pipeline",
            "audio-start",
        ]
        assert RunPipeline.from_event(second).start_stage is PipelineStage.ASR
        details = DetectionDetails.from_context(first.data["context"])
        assert details is not None
        assert details.position_samples is not None
        end = round(1.5 * 16_000) + len(word)
        assert details.end_samples == pytest.approx(end, abs=1600)
        assert details.begin_samples is not None
        begin = min(details.position_samples - 8000, details.begin_samples)
        assert third.data["timestamp"] == begin // 16
        heard = b""
        while len(heard) < 2 * (len(sound) - begin):
            heard += (await _next(client)).payload or b""
    got = np.frombuffer(heard, "<i2")[: len(sound) - begin]
    np.testing.assert_array_equal(got, sound[begin:])


async def test_sound_stops_when_the_command_is_understood(tmp_path: Path) -> None:
    """After the command, the satellite detects the next wake word."""
    said = np.concatenate([noise(1.2, 2), spoken("alexa"), noise(1.5, 2)])
    sound = np.concatenate([said, said])
    async with satellite(_options(tmp_path, sound)) as client:
        await client.write_event(RunSatellite().event())
        await _until(client, "audio-chunk")
        await client.write_event(Turn(phase=TurnPhase.LISTENING).event())
        await client.write_event(Turn(phase=TurnPhase.PROCESSING).event())
        await _until(client, "audio-stop")
        await client.write_event(Turn(phase=TurnPhase.IDLE).event())
        events = await _until(client, "audio-start")
        assert [event.type for event in events] == [
            "detection",
            "run-pipeline",
            "audio-start",
        ]


async def test_question_opens_the_microphone_without_a_word(tmp_path: Path) -> None:
    """Listening again needs no wake word and sends no pre-roll."""
    async with satellite(_options(tmp_path, None)) as client:
        await client.write_event(RunSatellite().event())
        await client.write_event(Turn(phase=TurnPhase.IDLE, listen_again=True).event())
        events = await _until(client, "audio-chunk")
        assert [event.type for event in events] == [
            "run-pipeline",
            "audio-start",
            "audio-chunk",
        ]
        await client.write_event(PauseSatellite().event())


async def test_word_in_the_answer_wakes_nobody(tmp_path: Path) -> None:
    """The satellite does not listen to its own answer."""
    sound = np.concatenate([noise(1.2, 2), spoken("alexa"), noise(0.5, 2)])
    async with satellite(_options(tmp_path, sound)) as client:
        await client.write_event(RunSatellite().event())
        await client.write_event(Turn(phase=TurnPhase.RESPONDING).event())
        await client.write_event(Synthesize(text="Ask Alexa, not me.").event())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await client.read_event()


async def test_word_interrupts_an_answer(tmp_path: Path) -> None:
    """What was sent before Home Assistant knew of the word is ignored."""
    sound = np.concatenate([noise(1.2, 2), spoken("alexa"), noise(1.0, 2)])
    async with satellite(_options(tmp_path, sound)) as client:
        await client.write_event(RunSatellite().event())
        await client.write_event(Turn(phase=TurnPhase.RESPONDING).event())
        await client.write_event(Synthesize(text="It is warm outside.").event())
        for piece in audio(np.ones(1600, dtype=np.int16))[:-1]:
            await client.write_event(piece.event())
        async with asyncio.timeout(WAIT_SECONDS):
            while (ping := await client.read_event()) is not None:
                if Ping.is_type(ping.type):
                    break
        assert ping is not None
        # The end of the answer crossed the wake word on its way.
        await client.write_event(Turn(phase=TurnPhase.IDLE).event())
        await client.write_event(Pong(text=Ping.from_event(ping).text).event())
        await client.write_event(Turn(phase=TurnPhase.LISTENING).event())
        events = [*await _until(client, "audio-start"), await _next(client)]
        assert events[-1].type == "audio-chunk"
        await client.write_event(Turn(phase=TurnPhase.PROCESSING).event())
        later = await _until(client, "audio-stop")
        assert "played" not in {event.type for event in later}


async def test_words_are_announced_and_checked(tmp_path: Path) -> None:
    """The available words are announced; an unknown word raises an error."""
    options = _options(tmp_path, None, "okay nabu", "alexa")
    async with satellite(options) as client:
        await client.write_event(Event(type="describe"))
        info = Info.from_event(await _next(client))
    assert info.satellite is not None
    assert info.satellite.active_wake_words == ["okay_nabu", "alexa"]
    assert info.satellite.max_active_wake_words == 2
    assert {model.name for model in info.wake[0].models} >= {"okay_nabu", "hey_jarvis"}
    with pytest.raises(HearkenError, match="unknown wake word: nope"):
        make_device(_options(tmp_path, None, "nope"), Identity(id="1", key="2"))


async def test_words_and_thresholds_change_while_it_listens(tmp_path: Path) -> None:
    """Changed words and thresholds are applied at once and announced."""
    said = [noise(1.2, 2), spoken("alexa"), noise(0.5, 2)]
    async with satellite(_options(tmp_path, np.concatenate(said))) as client:
        await client.write_event(Event(type="hearken-hello", data={"protocol": 1}))
        await _until(client, "hearken-welcome")
        await client.write_event(RunSatellite().event())
        strict = SatelliteSettings(
            wake_words=("okay_nabu", "alexa"), thresholds={"alexa": 1.0}
        )
        await client.write_event(strict.event())
        current = SatelliteSettings.from_event(await _next(client))
        assert current.wake_words == ("okay_nabu", "alexa")
        assert current.thresholds == {"okay_nabu": 0.5, "alexa": 1.0}
        await client.write_event(Event(type="describe"))
        info = Info.from_event(await _next(client))
        assert info.satellite is not None
        assert info.satellite.active_wake_words == ["okay_nabu", "alexa"]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(4):
                await client.read_event()

        # The recording starts again with the microphone.
        await client.write_event(PauseSatellite().event())
        await client.write_event(SatelliteSettings(thresholds={"alexa": 0.5}).event())
        await _until(client, "hearken-settings")
        await client.write_event(RunSatellite().event())
        detection = (await _until(client, "detection"))[-1]
        assert detection.data["name"] == "alexa"


def test_lost_sound_moves_the_positions_of_words() -> None:
    """The engine's positions are converted to the microphone's clock."""
    clock = MicrophoneClock()
    silence = np.zeros(1280, np.int16)
    # Two frames, then a gap of one second, then two more.
    for position in (0, 1280, 18_560, 19_840):
        clock.note(Frame(silence, position, position / 16_000))
    assert [clock.position(added) for added in (0, 2559, 2560, 4000)] == [
        0,
        2559,
        18_560,
        20_000,
    ]


def test_many_gaps_are_not_kept_for_ever() -> None:
    """Recent positions are correct, regardless of earlier losses."""
    clock = MicrophoneClock()
    silence = np.zeros(1280, np.int16)
    for number in range(1000):
        clock.note(Frame(silence, number * 2560, number * 0.16))
    assert clock.position(999 * 1280 + 7) == 999 * 2560 + 7
