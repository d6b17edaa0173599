"""Test text-to-speech over Wyoming."""

import numpy as np
import pytest
from wyoming.audio import AudioChunk, AudioStart
from wyoming.tts import Synthesize, SynthesizeVoice

from tests.speech.client import connect
from tests.speech.program import Server


async def _speak(server: Server, text: str, voice: SynthesizeVoice | None) -> bytes:
    """Return the sound of a text."""
    async with connect(server.port) as client:
        await client.send(Synthesize(text=text, voice=voice))
        events = await client.until("audio-stop", "error")
    assert events[-1].type == "audio-stop", events[-1]
    start = AudioStart.from_event(events[0])
    assert (start.rate, start.width, start.channels) == (22_050, 2, 1)
    return b"".join(AudioChunk.from_event(event).audio for event in events[1:-1])


@pytest.mark.parametrize(
    ("text", "voice"),
    [
        ("Turned on the light", None),
        ("Turned on the light", SynthesizeVoice(language="en-US")),
        ("Das Licht ist an", SynthesizeVoice(language="de")),
        ("灯已打开", SynthesizeVoice(language="zh-CN")),
        ("Turned on the light", SynthesizeVoice(name="en-gb")),
    ],
)
async def test_a_text_is_spoken(
    server: Server, text: str, voice: SynthesizeVoice | None
) -> None:
    """The audio lasts at least half a second and is not silent."""
    sound = np.frombuffer(await _speak(server, text, voice), dtype="<i2")
    assert len(sound) > 11_025
    assert np.max(np.abs(sound.astype(np.int32))) > 2_000


async def test_an_empty_text_is_no_sound(server: Server) -> None:
    """An empty text gives a complete answer without audio."""
    sound = np.frombuffer(await _speak(server, "", None), dtype="<i2")
    assert not sound.any()


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (Synthesize(text="a" * 5_001), "failed"),
        (Synthesize("a", voice=SynthesizeVoice(language="xx")), "unknown-language"),
        (Synthesize("a", voice=SynthesizeVoice(name="nobody")), "unknown-language"),
        (Synthesize("a", voice=SynthesizeVoice(name="-w/tmp/x")), "unknown-language"),
    ],
    ids=["long", "language", "voice", "option"],
)
async def test_what_cannot_be_spoken_is_an_error(
    server: Server, request_: Synthesize, code: str
) -> None:
    """The error has a code, and the next text is spoken."""
    async with connect(server.port) as client:
        await client.send(request_)
        assert (await client.expect("error")).data["code"] == code
        await client.send(Synthesize(text="hello"))
        await client.until("audio-stop")
