"""Test the text-to-speech entity through Home Assistant's API."""

from __future__ import annotations

import asyncio
import io
import wave
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components import tts
from homeassistant.components.tts.helper import get_engine_instance
from homeassistant.exceptions import HomeAssistantError

from tests.simulators.faults import Fault
from tests.simulators.speech_server import SPEECH_RATE_HZ, SpeechServer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.typing import WebSocketGenerator

ENTITY = "tts.speech_text_to_speech"


def _stream(hass: HomeAssistant, **options: Any) -> tts.ResultStream:
    """Return an empty stream of the engine."""
    return tts.async_create_stream(
        hass, ENTITY, language="en", options={"preferred_format": "wav", **options}
    )


async def say(hass: HomeAssistant, text: str, **options: Any) -> bytes:
    """Return the synthesized speech."""
    stream = _stream(hass, **options)
    stream.async_set_message(text)
    return b"".join([data async for data in stream.async_stream_result()])


async def test_text_is_spoken(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """The server's audio is returned unchanged as a WAV file."""
    running_server.speech = bytes(range(200)) * 50
    with wave.open(io.BytesIO(await say(hass, "Hello", voice="voice-en"))) as file:
        assert file.getframerate() == SPEECH_RATE_HZ
        assert file.getnchannels() == 1
        assert file.readframes(100_000) == running_server.speech
    request = await running_server.wait_for("synthesize")
    assert request.data["text"] == "Hello"
    assert request.data["voice"]["name"] == "voice-en"


async def test_only_words_are_sent(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """Markdown, links and emoji are removed while the text is being written."""
    stream = _stream(hass)

    async def text() -> AsyncGenerator[str]:
        for part in (
            "# Ho",
            "me\n\nIt is **wa",
            "rm** 👍",
            "🏽. [S",
            "ee](htt",
            "ps://a.b)!",
        ):
            yield part

    stream.async_set_message_stream(text())
    assert [data async for data in stream.async_stream_result()]
    said = [e.data["text"] for e in running_server.received if e.type == "synthesize"]
    assert " ".join(said) == "Home. It is warm. See!"


@pytest.mark.parametrize("text", ["👍", "```\nx = 1\n```", "https://a.b"])
async def test_nothing_to_say_is_silence(
    hass: HomeAssistant, running_server: SpeechServer, text: str
) -> None:
    """An answer without words is no error; the server makes a short silence of it."""
    assert await say(hass, text)
    request = await running_server.wait_for("synthesize")
    assert request.data["text"] == ""


async def test_text_is_spoken_in_another_form(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """Home Assistant converts to other sample rates."""
    said = await say(hass, "Hello", preferred_sample_rate=16000)
    with wave.open(io.BytesIO(said)) as file:
        assert file.getframerate() == 16000
    request = await running_server.wait_for("synthesize")
    assert request.data["voice"] == {"language": "en"}


async def test_voices_are_offered(
    hass: HomeAssistant,
    running_server: SpeechServer,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """The languages and voices are the server's."""
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "tts/engine/get", "engine_id": ENTITY})
    provider = (await client.receive_json())["result"]["provider"]
    assert provider["supported_languages"][:2] == ["en", "en-US"]
    assert {"en-GB", "en-AU"} < set(provider["supported_languages"])
    assert "de" not in provider["supported_languages"]
    american = {"voice_id": "voice-en-US", "name": "Voice en-US"}
    for language, voices in (
        ("en-US", [american]),
        ("en-AU", [{"voice_id": "voice-en", "name": "Voice en"}, american]),
        ("xx", None),
    ):
        await client.send_json_auto_id(
            {"type": "tts/engine/voices", "engine_id": ENTITY, "language": language}
        )
        assert (await client.receive_json())["result"]["voices"] == voices


@pytest.mark.parametrize(
    ("house", "language"), [("en", "en-US"), ("de", "en"), ("en-GB", "en-GB")]
)
async def test_default_language(
    hass: HomeAssistant, running_server: SpeechServer, house: str, language: str
) -> None:
    """The default is the best match for the house's language."""
    hass.config.language = house
    hass.config.country = "US" if house == "en" else None
    engine = get_engine_instance(hass, ENTITY)
    assert engine is not None
    assert engine.default_language == language


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.REFUSES, "the server reported an error"),
        (Fault.DIES_IN_REQUEST, "the connection was lost"),
        (Fault.DEAF, "no response in time"),
        (Fault.DRIVEL, "audio format is not supported"),
        (Fault.HANGS_UP, "the connection was lost"),
    ],
)
async def test_trouble_is_told_and_passes(
    hass: HomeAssistant,
    running_server: SpeechServer,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
    reason: str,
) -> None:
    """Each failure raises an error with a reason, and the next text works."""
    monkeypatch.setattr(
        "custom_components.hearken.client.synthesize.SPEECH_TIMEOUT_SECONDS", 0.1
    )
    running_server.fault = fault
    with pytest.raises(HomeAssistantError, match=reason):
        await say(hass, "Hello")
    running_server.fault = Fault.NONE
    assert await say(hass, "Hello")


async def test_endless_speech_is_cut_off(
    hass: HomeAssistant, running_server: SpeechServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that never stops speaking does not fill the memory."""
    monkeypatch.setattr(
        "custom_components.hearken.client.synthesize.MAX_SPEECH_BYTES", 5000
    )
    with pytest.raises(HomeAssistantError, match="the response is invalid"):
        await say(hass, "Hello")


async def test_silent_speech(hass: HomeAssistant, running_server: SpeechServer) -> None:
    """An answer without audio raises an error."""
    running_server.speech = b""
    with pytest.raises(HomeAssistantError, match="audio format is not supported"):
        await say(hass, "Hello")


async def test_speech_begins_before_it_is_complete(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """The first bytes arrive before the server has sent the rest."""
    running_server.speech = bytes(range(200)) * 500
    running_server.finishes_speech.clear()
    stream = _stream(hass)
    stream.async_set_message("Hello")
    async with asyncio.timeout(10), aclosing(stream.async_stream_result()) as result:
        said = b""
        while len(said) < 44 + len(running_server.speech) // 2:
            said += await anext(result)
        running_server.finishes_speech.set()
        said += b"".join([data async for data in result])
    with wave.open(io.BytesIO(said)) as file:
        assert file.readframes(100_000) == running_server.speech


async def test_speech_begins_before_the_text_is_complete(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """The first sentence is spoken while the agent is still writing."""
    go_on = asyncio.Event()

    async def text() -> AsyncGenerator[str]:
        for fragment in ("It is war", "m. It ", "will rain"):
            yield fragment
        await go_on.wait()
        yield " later. Bye."

    stream = _stream(hass, voice="voice-en")
    assert stream.supports_streaming_input
    stream.async_set_message_stream(text())
    async with asyncio.timeout(10), aclosing(stream.async_stream_result()) as result:
        said = await anext(result)
        while len(said) < 44 + len(running_server.speech):
            said += await anext(result)
        request = await running_server.wait_for("synthesize")
        assert request.data["text"] == "It is warm."
        assert request.data["voice"]["name"] == "voice-en"
        go_on.set()
        said += b"".join([data async for data in result])
    request = await running_server.wait_for("synthesize")
    assert request.data["text"] == "It will rain later. Bye."
    with wave.open(io.BytesIO(said)) as file:
        assert file.readframes(100_000) == 2 * running_server.speech


async def test_streamed_speech_is_spoken_in_another_form(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """Home Assistant converts a stream of unknown length."""
    running_server.speech = bytes(SPEECH_RATE_HZ * 2)
    said = await say(
        hass, "One. Two.", preferred_sample_rate=16000, preferred_sample_bytes=2
    )
    with wave.open(io.BytesIO(said)) as file:
        assert file.getframerate() == 16000
        assert len(file.readframes(100_000)) == pytest.approx(32_000, abs=200)


async def test_trouble_in_the_middle_ends_the_speech(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """The speech so far is returned, followed by an error with the reason."""
    running_server.speech = bytes(20_000)
    running_server.finishes_speech.clear()
    stream = _stream(hass)
    stream.async_set_message("Hello")
    async with asyncio.timeout(10):
        result = stream.async_stream_result()
        said = await anext(result)
        while len(said) < 44 + len(running_server.speech) // 2:
            said += await anext(result)
        running_server.hang_up()
        with pytest.raises(HomeAssistantError, match="Unable to speak on Speech"):
            await anext(result)
    running_server.finishes_speech.set()
    assert await say(hass, "Hello again")


async def test_trouble_of_the_agent_ends_the_speech(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """An agent that fails while writing is not treated as finished."""

    async def text() -> AsyncGenerator[str]:
        yield "It is warm. And "
        msg = "out of tokens"
        raise HomeAssistantError(msg)

    stream = _stream(hass)
    stream.async_set_message_stream(text())
    with pytest.raises(HomeAssistantError, match="out of tokens"):
        async for _ in stream.async_stream_result():
            pass
    request = await running_server.wait_for("synthesize")
    assert request.data["text"] == "It is warm."


async def test_an_agent_that_falls_silent_is_given_up(
    hass: HomeAssistant, running_server: SpeechServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting for the next sentence has a time limit."""
    monkeypatch.setattr(
        "custom_components.hearken.client.sentences.TEXT_TIMEOUT_SECONDS", 0.1
    )

    async def text() -> AsyncGenerator[str]:
        yield "It is"
        await asyncio.Event().wait()

    stream = _stream(hass)
    stream.async_set_message_stream(text())
    with pytest.raises(HomeAssistantError, match="no response in time"):
        async for _ in stream.async_stream_result():
            pass
