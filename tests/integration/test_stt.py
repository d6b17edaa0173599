"""Test the speech-to-text entity through Home Assistant's API."""

from __future__ import annotations

import asyncio
import io
import wave
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components import stt

from tests.integration.conftest import state_of
from tests.integration.waiting import until
from tests.simulators.control_server import TOKEN
from tests.simulators.faults import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from aiohttp.test_utils import TestClient
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.control_server import ControlServer
    from tests.simulators.speech_server import SpeechServer

ENTITY = "stt.speech_speech_to_text"
SOUND = bytes(range(256)) * 250


def wav(sound: bytes, *, rate_hz: int = 16000, channels: int = 1) -> bytes:
    """Return the sound as a WAV file."""
    with io.BytesIO() as file:
        with wave.open(file, "wb") as writer:
            writer.setframerate(rate_hz)
            writer.setsampwidth(2)
            writer.setnchannels(channels)
            writer.writeframes(sound)
        return file.getvalue()


@pytest.fixture
async def post(
    running_server: SpeechServer,
    hass_client: Callable[[], Awaitable[TestClient[Any, Any]]],
) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Return a function that posts audio to the entity and returns the answer."""
    client = await hass_client()

    async def post(sound: bytes | AsyncIterator[bytes]) -> dict[str, Any]:
        response = await client.post(
            f"/api/stt/{ENTITY}",
            data=sound,
            headers={
                "X-Speech-Content": "format=wav; codec=pcm; sample_rate=16000;"
                " bit_rate=16; channel=1; language=en"
            },
        )
        assert response.status == 200
        answer: dict[str, Any] = await response.json()
        return answer

    return post


async def test_text_comes_back(
    running_server: SpeechServer, post: Callable[..., Awaitable[dict[str, Any]]]
) -> None:
    """Audio is forwarded unchanged, and the text is returned."""
    assert await post(SOUND) == {
        "text": "turn on the kitchen light",
        "result": "success",
    }
    assert running_server.audio == SOUND
    request = await running_server.wait_for("transcribe")
    assert request.data["language"] == "en"


async def test_small_pieces_are_joined(
    running_server: SpeechServer, post: Callable[..., Awaitable[dict[str, Any]]]
) -> None:
    """Chunks of 10 ms are joined to 32 ms, including the remainder."""

    async def pieces() -> AsyncIterator[bytes]:
        for position in range(0, len(SOUND), 320):
            yield SOUND[position : position + 320]

    await post(pieces())
    assert running_server.audio == SOUND
    sent = [
        len(event.payload or b"")
        for event in running_server.received
        if event.type == "audio-chunk"
    ]
    assert {size % 1024 for size in sent[:-1]} == {0}
    assert sent[-1] == len(SOUND) % 1024


@pytest.mark.parametrize("size", [1, 7, 43, 4096])
async def test_header_is_taken_off(
    running_server: SpeechServer,
    post: Callable[..., Awaitable[dict[str, Any]]],
    size: int,
) -> None:
    """The header of a WAV file is removed, regardless of the chunk size."""
    file = wav(SOUND)

    async def pieces() -> AsyncIterator[bytes]:
        head, rest = file[:100], file[100:]
        for position in range(0, len(head), size):
            yield head[position : position + size]
        yield rest

    assert (await post(pieces()))["result"] == "success"
    assert running_server.audio == SOUND


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (wav(SOUND, rate_hz=44100), "rate_hz=44100"),
        (wav(SOUND, channels=2), "channels=2"),
        (wav(SOUND)[:20] + b"\x07" + wav(SOUND)[21:], "WAV format 7"),
        (b"RIFF\0\0\0\0WAVE" + b"junk\xff\xff\xff\xff" + bytes(70_000), "too long"),
    ],
)
async def test_other_sound_is_refused(
    post: Callable[..., Awaitable[dict[str, Any]]],
    caplog: pytest.LogCaptureFixture,
    file: bytes,
    reason: str,
) -> None:
    """Unsupported audio raises an error that names the reason."""
    assert (await post(file))["result"] == "error"
    assert reason in caplog.text
    assert (await post(SOUND))["result"] == "success"


@pytest.mark.parametrize("sound", [b"", b"\0\0"])
async def test_hardly_any_sound(
    running_server: SpeechServer,
    post: Callable[..., Awaitable[dict[str, Any]]],
    sound: bytes,
) -> None:
    """Audio shorter than a header is accepted."""
    running_server.text = ""
    assert await post(sound) == {"text": "", "result": "success"}
    assert running_server.audio == sound


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.DIES_IN_REQUEST, "could not transcribe"),
        (Fault.REFUSES, "the model is broken (failed)"),
        (Fault.DEAF, "no transcript in time"),
        (Fault.HANGS_UP, "could not transcribe"),
        (Fault.SPEAKS_GARBAGE, "not an event"),
        (Fault.HUGE_CLAIM, "99999999999"),
        (Fault.DRIVEL, "transcript"),
    ],
)
async def test_trouble_is_told_and_passes(
    running_server: SpeechServer,
    post: Callable[..., Awaitable[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: Fault,
    reason: str,
) -> None:
    """Each failure is logged once, and the next command works."""
    monkeypatch.setattr(
        "custom_components.hearken.client.transcribe.TRANSCRIPT_TIMEOUT_SECONDS", 0.2
    )
    running_server.fault = fault
    assert await post(SOUND * 20) == {"text": None, "result": "error"}
    lines = [r for r in caplog.records if "could not transcribe" in r.getMessage()]
    assert len(lines) == 1
    assert reason in lines[0].getMessage()
    assert lines[0].exc_info is None

    running_server.fault = Fault.NONE
    assert (await post(SOUND))["result"] == "success"


async def test_lost_server_is_noticed_at_once(
    hass: HomeAssistant,
    running_server: SpeechServer,
    post: Callable[..., Awaitable[dict[str, Any]]],
) -> None:
    """A failed connection makes the entity unavailable before the next poll."""
    await running_server.stop()
    assert (await post(SOUND))["result"] == "error"
    await until(lambda: state_of(hass, ENTITY) == "unavailable")


async def test_audio_that_stops_coming(
    hass: HomeAssistant,
    running_server: SpeechServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If audio stops without an end, the audio so far is transcribed."""
    monkeypatch.setattr(
        "custom_components.hearken.client.transcribe.AUDIO_TIMEOUT_SECONDS", 0.1
    )
    entity = stt.async_get_speech_to_text_entity(hass, ENTITY)
    assert entity is not None
    source = Source(stalls=True)
    result = await entity.async_process_audio_stream(METADATA, source)
    assert result.text == "turn on the kitchen light"
    assert source.is_closed


async def test_server_ends_the_command(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """An answer of the server before the end of the audio is accepted."""
    running_server.ends_speech_after_ms = 50
    entity = stt.async_get_speech_to_text_entity(hass, ENTITY)
    assert entity is not None
    source = Source()
    result = await entity.async_process_audio_stream(METADATA, source)
    assert result.text == "turn on the kitchen light"
    assert source.is_closed


async def test_entity_says_what_it_needs(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """The entity supports one audio format and the server's languages."""
    entity = stt.async_get_speech_to_text_entity(hass, ENTITY)
    assert entity is not None
    assert {"en", "en-GB", "en-US"} <= set(entity.supported_languages)
    assert entity.check_metadata(METADATA)
    assert not entity.audio_processing.requires_external_vad
    assert not entity.audio_processing.prefers_noise_reduction_enabled


class Source:
    """Audio that is endless, or stalls."""

    def __init__(self, *, stalls: bool = False) -> None:
        """Set up the source."""
        self.is_closed = False
        self._stalls = stalls
        self._count = 0

    def __aiter__(self) -> Source:
        """Return itself."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next chunk."""
        self._count += 1
        await asyncio.sleep(3600 if self._stalls and self._count > 3 else 0.001)
        return bytes(320)

    async def aclose(self) -> None:
        """Record that the stream was closed."""
        self.is_closed = True


METADATA = stt.SpeechMetadata(
    language="en",
    format=stt.AudioFormats.WAV,
    codec=stt.AudioCodecs.PCM,
    bit_rate=stt.AudioBitRates.BITRATE_16,
    sample_rate=stt.AudioSampleRates.SAMPLERATE_16000,
    channel=stt.AudioChannels.CHANNEL_MONO,
)


async def test_a_missing_vocabulary_is_sent_again(
    running_server: SpeechServer,
    server_entry: MockConfigEntry,
    post: Callable[..., Awaitable[dict[str, Any]]],
) -> None:
    """A server that no longer has the names of the house gets them again."""
    key = server_entry.entry_id
    await until(lambda: key in running_server.vocabularies)
    before = running_server.vocabularies.pop(key)
    assert (await post(SOUND))["text"] == running_server.text
    await until(lambda: running_server.vocabularies.get(key) == before)


async def test_the_server_knows_who_asks(
    hass: HomeAssistant, server: SpeechServer, connected: ControlServer
) -> None:
    """Each connection proves first that the integration knows the token."""
    del connected
    await until(lambda: bool(server.proofs))
    assert all(proof.proves(TOKEN) for proof in server.proofs)
    assert not hass.is_stopping
