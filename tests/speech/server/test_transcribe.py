"""Test speech-to-text over Wyoming with different recordings."""

import numpy as np
import pytest
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop

from hearken_speech.audio.format import Samples
from house import sound
from tests.speech.client import Client, audio, connect
from tests.speech.program import Server
from tests.speech.sounds import at_rate, in_stereo, noise, spoken


@pytest.mark.parametrize(
    ("text", "voice"),
    [
        ("turn on the kitchen light", "flite:slt"),
        ("turn on the kitchen light", "espeak:en-us"),
        ("close the garage door", "flite:slt"),
    ],
)
async def test_a_sentence_is_recognized(server: Server, text: str, voice: str) -> None:
    """The transcript of a command has details."""
    recording = spoken(text, voice)
    async with connect(server.port) as client:
        await client.send(Transcribe(language="en"), *audio(recording))
        transcript = await client.expect("transcript")
    assert transcript.data["text"] == text
    assert transcript.data["language"] == "en"
    details = transcript.data["context"]["hearken"]
    assert details["audio_seconds"] == pytest.approx(len(recording) / 16_000, abs=0.01)
    assert details["decode_seconds"] > 0
    assert details["model"] == "hearken-commands-en"
    assert "empty_reason" not in details


@pytest.mark.parametrize("rate_hz", [22_050, 44_100, 48_000])
async def test_a_stereo_recording_is_recognized(server: Server, rate_hz: int) -> None:
    """The server converts common recording formats."""
    data = in_stereo(at_rate(spoken("turn on the kitchen light"), rate_hz))
    async with connect(server.port) as client:
        await client.send(Transcribe(), *audio(data, rate_hz, channels=2))
        transcript = await client.expect("transcript")
    assert transcript.data["text"] == "turn on the kitchen light"


async def test_a_recording_in_one_piece_is_recognized(server: Server) -> None:
    """A whole file in a single chunk is accepted."""
    data = in_stereo(at_rate(spoken("turn on the kitchen light"), 48_000))
    async with connect(server.port) as client:
        await client.send(
            Transcribe(),
            AudioStart(48_000, 2, 2),
            AudioChunk(48_000, 2, 2, data),
            AudioStop(),
        )
        transcript = await client.expect("transcript")
    assert transcript.data["text"] == "turn on the kitchen light"


@pytest.mark.parametrize(
    ("recording", "reason"),
    [
        (sound.silence(0), "no-audio"),
        (sound.silence(0.1), "no-audio"),
        (sound.silence(3), "no-speech"),
        (noise(3), "no-speech"),
        (np.full(32_000, 1_000, dtype=np.int16), "no-speech"),
    ],
    ids=["nothing", "a click", "silence", "noise", "hum"],
)
async def test_nothing_said_is_empty_text(
    server: Server, recording: Samples, reason: str
) -> None:
    """Recordings without speech give an empty text with a reason."""
    async with connect(server.port) as client:
        await client.send(Transcribe(language="en"), *audio(recording))
        transcript = await client.expect("transcript")
    assert transcript.data["text"] == ""
    assert transcript.data["context"]["hearken"]["empty_reason"] == reason


async def _transcribe(client: Client, text: str) -> str:
    """Return the transcript of this spoken text."""
    await client.send(Transcribe(), *audio(spoken(text)))
    return str((await client.expect("transcript")).data["text"])


async def test_one_connection_serves_many_recordings(server: Server) -> None:
    """Each recording is independent."""
    async with connect(server.port) as client:
        for text in ("turn on the kitchen light", "turn off the kitchen light"):
            assert await _transcribe(client, text) == text


async def test_a_new_request_replaces_the_one_before(server: Server) -> None:
    """A new request discards the previous recording."""
    begun = audio(spoken("close the garage door"))[:-1]
    async with connect(server.port) as client:
        await client.send(Transcribe(), *begun)
        text = await _transcribe(client, "turn on the kitchen light")
    assert text == "turn on the kitchen light"


@pytest.mark.parametrize("language", ["en", "en-US", "en_GB", "EN", "", None])
async def test_every_english_is_known(server: Server, language: str | None) -> None:
    """Regions and spellings of language codes are ignored."""
    async with connect(server.port) as client:
        await client.send(Transcribe(language=language), *audio(sound.silence(0.1)))
        await client.expect("transcript")


@pytest.mark.parametrize("language", ["de", "xx", "english?", "\N{PILE OF POO}"])
async def test_an_unknown_language_is_an_error(server: Server, language: str) -> None:
    """The error names the language, and the next request works."""
    async with connect(server.port) as client:
        await client.send(
            Transcribe(language=language), *audio(spoken("turn on the kitchen light"))
        )
        error = await client.expect("error")
        assert error.data["code"] == "unknown-language"
        text = await _transcribe(client, "turn on the kitchen light")
    assert text == "turn on the kitchen light"


async def test_a_recording_that_never_ends_is_refused(server: Server) -> None:
    """After a minute, an error is sent at once, without waiting for the end."""
    second = AudioChunk(16_000, 2, 1, bytes(32_000))
    async with connect(server.port) as client:
        await client.send(Transcribe(), AudioStart(16_000, 2, 1), *[second] * 61)
        error = await client.expect("error")
        assert error.data["code"] == "bad-audio"
        assert "60 s" in error.data["text"]
        await client.send(*[second] * 3, AudioStop())
        text = await _transcribe(client, "turn on the kitchen light")
    assert text == "turn on the kitchen light"
