"""Test the server with the exact messages of other Wyoming clients."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Final

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.wake import Detect, Detection, NotDetected

from hearken_speech.audio.format import to_bytes
from house import sound
from tests.speech.client import connect
from tests.speech.program import HOST, LIMIT_SECONDS, Server
from tests.speech.sounds import spoken, wake_word

SENTENCE: Final = "turn on the kitchen light"
LAYOUT: Final[dict[str, Any]] = {"rate": 16_000, "width": 2, "channels": 1}


def _old(kind: str, payload: bytes = b"", **data: Any) -> bytes:
    """Return an event in the format of Wyoming's first version, on a single line."""
    header: dict[str, Any] = {"type": kind, "data": data}
    if payload:
        header["payload_length"] = len(payload)
    return json.dumps(header).encode() + b"\n" + payload


async def test_an_old_client_transcribes(server: Server) -> None:
    """Data in the header and a missing version are accepted."""
    data = to_bytes(spoken(SENTENCE))
    async with connect(server.port) as client:
        client.writer.write(_old("describe"))
        await client.expect("info")
        client.writer.write(_old("transcribe", language="en"))
        client.writer.write(_old("audio-start", **LAYOUT))
        for first in range(0, len(data), 2048):
            client.writer.write(
                _old("audio-chunk", data[first : first + 2048], **LAYOUT)
            )
        client.writer.write(_old("audio-stop"))
        assert (await client.expect("transcript")).data["text"] == SENTENCE


async def test_the_check_of_a_speech_server(server: Server) -> None:
    """The check for wyoming-faster-whisper works: info, then a transcript."""
    async with (
        asyncio.timeout(LIMIT_SECONDS),
        AsyncTcpClient(HOST, server.port) as client,
    ):
        await client.write_event(Describe().event())
        info = await _read(client)
        languages = Info.from_event(info).asr[0].models[0].languages
        assert languages == ["en"]
        name = Info.from_event(info).asr[0].models[0].name
        await client.write_event(Transcribe(name=name, language="en").event())
        await client.write_event(AudioStart(**LAYOUT).event())
        chunk = AudioChunk(**LAYOUT, audio=to_bytes(spoken(SENTENCE)))
        await client.write_event(chunk.event())
        await client.write_event(AudioStop().event())
        assert Transcript.from_event(await _read(client)).text == SENTENCE


async def test_the_check_of_a_wake_word_server(server: Server) -> None:
    """The check for wyoming-openwakeword works, with timestamps in the chunks."""
    async with (
        asyncio.timeout(LIMIT_SECONDS),
        AsyncTcpClient(HOST, server.port) as client,
    ):
        await client.write_event(Detect(names=["hey_jarvis"]).event())
        await client.write_event(AudioStart(**LAYOUT, timestamp=0).event())
        data = to_bytes(wake_word())
        for first in range(0, len(data), 2048):
            chunk = AudioChunk(
                **LAYOUT, audio=data[first : first + 2048], timestamp=first // 32
            )
            await client.write_event(chunk.event())
        await client.write_event(AudioStop().event())
        detection = Detection.from_event(await _read(client))
        assert detection.name == "hey_jarvis"
        assert detection.timestamp is not None
        assert 1_500 < detection.timestamp <= len(data) / 32
        # The second round on the same connection, without the word.
        await client.write_event(Detect(names=["hey_jarvis"]).event())
        await client.write_event(AudioStart(**LAYOUT).event())
        quiet = AudioChunk(**LAYOUT, audio=to_bytes(sound.silence(1.0)))
        await client.write_event(quiet.event())
        await client.write_event(AudioStop().event())
        assert NotDetected.is_type((await _read(client)).type)


async def test_home_assistants_way_of_listening(server: Server) -> None:
    """Core reads while it sends, and disconnects on the detection."""
    async with (
        asyncio.timeout(LIMIT_SECONDS),
        AsyncTcpClient(HOST, server.port) as client,
    ):
        await client.write_event(Detect(names=None).event())
        await client.write_event(AudioStart(**LAYOUT).event())
        reading = asyncio.create_task(_read(client))
        async for chunk in _microphone(reading):
            await client.write_event(chunk.event())
        assert Detection.from_event(await reading).name == "hey_jarvis"


async def _microphone(end: asyncio.Task[Event]) -> AsyncIterator[AudioChunk]:
    """Yield a wake word, followed by silence until the event is set."""
    data = to_bytes(wake_word())
    for first in range(0, len(data), 1024):
        yield AudioChunk(**LAYOUT, audio=data[first : first + 1024], timestamp=first)
    while not end.done():
        yield AudioChunk(**LAYOUT, audio=bytes(1024), timestamp=0)
        # As fast as the server can process; faster audio would be dropped.
        await asyncio.wait([end], timeout=0.032)


async def _read(client: AsyncTcpClient) -> Event:
    event = await client.read_event()
    assert event is not None
    return event
