"""Test the satellite's program over a paired connection."""

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.pipeline import PipelineStage, RunPipeline
from wyoming.satellite import PauseSatellite, RunSatellite

from hearken_speech.audio import wav
from hearken_speech.audio.level import scale
from hearken_speech.protocol import (
    Ability,
    Hello,
    PeerKind,
    SatelliteSettings,
    Stop,
    Turn,
    TurnPhase,
    Welcome,
    pairing,
)
from hearken_speech.satellite.tones import error_tone
from hearken_speech.version import VERSION
from house import sound
from tests.satellite.client import paired
from tests.satellite.program import NAME, listen, ready_port, start
from tests.speech.client import Client, audio, connect
from tests.speech.program import HOST, LIMIT_SECONDS, Program
from tests.speech.sounds import at_rate

OTHER_HOST: Final = "127.0.0.2"
SOUND: Final = np.concatenate(
    (
        np.zeros(800, dtype=np.int16),
        np.rint(9_000 * np.sin(np.arange(8_000) * 0.2)).astype(np.int16),
        np.zeros(800, dtype=np.int16),
    )
)


@dataclass(frozen=True)
class Satellite:
    """A running satellite."""

    program: Program
    port: int
    key: str
    answer: Path


@pytest.fixture(name="shared", scope="module")
def shared_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Satellite]:
    """Return a running satellite that plays a recording and stores the answer."""
    folder = tmp_path_factory.mktemp("satellite")
    sound.save(folder / "said.wav", SOUND)
    answer = folder / "answer.wav"
    with start(
        folder,
        *("--microphone", f"file:{folder / 'said.wav'}"),
        *("--speaker", f"file:{answer}"),
    ) as program:
        port = ready_port(program)
        stored = json.loads((folder / "data" / "satellite.json").read_text())
        yield Satellite(program, port, stored["key"], answer)
        assert program.end() == 0
        assert "Traceback" not in program.log


@pytest.fixture(name="satellite")
def satellite_fixture(shared: Satellite) -> Iterator[Satellite]:
    """Return the shared satellite; fail the test if it has logged a bug."""
    shared.answer.unlink(missing_ok=True)
    before = len(shared.program.log)
    yield shared
    assert shared.program.running
    assert "Traceback" not in shared.program.log[before:], shared.program.log[before:]


async def _assert_serves(client: Client) -> None:
    await client.send(Ping(text="still there"))
    events = await client.until("pong")
    assert Pong.from_event(events[-1]).text == "still there"


async def test_it_tells_who_it_is(satellite: Satellite) -> None:
    """The info has name, area, microphone, speaker and the stored ID."""
    async with paired(satellite.port, satellite.key) as client:
        await client.send(Hello(), Describe())
        welcome = Welcome.from_event(await client.expect("hearken-welcome"))
        info = Info.from_event(await client.expect("info"))
    assert welcome.kind is PeerKind.SATELLITE
    assert (welcome.name, welcome.version, welcome.http_port) == (NAME, VERSION, None)
    assert info.satellite is not None
    assert (info.satellite.name, info.satellite.area) == (NAME, "Kitchen")
    assert info.mic[0].mic_format.rate == 16_000
    assert info.snd[0].snd_format is not None


async def test_the_microphone_is_streamed(satellite: Satellite) -> None:
    """The recording is streamed sample by sample with timestamps, then silence."""
    heard, timestamps = b"", []
    async with paired(satellite.port, satellite.key) as client:
        await listen(client)
        while len(heard) < 2 * len(SOUND) + 5_000:
            chunk = AudioChunk.from_event(await client.expect("audio-chunk"))
            assert (chunk.rate, chunk.width, chunk.channels) == (16_000, 2, 1)
            timestamps.append(chunk.timestamp)
            heard += chunk.audio
    samples = np.frombuffer(heard, dtype="<i2")
    assert np.array_equal(samples[: len(SOUND)], SOUND)
    assert not samples[len(SOUND) :].any()
    assert timestamps == [80 * number for number in range(len(timestamps))]


async def test_a_pause_closes_the_microphone(satellite: Satellite) -> None:
    """No audio is sent until Home Assistant listens again."""
    async with paired(satellite.port, satellite.key) as client:
        await listen(client)
        await client.send(PauseSatellite(), Ping(text="1"))
        await client.until("pong")
        # What arrives now was sent after the pause.
        await client.send(Ping(text="2"))
        assert (await client.until("pong"))[0].type == "pong"
        await listen(client)


async def test_an_answer_is_played(satellite: Satellite) -> None:
    """Audio at 22.05 kHz is converted, played, and reported as played."""
    spoken = at_rate(SOUND, 22_050)
    async with paired(satellite.port, satellite.key) as client:
        await client.send(*audio(spoken, 22_050))
        await client.expect("played")
    played = wav.read(satellite.answer)
    assert len(played) == pytest.approx(len(SOUND), abs=2)
    error = played[: len(SOUND)].astype(float) - SOUND[: len(played)]
    assert np.max(np.abs(error[1_000:-1_000])) < 100


async def test_a_whole_turn(satellite: Satellite) -> None:
    """A question is played, then the microphone opens without a wake word."""
    async with paired(satellite.port, satellite.key) as client:
        await listen(client)
        await client.send(
            Turn(phase=TurnPhase.LISTENING),
            Transcript(text="turn on the light"),
            Turn(phase=TurnPhase.PROCESSING),
            Turn(phase=TurnPhase.RESPONDING, listen_again=True),
            *audio(SOUND),
            Turn(phase=TurnPhase.IDLE),
        )
        events = await client.until("run-pipeline")
        assert "played" in {event.type for event in events}
        run = RunPipeline.from_event(events[-1])
        assert run.start_stage is PipelineStage.ASR
        await client.send(Turn(phase=TurnPhase.LISTENING), Turn(phase=TurnPhase.IDLE))
        run = RunPipeline.from_event((await client.until("run-pipeline"))[-1])
        assert run.start_stage is PipelineStage.WAKE


async def test_an_error_is_heard(satellite: Satellite) -> None:
    """The error tone is played, and later audio as well."""
    async with paired(satellite.port, satellite.key) as client:
        await listen(client)
        await client.send(Turn(phase=TurnPhase.IDLE, error="intent-failed"))
        async with asyncio.timeout(LIMIT_SECONDS):
            while not satellite.answer.exists():
                await client.receive()
        assert np.array_equal(wav.read(satellite.answer), error_tone())
        await client.send(*audio(SOUND))
        await client.until("played")
        assert np.array_equal(wav.read(satellite.answer), SOUND)


WRONG: Final[list[tuple[str, dict[str, Any]]]] = [
    ("hearken-hello", {}),
    ("hearken-turn", {}),
    ("hearken-turn", {"phase": "dreaming"}),
    ("hearken-turn", {"phase": 5}),
    ("hearken-turn", {"phase": "idle", "error": ["a"]}),
    ("audio-start", {}),
    ("audio-start", {"rate": "16000", "width": 2, "channels": 1}),
    ("audio-start", {"rate": 1, "width": 2, "channels": 1}),
    ("audio-start", {"rate": 16_000, "width": 7, "channels": 1}),
    ("audio-start", {"rate": 16_000, "width": 2, "channels": None}),
    ("transcript", {"text": {"a": 1}}),
    ("error", {"text": 5}),
    ("something-new", {"a": [1]}),
]


@pytest.mark.parametrize(("kind", "data"), WRONG, ids=lambda value: str(value)[:40])
async def test_wrong_events_are_ignored(
    satellite: Satellite, kind: str, data: dict[str, Any]
) -> None:
    """The link stays open, and the next answer is played."""
    async with paired(satellite.port, satellite.key) as client:
        await client.send(Event(kind, data))
        await client.send(AudioChunk(16_000, 2, 1, bytes(640)), AudioStop())
        await _assert_serves(client)
        await client.send(*audio(SOUND))
        await client.expect("played")
    assert np.array_equal(wav.read(satellite.answer), SOUND)


async def test_audio_that_has_not_begun_is_ignored(satellite: Satellite) -> None:
    """Chunks without a start are neither played nor reported as played."""
    async with paired(satellite.port, satellite.key) as client:
        await client.send(AudioChunk(16_000, 2, 1, bytes(640)), AudioStop())
        await client.send(Ping())
        await client.expect("pong")
    assert not satellite.answer.exists()


async def test_an_answer_that_never_ends_is_cut(satellite: Satellite) -> None:
    """After five minutes of sound, the rest is discarded."""
    minute = AudioChunk(4_000, 1, 1, b"\x80" * 240_000)
    async with paired(satellite.port, satellite.key) as client:
        await client.send(AudioStart(4_000, 1, 1), *[minute] * 7, AudioStop())
        await client.until("played")
    assert len(wav.read(satellite.answer)) == 300 * 16_000


async def test_an_answer_sounds_before_it_is_complete(tmp_path: Path) -> None:
    """An answer plays before its end has been sent; a stop cuts it off."""
    answer = tmp_path / "answer.wav"
    ramp = np.arange(20 * 16_000).astype(np.int16)
    with start(tmp_path, "--speaker", f"realtime:{answer}") as program:
        port = ready_port(program)
        key = json.loads((tmp_path / "data" / "satellite.json").read_text())["key"]
        async with paired(port, key) as client:
            await client.send(*audio(ramp)[:-1])
            await _until(lambda: "speaking" in program.log)
            await client.send(Stop(), Ping())
            await client.expect("pong")
            await _until(answer.exists)
            await client.send(AudioStop(), Ping())
            await client.expect("pong")
            heard = wav.read(answer)
            assert 0 < len(heard) < len(ramp)
            assert np.array_equal(heard, ramp[: len(heard)])
            await client.send(*audio(SOUND))
            await client.expect("played")
        assert program.end() == 0
        assert "Traceback" not in program.log
    assert np.array_equal(wav.read(answer), SOUND)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_SECONDS):
        while not condition():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def test_garbage_from_a_paired_peer_ends_the_link(satellite: Satellite) -> None:
    """Data that is not Wyoming closes the link, and the next connection works."""
    async with paired(satellite.port, satellite.key) as client:
        client.writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await client.closed()
    async with paired(satellite.port, satellite.key) as client:
        await _assert_serves(client)


async def test_a_wrong_key_is_refused(satellite: Satellite) -> None:
    """Another key is refused, and the owner's still works."""
    stranger = paired(satellite.port, pairing.new_key())
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await stranger.__aenter__()
    async with paired(satellite.port, satellite.key) as client:
        await _assert_serves(client)


async def test_plain_tcp_is_refused(satellite: Satellite) -> None:
    """Without TLS there is no answer, whatever is sent."""
    async with connect(satellite.port) as client:
        answer = b""
        with contextlib.suppress(ConnectionError):
            await client.send(Hello(), Describe())
            async with asyncio.timeout(LIMIT_SECONDS):
                answer = await client.reader.read(1_000)
    assert b"welcome" not in answer
    assert b"info" not in answer
    async with paired(satellite.port, satellite.key) as owner:
        await _assert_serves(owner)


async def test_the_last_one_to_listen_has_the_microphone(satellite: Satellite) -> None:
    """A new connection takes over, since the old one may be broken."""
    async with (
        paired(satellite.port, satellite.key) as old,
        paired(satellite.port, satellite.key) as new,
    ):
        await listen(old)
        await listen(new)
        await old.closed()
        await _assert_serves(new)


async def test_another_home_assistant_does_not_take_the_microphone(
    satellite: Satellite,
) -> None:
    """Two that both want it do not take it from each other; it passes on in the end."""
    async with paired(satellite.port, satellite.key) as first:
        await listen(first)
        for _ in range(2):
            async with paired(satellite.port, satellite.key, OTHER_HOST) as other:
                await other.send(RunSatellite())
                await other.closed()
        await first.expect("audio-chunk")
        await _assert_serves(first)
    run: Event | None = None
    while run is None:
        async with paired(satellite.port, satellite.key, OTHER_HOST) as other:
            await other.send(RunSatellite())
            with contextlib.suppress(ConnectionError):
                run = await other.receive()
    assert run.type == "run-pipeline"


async def test_broken_encryption_ends_the_link(satellite: Satellite) -> None:
    """What cannot be decrypted is no reason for a traceback; the next one is served."""

    def corrupt() -> None:
        """Send bytes beside the encryption."""
        with socket.create_connection((HOST, satellite.port), LIMIT_SECONDS) as plain:
            beside = plain.dup()
            context = pairing.client_context(satellite.key)
            with context.wrap_socket(plain) as secure, beside:
                beside.sendall(bytes(100))
                with contextlib.suppress(OSError):
                    secure.recv(1)

    await asyncio.to_thread(corrupt)
    async with paired(satellite.port, satellite.key) as client:
        await _assert_serves(client)


async def test_a_mere_hello_disturbs_nobody(satellite: Satellite) -> None:
    """Requesting the info does not take over the microphone."""
    async with paired(satellite.port, satellite.key) as first:
        await listen(first)
        async with paired(satellite.port, satellite.key) as visitor:
            await visitor.send(Hello())
            await visitor.expect("hearken-welcome")
            await visitor.send(Describe())
            await visitor.expect("info")
        await first.expect("audio-chunk")
        await _assert_serves(first)


async def test_a_vanished_listener_is_forgotten(satellite: Satellite) -> None:
    """After a disconnect, the next connection gets the microphone."""
    for _ in range(3):
        async with paired(satellite.port, satellite.key) as client:
            await listen(client)
            await client.expect("audio-chunk")


async def test_volume_and_gain_are_applied(satellite: Satellite) -> None:
    """The volume is applied to the answer, the gain to the microphone."""
    async with paired(satellite.port, satellite.key) as client:
        await client.send(Hello())
        welcome = Welcome.from_event(await client.expect("hearken-welcome"))
        assert welcome.abilities == set(Ability) - {"wake-words"}
        await client.send(SatelliteSettings(volume=0.5, gain_db=6.0))
        current = SatelliteSettings.from_event(await client.expect("hearken-settings"))
        assert (current.volume, current.gain_db) == (0.5, 6.0)
        await client.send(*audio(SOUND))
        await client.expect("played")
        assert np.array_equal(wav.read(satellite.answer), scale(SOUND, 0.125))
        await listen(client)
        heard = b""
        while len(heard) < 2 * len(SOUND):
            heard += AudioChunk.from_event(await client.expect("audio-chunk")).audio
        louder = scale(SOUND, 10 ** (6 / 20))
        assert np.array_equal(np.frombuffer(heard, "<i2")[: len(SOUND)], louder)
        await client.send(SatelliteSettings(volume=1.0, gain_db=0.0))
        await client.until("hearken-settings")


def test_the_key_is_in_no_log(satellite: Satellite) -> None:
    """Logs may be shared; the key would give access to the microphone."""
    assert satellite.key not in satellite.program.log
