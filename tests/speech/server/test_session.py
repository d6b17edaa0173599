"""Test requests without audio, and invalid requests."""

import json
from typing import Any, Final

import pytest
from wyoming.asr import Transcribe
from wyoming.audio import AudioStart, AudioStop
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong

from hearken_speech.protocol import Hello, PeerKind, Welcome
from hearken_speech.version import VERSION
from tests.speech.client import audio, connect
from tests.speech.program import Server
from tests.speech.sounds import spoken

SAMPLES: Final = {"rate": 16_000, "width": 2, "channels": 1}


async def test_describe_tells_what_there_is(server: Server) -> None:
    """Speech-to-text, text-to-speech and wake words are described as installed."""
    async with connect(server.port) as client:
        await client.send(Describe())
        info = Info.from_event(await client.expect("info"))
    asr, tts, wake = info.asr[0], info.tts[0], info.wake[0]
    assert asr.installed
    assert [model.languages for model in asr.models if model.installed] == [["en"]]
    assert tts.installed
    languages = {language for voice in tts.voices for language in voice.languages}
    assert {"en", "en-US", "en-GB", "de", "zh-CN"} <= languages
    assert wake.installed
    words = {model.name: model.phrase for model in wake.models if model.installed}
    assert words.items() >= {"hey_jarvis": "hey jarvis", "alexa": "alexa"}.items()
    assert "CC-BY-NC-SA-4.0" in (wake.description or "")


async def test_ping_is_answered(server: Server) -> None:
    """A pong has the text of its ping."""
    async with connect(server.port) as client:
        await client.send(Ping(text="Küche 厨房"), Ping())
        assert Pong.from_event(await client.expect("pong")).text == "Küche 厨房"
        assert Pong.from_event(await client.expect("pong")).text is None


async def test_hello_is_answered_by_a_welcome(server: Server) -> None:
    """Hello is answered with the identity and the address of the control API."""
    async with connect(server.port) as client:
        await client.send(Hello(version="9.9.9"))
        welcome = Welcome.from_event(await client.expect("hearken-welcome"))
    stored = json.loads((server.data_dir / "server.json").read_text())
    assert welcome == Welcome(
        kind=PeerKind.SERVER,
        id=stored["id"],
        name="Test server",
        version=VERSION,
        http_port=server.http_port,
        run=welcome.run,
    )
    assert welcome.run


async def test_unknown_events_are_passed_over(server: Server) -> None:
    """Unknown events from newer clients are ignored."""
    async with connect(server.port) as client:
        await client.send(
            Event("hearken-of-tomorrow", {"a": [1, None]}, b"\0" * 5000), Ping()
        )
        await client.expect("pong")


async def test_events_may_come_in_pieces(server: Server) -> None:
    """Events may be split anywhere by the network."""
    async with connect(server.port) as client:
        for byte in b'{"type":"ping","data_length":13}\n{"text":"ab"}':
            client.writer.write(bytes([byte]))
            await client.writer.drain()
        assert Pong.from_event(await client.expect("pong")).text == "ab"


WRONG: Final[list[tuple[str, dict[str, Any]]]] = [
    ("hearken-hello", {}),
    ("hearken-hello", {"protocol": "1"}),
    ("hearken-hello", {"protocol": 1, "version": "9" * 2_000}),
    ("synthesize", {}),
    ("synthesize", {"text": None}),
    ("synthesize", {"text": 5}),
    ("synthesize", {"text": ["a"]}),
    ("synthesize", {"text": {"a": 1}}),
    ("synthesize", {"text": "a", "voice": 5}),
    ("synthesize", {"text": "a", "voice": {"name": 7}}),
    ("synthesize", {"text": "a", "voice": {"language": {"a": 1}}}),
    ("detect", {"names": "hey_jarvis"}),
    ("detect", {"names": {"hey_jarvis": 1}}),
    ("detect", {"names": [None]}),
    ("detect", {"names": [["hey_jarvis"]]}),
    ("detect", {"names": 1}),
    ("detect", {"names": ["x"] * 101}),
    ("transcribe", {"language": 7}),
    ("transcribe", {"language": ["en"]}),
    ("transcribe", {"language": {"en": 1}}),
    ("audio-start", {}),
    ("audio-start", {"rate": 16_000, "width": 2}),
    ("audio-start", {"rate": "16000", "width": 2, "channels": 1}),
    ("audio-start", {"rate": None, "width": 2, "channels": 1}),
    ("audio-start", {"rate": 16_000.5, "width": 2, "channels": 1}),
    ("audio-start", {"rate": 1, "width": 2, "channels": 1}),
    ("audio-start", {"rate": 16_000, "width": 2, "channels": 0}),
    ("audio-start", {"rate": 16_000, "width": [2], "channels": 1}),
    ("audio-start", {**SAMPLES, "timestamp": "now"}),
    ("audio-start", {**SAMPLES, "timestamp": {"ms": 1}}),
]


@pytest.mark.parametrize(
    ("kind", "data"), WRONG, ids=lambda value: str(value)[:40].replace(" ", "")
)
async def test_wrong_fields_are_refused(
    server: Server, kind: str, data: dict[str, Any]
) -> None:
    """An invalid request gets an error with a code; the next one works."""
    async with connect(server.port) as client:
        await client.send(Event(kind, data))
        error = await client.expect("error")
        assert error.data["code"] in {"bad-request", "bad-audio"}
        assert error.data["text"]
        await client.send(Transcribe(), *audio(b""))
        assert (await client.expect("transcript")).data["text"] == ""


@pytest.mark.parametrize("request_kind", ["transcribe", "detect"])
@pytest.mark.parametrize(
    "data",
    [
        {},
        {"rate": 16_000, "channels": 1},
        {"rate": "16000", "width": 2, "channels": 1},
        {"rate": 16_000, "width": 2.5, "channels": 1},
        {"rate": 0, "width": 2, "channels": 1},
        {"rate": 16_000, "width": 2, "channels": None},
    ],
    ids=str,
)
async def test_wrong_audio_is_refused_once(
    server: Server, request_kind: str, data: dict[str, Any]
) -> None:
    """Only the first invalid chunk of a recording gets an error."""
    wrong = Event("audio-chunk", data, bytes(640))
    async with connect(server.port) as client:
        await client.send(
            Event(request_kind),
            AudioStart(**SAMPLES),
            *[wrong] * 20,
            AudioStop(),
            Ping(text="after"),
        )
        error = await client.expect("error")
        assert error.data["code"] in {"bad-request", "bad-audio"}
        assert Pong.from_event(await client.expect("pong")).text == "after"


async def test_a_long_mistake_gets_a_short_answer(server: Server) -> None:
    """The client's data is not repeated in the error."""
    async with connect(server.port) as client:
        await client.send(Transcribe(language="x" * 200_000), *audio(b"\0\0" * 8_000))
        error = await client.expect("error")
    assert error.data["code"] == "unknown-language"
    assert len(error.data["text"]) <= 1_000


async def test_audio_without_a_request_is_a_command(server: Server) -> None:
    """Audio without a request is accepted, as in Wyoming."""
    async with connect(server.port) as client:
        await client.send(*audio(spoken("turn on the kitchen light")))
        transcript = await client.expect("transcript")
    assert transcript.data["text"] == "turn on the kitchen light"


async def test_stray_audio_is_passed_over(server: Server) -> None:
    """Chunks and stops without a request are discarded."""
    async with connect(server.port) as client:
        _, chunk, *_, stop = audio(b"\0\0" * 4_000)
        await client.send(stop, chunk, chunk, stop, Ping())
        await client.expect("pong")
