"""Test the behaviour that clients of wyoming-faster-whisper rely on."""

import wave
from pathlib import Path

import pytest
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop, wav_to_chunks
from wyoming.event import Event
from wyoming.info import Describe, Info

from hearken_speech.audio import wav
from tests.simulators.voices import say
from tests.speech.server.program import connected, serving

COMMAND = "turn on the kitchen light"


async def test_describe(tmp_path: Path) -> None:
    """There is one installed program with one installed model and its languages."""
    async with serving(tmp_path) as server, connected(server) as client:
        await client.wire.write_event(Describe().event())
        info = Info.from_event(await client.read())
    (program,) = info.asr
    assert program.installed
    (model,) = program.models
    assert model.installed
    assert model.languages == ["en"]
    assert not program.supports_transcript_streaming
    # Stock clients detect the end of speech themselves.
    assert program.requires_external_vad


@pytest.mark.parametrize("language", ["en", "en-US", None])
async def test_transcribe_a_wav_file(tmp_path: Path, language: str | None) -> None:
    """The chunks of a WAV file and audio-stop give exactly one transcript."""
    path = tmp_path / "command.wav"
    path.write_bytes(wav.encode(say(COMMAND)))
    async with serving(tmp_path / "data") as server, connected(server) as client:
        await client.wire.write_event(Transcribe(language=language).event())
        with wave.open(str(path), "rb") as file:
            for chunk in wav_to_chunks(file, 1_024, start_event=True, stop_event=True):
                await client.wire.write_event(chunk.event())
        answer = await client.read()
        assert Transcript.is_type(answer.type)
        assert Transcript.from_event(answer).text == COMMAND
        # Streaming is off: no start, chunk or stop events.
        await client.wire.write_event(Event(type="describe"))
        assert (await client.read()).type == "info"


async def test_audio_without_a_request_is_a_command(tmp_path: Path) -> None:
    """Old clients send only audio."""
    async with serving(tmp_path) as server, connected(server) as client:
        await client.wire.write_event(AudioStart(16_000, 2, 1).event())
        piece = say(COMMAND).tobytes()
        await client.wire.write_event(AudioChunk(16_000, 2, 1, piece).event())
        await client.wire.write_event(AudioStop().event())
        assert (await client.answer()).data["text"] == COMMAND


async def test_several_requests_on_one_connection(tmp_path: Path) -> None:
    """Each request gets its own text."""
    texts = [COMMAND, "pause the music", "close the garage door"]
    async with serving(tmp_path) as server, connected(server) as client:
        for text in texts:
            await client.transcribe()
            await client.speak(say(text))
            await client.stop()
            assert (await client.answer()).data["text"] == text
