"""Test announcements, questions and conversations started by Home Assistant."""

from __future__ import annotations

import asyncio
import io
import wave
from typing import TYPE_CHECKING, Any, Literal, override

import pytest
from aiohttp import web
from homeassistant.components import conversation
from homeassistant.components.assist_pipeline.pipeline import (
    async_get_pipeline,
    async_update_pipeline,
)
from homeassistant.components.conversation.const import DATA_COMPONENT
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import intent
from wyoming.pipeline import PipelineStage

from hearken_speech.protocol import TurnPhase
from tests.integration.conftest import state_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from homeassistant.core import HomeAssistant

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

ENTITY = "assist_satellite.kitchen"
BYTES_PER_SECOND = 32_000


@pytest.fixture
async def media(
    aiohttp_server: Callable[..., Any],
) -> AsyncGenerator[str]:
    """Serve a second of stereo audio; return its base URL."""

    def wav(seconds: int) -> bytes:
        with io.BytesIO() as file:
            with wave.open(file, "wb") as writer:
                writer.setframerate(44100)
                writer.setsampwidth(2)
                writer.setnchannels(2)
                writer.writeframes(bytes(44100 * 4 * seconds))
            return file.getvalue()

    sounds = {"/sound": wav(1), "/empty": wav(0)}
    is_over = asyncio.Event()

    async def serve(request: web.Request) -> web.StreamResponse:
        if request.path != "/endless":
            return web.Response(body=sounds.get(request.path, b"noise"))
        response = web.StreamResponse()
        await response.prepare(request)
        await is_over.wait()
        return response

    app = web.Application()
    app.router.add_get("/{name}", serve)
    server = await aiohttp_server(app)
    yield str(server.make_url("/"))
    is_over.set()


async def announce(hass: HomeAssistant, **data: object) -> None:
    """Make an announcement and wait until it has ended."""
    await hass.services.async_call(
        "assist_satellite",
        "announce",
        {"entity_id": ENTITY, "preannounce": False, **data},
        blocking=True,
    )


async def test_message_is_spoken(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The pipeline's engine speaks the message; the action ends after playback."""
    await announce(hass, message="Dinner is ready")
    request = await running_server.wait_for("synthesize")
    assert request.data["text"] == "Dinner is ready"
    assert len(running_satellite.heard) == pytest.approx(6400, abs=200)
    await running_satellite.wait_turn(TurnPhase.RESPONDING)
    turn = await running_satellite.wait_turn(TurnPhase.IDLE)
    assert not turn.listen_again
    assert state_of(hass, ENTITY) == "idle"


async def test_chime_and_media_are_one_sound(
    hass: HomeAssistant, running_satellite: SatelliteSimulator, media: str
) -> None:
    """The chime and media of any format are sent as one sound in 16 kHz."""
    await announce(
        hass,
        media_id=f"{media}sound",
        preannounce=True,
        preannounce_media_id=f"{media}sound",
    )
    assert len(running_satellite.heard) == pytest.approx(2 * BYTES_PER_SECOND, rel=0.01)
    starts = [e for e in running_satellite.received if e.type == "audio-start"]
    assert [start.data["rate"] for start in starts] == [16000]


async def test_media_that_is_none(
    hass: HomeAssistant, running_satellite: SatelliteSimulator, media: str
) -> None:
    """Media that cannot be decoded raise an error; the next announcement works."""
    with pytest.raises(HomeAssistantError, match="Unable to play"):
        await announce(hass, media_id=f"{media}broken")
    assert state_of(hass, ENTITY) == "idle"
    await announce(hass, media_id=f"{media}sound")
    assert len(running_satellite.heard) == pytest.approx(BYTES_PER_SECOND, rel=0.01)


async def test_signature_of_an_address_stays_secret(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    media: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The signature of a URL is neither shown nor logged."""
    with pytest.raises(HomeAssistantError, match="Unable to play") as error:
        await announce(hass, media_id=f"{media}broken?authSig=secret-signature")
    assert "/broken" in caplog.text
    assert "secret-signature" not in str(error.value)
    ours = [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components.hearken")
    ]
    assert not any("secret-signature" in line for line in ours)


async def test_media_that_never_comes(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    aiohttp_server: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Media that do not arrive time out, and ffmpeg is stopped."""
    monkeypatch.setattr(
        "custom_components.hearken.satellite.playback.PLAYBACK_TIMEOUT_SECONDS", 0.3
    )
    release = asyncio.Event()

    async def stall(_request: web.Request) -> web.Response:
        await release.wait()
        return web.Response()

    app = web.Application()
    app.router.add_get("/stall", stall)
    server = await aiohttp_server(app)
    with pytest.raises(HomeAssistantError, match="no response in time"):
        await announce(hass, media_id=str(server.make_url("/stall")))
    release.set()


async def test_satellite_that_does_not_say_played(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    media: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The action ends even if the satellite never reports the end of playback."""
    monkeypatch.setattr(
        "custom_components.hearken.satellite.playback.PLAYED_EXTRA_SECONDS", -0.8
    )
    running_satellite.says_played = False
    await announce(hass, media_id=f"{media}sound")
    assert state_of(hass, ENTITY) == "idle"


async def test_satellite_goes_while_it_speaks(
    hass: HomeAssistant, running_satellite: SatelliteSimulator, media: str
) -> None:
    """An announcement fails at once if the satellite disconnects."""
    running_satellite.says_played = False
    action = hass.async_create_task(announce(hass, media_id=f"{media}sound"))
    await running_satellite.wait_for("audio-stop")
    await running_satellite.stop()
    with pytest.raises(HomeAssistantError, match="the connection was lost"):
        await action


async def test_announcement_interrupts_and_listening_goes_on(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """After an announcement, the satellite waits for its wake word again."""
    await running_satellite.ask_for_run(PipelineStage.WAKE)
    await running_satellite.open_microphone()
    await running_server.wait_for("detect")
    await announce(hass, message="Dinner is ready")
    await running_server.wait_for("detect")

    running_server.wakes_after_ms = running_server.ends_speech_after_ms = 100
    running_server.hang_up()
    await running_satellite.wait_turn(TurnPhase.LISTENING)


class Agent(conversation.ConversationEntity):
    """A conversation agent that asks back once."""

    _attr_unique_id = "agent"
    _attr_name = "Agent"

    def __init__(self) -> None:
        """Start without a conversation."""
        self.heard: list[str] = []

    @property
    @override
    def supported_languages(self) -> Literal["*"]:
        """Support all languages."""
        return "*"

    @override
    async def _async_handle_message(
        self,
        user_input: conversation.ConversationInput,
        chat_log: conversation.ChatLog,
    ) -> conversation.ConversationResult:
        """Ask back the first time."""
        self.heard.append(user_input.text)
        response = intent.IntentResponse(language=user_input.language)
        asks = len(self.heard) == 1
        response.async_set_speech("Which one?" if asks else "Done.")
        return conversation.ConversationResult(
            response=response,
            conversation_id=chat_log.conversation_id,
            continue_conversation=asks,
        )


@pytest.fixture
async def agent(hass: HomeAssistant, running_server: SpeechServer) -> Agent:
    """Use an agent that asks back in the preferred pipeline."""
    entity = Agent()
    await hass.data[DATA_COMPONENT].async_add_entities([entity])
    running_server.ends_speech_after_ms = 200
    running_server.text = "make it cosy"
    await async_update_pipeline(
        hass, async_get_pipeline(hass), conversation_engine=entity.entity_id
    )
    return entity


async def test_question_opens_the_microphone(
    agent: Agent, running_satellite: SatelliteSimulator
) -> None:
    """After an answer with a question, no wake word is needed."""
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    assert (await running_satellite.wait_turn(TurnPhase.IDLE)).listen_again

    await running_satellite.ask_for_run(PipelineStage.ASR)
    assert not (await running_satellite.wait_turn(TurnPhase.IDLE)).listen_again
    assert agent.heard == ["make it cosy", "make it cosy"]


async def test_conversation_is_started(
    hass: HomeAssistant, agent: Agent, running_satellite: SatelliteSimulator
) -> None:
    """Home Assistant plays a message and then listens."""
    await hass.services.async_call(
        "assist_satellite",
        "start_conversation",
        {"entity_id": ENTITY, "start_message": "Too warm?", "preannounce": False},
        blocking=True,
    )
    assert running_satellite.heard
    assert (await running_satellite.wait_turn(TurnPhase.IDLE)).listen_again
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    await running_satellite.wait_turn(TurnPhase.IDLE)
    assert agent.heard == ["make it cosy"]


async def ask(hass: HomeAssistant) -> Any:
    """Ask a question."""
    return await hass.services.async_call(
        "assist_satellite",
        "ask_question",
        {
            "entity_id": ENTITY,
            "question": "Which light?",
            "preannounce": False,
            "answers": [{"id": "cosy", "sentences": ["make it cosy"]}],
        },
        blocking=True,
        return_response=True,
    )


async def test_question_is_answered(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The answer is returned to the caller."""
    running_server.ends_speech_after_ms = 200
    running_server.text = "make it cosy"
    action = hass.async_create_task(ask(hass))
    await running_satellite.wait_for("audio-stop")
    assert (await running_satellite.wait_turn(TurnPhase.IDLE)).listen_again
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    assert (await action)["id"] == "cosy"
    await running_satellite.wait_turn(TurnPhase.IDLE)


async def test_question_that_nobody_listens_to(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The action fails if the satellite does not open its microphone."""
    monkeypatch.setattr(
        "custom_components.hearken.satellite.turn.LISTEN_AGAIN_SECONDS", 0.1
    )
    with pytest.raises(HomeAssistantError, match="No answer"):
        await ask(hass)


async def test_question_to_a_satellite_that_goes(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The action fails if the satellite disconnects."""
    action = hass.async_create_task(ask(hass))
    await running_satellite.wait_turn(TurnPhase.IDLE)
    await running_satellite.stop()
    with pytest.raises(HomeAssistantError, match="No answer"):
        await action


async def test_media_that_is_silent_to_the_end(
    hass: HomeAssistant, running_satellite: SatelliteSimulator, media: str
) -> None:
    """Media without audio raise an error."""
    with pytest.raises(HomeAssistantError, match="the audio cannot be played"):
        await announce(hass, media_id=f"{media}empty")
    assert state_of(hass, ENTITY) == "idle"


async def test_media_that_does_not_come(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    media: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Media that start and never end time out."""
    module = "custom_components.hearken.satellite.playback"
    monkeypatch.setattr(f"{module}.PLAYBACK_TIMEOUT_SECONDS", 0.5)
    with pytest.raises(HomeAssistantError, match="no response in time"):
        await announce(hass, media_id=f"{media}endless")
    assert state_of(hass, ENTITY) == "idle"
