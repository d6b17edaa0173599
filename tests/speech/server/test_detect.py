"""Test detecting wake words over Wyoming."""

import numpy as np
import pytest
from wyoming.audio import AudioStop
from wyoming.ping import Ping
from wyoming.wake import Detect, Detection

from benchmarks.common.recordings import RECORDINGS
from hearken_speech.audio import wav
from hearken_speech.protocol import DetectionDetails
from house import sound
from tests.speech.client import Client, audio, connect
from tests.speech.program import Server
from tests.speech.sounds import needs_recordings, spoken, wake_word


async def _heard(client: Client) -> list[Detection]:
    """Return the detections before the answer to a ping."""
    await client.send(Ping(text="end"))
    events = await client.until("pong")
    assert {event.type for event in events[:-1]} <= {"detection", "not-detected"}
    return [
        Detection.from_event(event) for event in events if event.type == "detection"
    ]


@pytest.mark.parametrize("names", [["hey_jarvis"], ["alexa", "hey_jarvis"], None, []])
async def test_the_wake_word_is_heard_once(
    server: Server, names: list[str] | None
) -> None:
    """One, several or all words can be requested; the details have the score."""
    recording = wake_word()
    async with connect(server.port) as client:
        await client.send(Detect(names=names), *audio(recording))
        heard = await _heard(client)
    assert [detection.name for detection in heard] == ["hey_jarvis"]
    timestamp = heard[0].timestamp
    assert timestamp is not None
    # Not before the word has begun, and not after the recording.
    assert 1_500 < timestamp <= len(recording) / 16
    details = DetectionDetails.from_context(heard[0].context)
    assert details is not None
    assert 0 < details.threshold <= details.score <= 1


async def test_the_wake_word_is_told_while_audio_comes(server: Server) -> None:
    """A detection is sent before the end of the audio."""
    async with connect(server.port) as client:
        await client.send(Detect(names=["hey_jarvis"]), *audio(wake_word())[:-1])
        assert (await client.expect("detection")).data["name"] == "hey_jarvis"


async def test_timestamps_count_from_the_start_of_the_audio(server: Server) -> None:
    """Timestamps are relative to the client's own."""
    async with connect(server.port) as client:
        await client.send(
            Detect(names=["hey_jarvis"]), *audio(wake_word(), timestamp=1_000_000)
        )
        event = await client.expect("detection")
    assert 1_001_500 < event.data["timestamp"] < 1_010_000


@pytest.mark.parametrize("text", ["turn on the kitchen light", "what time is it"])
async def test_other_sentences_are_no_wake_word(server: Server, text: str) -> None:
    """At the end of the audio not-detected is sent."""
    async with connect(server.port) as client:
        await client.send(Detect(), *audio(spoken(text)))
        await client.expect("not-detected")


async def test_another_wake_word_than_the_one_asked_for(server: Server) -> None:
    """A stream that listens for alexa does not detect hey jarvis."""
    async with connect(server.port) as client:
        await client.send(Detect(names=["alexa"]), *audio(wake_word()))
        await client.expect("not-detected")


async def test_no_audio_is_no_wake_word(server: Server) -> None:
    """An empty stream ends normally."""
    async with connect(server.port) as client:
        await client.send(Detect(), *audio(b""))
        await client.expect("not-detected")


async def test_an_unknown_wake_word_is_named(server: Server) -> None:
    """The error names the word; its audio is discarded; the next request works."""
    async with connect(server.port) as client:
        await client.send(Detect(names=["hey_nobody"]), *audio(sound.silence(0.5)))
        error = await client.expect("error")
        assert error.data["code"] == "unknown-wake-word"
        assert "hey_nobody" in error.data["text"]
        await client.send(Detect(names=["hey_jarvis"]), *audio(wake_word()))
        assert len(await _heard(client)) == 1


async def test_word_is_answered_under_the_name_that_was_asked_for(
    server: Server,
) -> None:
    """Home Assistant drops others; an unknown name among known ones does no harm."""
    async with connect(server.port) as client:
        names = ["hey jarvis", "hey_nobody"]
        await client.send(Detect(names=names), *audio(wake_word()))
        assert [heard.name for heard in await _heard(client)] == ["hey jarvis"]


async def test_streams_after_one_request_stay_wake_streams(server: Server) -> None:
    """Clients ask once and send one stream after another."""
    async with connect(server.port) as client:
        await client.send(Detect(names=["hey_jarvis"]))
        for _ in range(3):
            await client.send(*audio(wake_word()))
            assert len(await _heard(client)) == 1


async def test_one_connection_listens_again_and_again(server: Server) -> None:
    """Each stream starts fresh, even after one that was aborted."""
    async with connect(server.port) as client:
        await client.send(Detect(names=["alexa"]), *audio(wake_word())[:-1])
        for _ in range(2):
            await client.send(Detect(names=["hey_jarvis"]), *audio(wake_word()))
            assert len(await _heard(client)) == 1
        await client.send(AudioStop())


@needs_recordings
@pytest.mark.parametrize(
    ("file", "word"),
    [
        ("easy/jarvis-c89b67b5.wav", "hey_jarvis"),
        ("easy/jarvis-e9c70056.wav", "hey_jarvis"),
        ("negative/coffee-26ba7b95.wav", None),
    ],
)
async def test_people_are_heard(server: Server, file: str, word: str | None) -> None:
    """In real recordings, wake words are detected and commands are not."""
    # Less than five seconds: a microphone is not faster than real time for longer.
    recording = wav.read(RECORDINGS / "wake" / file)[: 3 * 16_000]
    room = np.concatenate((sound.silence(1.0), recording, sound.silence(0.9)))
    async with connect(server.port) as client:
        await client.send(Detect(), *audio(room))
        heard = [detection.name for detection in await _heard(client)]
    assert heard == ([word] if word else [])
