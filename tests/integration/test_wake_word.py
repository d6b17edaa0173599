"""Test the wake word entity through Home Assistant's API."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components import wake_word
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from tests.integration.conftest import state_of
from tests.simulators.faults import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.typing import WebSocketGenerator

    from tests.simulators.speech_server import SpeechServer

ENTITY = "wake_word.speech_wake_word"
CHUNK_MS = 10


class Microphone:
    """A microphone that is read further after the detection."""

    def __init__(self, chunks: int | None = None) -> None:
        """Set the number of chunks, None for endless audio."""
        self.taken = 0
        self._limit = chunks

    async def stream(self) -> AsyncGenerator[tuple[bytes, int]]:
        """Return numbered chunks of 10 ms."""
        while self._limit is None or self.taken < self._limit:
            await asyncio.sleep(0.001)
            number = self.taken
            self.taken += 1
            yield number.to_bytes(2, "little") * 160, number * CHUNK_MS


def entity(hass: HomeAssistant) -> wake_word.WakeWordDetectionEntity:
    """Return the wake word entity."""
    found = wake_word.async_get_wake_word_detection_entity(hass, ENTITY)
    assert found is not None
    return found


async def offered(client: Any) -> list[dict[str, Any]]:
    """Return the wake words that Home Assistant offers."""
    await client.send_json_auto_id({"type": "wake_word/info", "entity_id": ENTITY})
    answer = await client.receive_json()
    words: list[dict[str, Any]] = answer["result"]["wake_words"]
    return words


async def test_wake_words_are_offered_as_they_come(
    hass: HomeAssistant,
    running_server: SpeechServer,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """The list comes from the server and is kept up to date."""
    client = await hass_ws_client(hass)
    assert await offered(client) == [
        {"id": "hey_jarvis", "name": "hey_jarvis", "phrase": "hey jarvis"},
        {"id": "alexa", "name": "alexa", "phrase": "alexa"},
    ]
    running_server.wake_words = {"okay_nabu": "okay nabu"}
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=40))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [word["id"] for word in await offered(client)] == ["okay_nabu"]


@pytest.mark.parametrize("end_ms", [300, 300 + CHUNK_MS // 2])
async def test_detection_loses_no_sound(
    hass: HomeAssistant, running_server: SpeechServer, end_ms: int
) -> None:
    """All audio after the wake word is returned once and in order.

    A chunk in which the word ends is returned whole.
    """
    running_server.wakes_after_ms = end_ms
    microphone = Microphone()
    stream = microphone.stream()
    result = await entity(hass).async_process_audio_stream(stream, "alexa")

    assert result is not None
    assert result.wake_word_id == "alexa"
    assert result.wake_word_phrase == "alexa"
    assert result.timestamp == end_ms
    assert result.queued_audio is not None
    times = [timestamp for _, timestamp in result.queued_audio]
    following = await anext(stream)
    assert [*times, following[1]] == [
        300 + CHUNK_MS * number for number in range(len(times) + 1)
    ]
    assert state_of(hass, ENTITY) not in ("unknown", "unavailable")
    await stream.aclose()


@pytest.mark.parametrize("chunks", [16, 20])
async def test_sound_is_sent_when_it_can_be_judged(
    hass: HomeAssistant, running_server: SpeechServer, chunks: int
) -> None:
    """Chunks of 10 ms are joined to the server's steps of 80 ms, none is held back."""
    stream = Microphone(chunks).stream()
    assert await entity(hass).async_process_audio_stream(stream, "alexa") is None
    sent = [event for event in running_server.received if event.type == "audio-chunk"]
    lengths = [len(event.payload or b"") // 32 for event in sent]
    assert lengths == [80, 80, 40][: len(lengths)]
    assert sum(lengths) == chunks * CHUNK_MS
    assert [event.data["timestamp"] for event in sent] == [0, 80, 160][: len(lengths)]


async def test_old_sound_is_not_kept(
    hass: HomeAssistant,
    running_server: SpeechServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Audio is kept only as long as the server may refer to it."""
    module = "custom_components.hearken.client.detect"
    monkeypatch.setattr(f"{module}.JUDGED_AUDIO_SECONDS", 0.05)
    running_server.wakes_after_ms = 300
    stream = Microphone().stream()
    result = await entity(hass).async_process_audio_stream(stream, "alexa")
    assert result is not None
    assert result.timestamp == 300
    await stream.aclose()


async def test_any_wake_word(hass: HomeAssistant, running_server: SpeechServer) -> None:
    """Without a wake word ID, every word is accepted, and its phrase is returned."""
    running_server.wakes_after_ms = 50
    stream = Microphone().stream()
    result = await entity(hass).async_process_audio_stream(stream, None)
    assert result is not None
    assert result.wake_word_phrase == "hey jarvis"
    request = await running_server.wait_for("detect")
    assert request.data["names"] is None
    await stream.aclose()


async def test_word_without_a_phrase(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """A word that is not in the list has its ID as its phrase."""
    running_server.wakes_after_ms = 50
    stream = Microphone().stream()
    result = await entity(hass).async_process_audio_stream(stream, "custom")
    assert result is not None
    assert result.wake_word_phrase == "custom"
    await stream.aclose()


async def test_sound_ends_without_wake_word(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """The end of the audio is not an error."""
    microphone = Microphone(chunks=20)
    result = await entity(hass).async_process_audio_stream(microphone.stream(), None)
    assert result is None
    await running_server.wait_for("audio-stop")
    assert microphone.taken == 20


@pytest.mark.parametrize(
    "fault",
    [Fault.DIES_IN_REQUEST, Fault.REFUSES, Fault.HANGS_UP, Fault.SPEAKS_GARBAGE],
)
async def test_trouble_ends_the_run(
    hass: HomeAssistant, running_server: SpeechServer, fault: Fault
) -> None:
    """A failing server ends the run, and the next run works."""
    running_server.fault = fault
    assert (
        await entity(hass).async_process_audio_stream(Microphone().stream(), None)
        is None
    )
    running_server.fault = Fault.NONE
    running_server.wakes_after_ms = 50
    stream = Microphone().stream()
    assert await entity(hass).async_process_audio_stream(stream, None) is not None
    await stream.aclose()


@pytest.mark.parametrize("fault", [Fault.DEAF, Fault.DRIVEL])
async def test_no_verdict_at_the_end(
    hass: HomeAssistant,
    running_server: SpeechServer,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
) -> None:
    """The wait for a server's result at the end is limited."""
    monkeypatch.setattr(
        "custom_components.hearken.client.detect.DETECTION_TIMEOUT_SECONDS", 0.1
    )
    running_server.fault = fault
    stream = Microphone(chunks=5).stream()
    assert await entity(hass).async_process_audio_stream(stream, None) is None


async def test_cancelled_run_ends_at_once(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """A run can be cancelled while it listens."""
    microphone = Microphone()
    run = hass.async_create_task(
        entity(hass).async_process_audio_stream(microphone.stream(), None)
    )
    await running_server.wait_for("audio-chunk")
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
