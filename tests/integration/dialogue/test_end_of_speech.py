"""Test hints that tell the server whether a partial text is complete."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components import stt
from homeassistant.data_entry_flow import FlowResultType
from wyoming.pipeline import PipelineStage

from custom_components.hearken.const import (
    CONF_END_OF_SPEECH,
    END_BY_HEARKEN,
    END_BY_HOME_ASSISTANT,
)
from hearken_speech.protocol import (
    Alternative,
    TranscribeOptions,
    TurnPhase,
)
from tests.integration.test_stt import ENTITY, METADATA, Source
from tests.integration.waiting import until
from tests.simulators.faults import Fault

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, ServiceCall
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

CLIENT = "custom_components.hearken.client"


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow time for loading the recognizer."""
    monkeypatch.setattr(f"{CLIENT}.hints.HINT_TIMEOUT_SECONDS", 30)
    monkeypatch.setattr(
        "custom_components.hearken.dialogue.understanding.CHOICE_TIMEOUT_SECONDS", 30
    )


@pytest.fixture
def ear(hass: HomeAssistant, running_server: SpeechServer) -> stt.SpeechToTextEntity:
    """Return the speech-to-text entity."""
    entity = stt.async_get_speech_to_text_entity(hass, ENTITY)
    assert entity is not None
    return entity


@pytest.fixture(autouse=True)
def _light(light_calls: list[ServiceCall]) -> None:
    """Add a light to the kitchen."""


async def hint(server: SpeechServer) -> tuple[str, int]:
    """Return the state and the revision of the next hint."""
    event = await server.wait_for("hearken-utterance")
    return event.data["state"], event.data["revision"]


async def test_server_is_asked_to_find_the_end(
    ear: stt.SpeechToTextEntity,
    running_server: SpeechServer,
    server_entry: MockConfigEntry,
) -> None:
    """The request asks for the end, for texts at pauses, and names the vocabulary."""
    assert not ear.audio_processing.requires_external_vad
    running_server.ends_speech_after_ms = 50
    await ear.async_process_audio_stream(METADATA, Source())
    request = await running_server.wait_for("transcribe")
    assert TranscribeOptions.from_context(request.data["context"]) == TranscribeOptions(
        endpointing=True,
        partials=True,
        pauses_only=True,
        vocabulary=server_entry.entry_id,
    )
    assert "vad_sensitivity" not in request.data


async def test_complete_command_is_ended(
    ear: stt.SpeechToTextEntity, running_server: SpeechServer
) -> None:
    """The entity returns when the command is complete, though the audio goes on."""
    running_server.partials = ["turn on the", "turn on the kitchen light"]
    running_server.waits_for_hint = True
    source = Source()
    result = await ear.async_process_audio_stream(METADATA, source)
    assert result.text == "turn on the kitchen light"
    assert source.is_closed
    await running_server.wait_until(lambda: not running_server.is_visited)
    hints = [e.data for e in running_server.received if e.type == "hearken-utterance"]
    assert hints[-1] == {"state": "complete", "revision": 2}


async def test_dangling_command_is_told(
    ear: stt.SpeechToTextEntity, running_server: SpeechServer
) -> None:
    """The server is notified that more has to follow."""
    running_server.partials = ["turn on the"]
    hearing = asyncio.create_task(ear.async_process_audio_stream(METADATA, Source()))
    assert await hint(running_server) == ("dangling", 1)
    running_server.ends_speech_after_ms = 0
    assert (await hearing).result is stt.SpeechResultState.SUCCESS


async def test_unknown_text_needs_no_hint(
    ear: stt.SpeechToTextEntity, running_server: SpeechServer
) -> None:
    """Unknown texts get no hint; only the newest text counts."""
    running_server.partials = ["good night", "good night sweet prince"]
    running_server.partials += ["turn on the kitchen light"]
    hearing = asyncio.create_task(ear.async_process_audio_stream(METADATA, Source()))
    assert await hint(running_server) == ("complete", 3)
    running_server.ends_speech_after_ms = 0
    await hearing
    hints = [e for e in running_server.received if e.type == "hearken-utterance"]
    assert len(hints) == 1


async def test_slow_recognizer_holds_up_nothing(
    ear: stt.SpeechToTextEntity,
    running_server: SpeechServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a hint in time, the server decides alone."""
    monkeypatch.setattr(f"{CLIENT}.hints.HINT_TIMEOUT_SECONDS", 0)
    running_server.partials = ["turn on the kitchen light"]
    running_server.ends_speech_after_ms = 200
    result = await ear.async_process_audio_stream(METADATA, Source())
    assert result.text == "turn on the kitchen light"
    assert not [e for e in running_server.received if e.type == "hearken-utterance"]


async def test_broken_recognizer_holds_up_nothing(
    ear: stt.SpeechToTextEntity,
    running_server: SpeechServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An error of the recognizer is logged, and the text still arrives."""

    async def fail(*_: object) -> None:
        msg = "broken"
        raise RuntimeError(msg)

    monkeypatch.setattr("custom_components.hearken.stt.Understanding.state_of", fail)
    running_server.partials = ["turn on the kitchen light"]
    running_server.ends_speech_after_ms = 200
    result = await ear.async_process_audio_stream(METADATA, Source())
    assert result.text == "turn on the kitchen light"
    assert "A partial transcript could not be judged" in caplog.text


async def test_endless_command_is_cut(
    ear: stt.SpeechToTextEntity,
    running_server: SpeechServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that never detects the end gets an audio-stop."""
    monkeypatch.setattr(f"{CLIENT}.transcribe.LISTEN_TIMEOUT_SECONDS", 0.05)
    source = Source()
    result = await ear.async_process_audio_stream(METADATA, source)
    assert result.text == "turn on the kitchen light"
    assert source.is_closed
    await running_server.wait_for("audio-stop")


async def test_cancelled_in_the_middle(
    ear: stt.SpeechToTextEntity, running_server: SpeechServer
) -> None:
    """Cancelling leaves nothing behind."""
    running_server.partials = ["turn on the"]
    running_server.fault = Fault.DEAF
    source = Source()
    hearing = asyncio.create_task(ear.async_process_audio_stream(METADATA, source))
    await running_server.wait_for("audio-chunk")
    hearing.cancel()
    await asyncio.gather(hearing, return_exceptions=True)
    assert source.is_closed
    await running_server.wait_until(lambda: not running_server.is_visited)


async def test_alternative_that_is_complete(
    ear: stt.SpeechToTextEntity, running_server: SpeechServer
) -> None:
    """A command is complete if the alternative that will be used is."""
    running_server.partials = ["turn on the chicken light"]
    running_server.alternatives = (
        Alternative(text="turn on the kitchen light", confidence=0.5),
    )
    running_server.waits_for_hint = True
    hearing = asyncio.create_task(ear.async_process_audio_stream(METADATA, Source()))
    assert await hint(running_server) == ("complete", 1)
    await hearing


@dataclass
class _PartialResult:
    """Stand in for Home Assistant 2026.11's class on older versions."""

    text: str


PartialResult: Any = getattr(stt, "PartialSpeechResult", _PartialResult)
needs_progress = pytest.mark.skipif(
    PartialResult is _PartialResult, reason="Home Assistant 2026.11 asks for progress"
)


async def progress(ear: Any, source: Source) -> list[Any]:
    """Return all results as Home Assistant 2026.11 requests them."""
    stream = ear.async_process_audio_stream_with_progress(METADATA, source)
    return [result async for result in stream]


@needs_progress
async def test_home_assistant_asks_for_progress(
    ear: Any, running_server: SpeechServer
) -> None:
    """Home Assistant passes on the partial texts, and the last one as the result."""
    running_server.partials = ["turn on the kitchen light"]
    running_server.waits_for_hint = True
    results = ear.internal_async_process_audio_stream_with_progress(METADATA, Source())
    *partial, result = [result async for result in results]
    assert partial == [PartialResult("turn on the kitchen light")]
    assert result.text == "turn on the kitchen light"


@needs_progress
async def test_home_assistant_asks_for_the_result(
    ear: stt.SpeechToTextEntity, running_server: SpeechServer
) -> None:
    """A pipeline that shows no partial texts gets only the result."""
    running_server.partials = ["turn on"]
    running_server.ends_speech_after_ms = 50
    result = await ear.internal_async_process_audio_stream(METADATA, Source())
    assert result.text == "turn on the kitchen light"


async def test_progress_is_told(
    ear: stt.SpeechToTextEntity,
    running_server: SpeechServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Partial texts precede the result if Home Assistant supports them."""
    monkeypatch.setattr("custom_components.hearken.stt._PARTIAL", PartialResult)
    running_server.partials = ["turn on the kitchen light"]
    running_server.waits_for_hint = True
    source = Source()
    *partial, result = await progress(ear, source)
    assert partial == [PartialResult("turn on the kitchen light")]
    assert result.text == "turn on the kitchen light"
    assert source.is_closed
    assert not running_server.options.pauses_only


async def test_progress_given_up(
    ear: Any, running_server: SpeechServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelling the progress cancels the request."""
    monkeypatch.setattr("custom_components.hearken.stt._PARTIAL", PartialResult)
    running_server.partials = ["turn on the"]
    source = Source()
    stream = ear.async_process_audio_stream_with_progress(METADATA, source)
    assert await anext(stream) == PartialResult("turn on the")
    await stream.aclose()
    assert source.is_closed


async def test_home_assistant_without_progress(
    ear: stt.SpeechToTextEntity,
    running_server: SpeechServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before 2026.11, there is only the result."""
    monkeypatch.setattr("custom_components.hearken.stt._PARTIAL", None)
    running_server.partials = ["turn on"]
    running_server.ends_speech_after_ms = 50
    (result,) = await progress(ear, Source())
    assert result.text == "turn on the kitchen light"


async def test_back_to_home_assistants_detector(
    hass: HomeAssistant, running_server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """The option lets Home Assistant detect the end of speech."""
    flow = await hass.config_entries.options.async_init(server_entry.entry_id)
    assert flow["type"] is FlowResultType.FORM
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"], {CONF_END_OF_SPEECH: END_BY_HOME_ASSISTANT}
    )
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    ear = stt.async_get_speech_to_text_entity(hass, ENTITY)
    assert ear is not None
    assert ear.audio_processing.requires_external_vad

    running_server.partials = ["turn on the"]
    running_server.ends_speech_after_ms = 200
    await ear.async_process_audio_stream(METADATA, Source())
    request = await running_server.wait_for("transcribe")
    options = TranscribeOptions.from_context(request.data["context"])
    assert options == TranscribeOptions(vocabulary=server_entry.entry_id)
    assert not [e for e in running_server.received if e.type == "hearken-utterance"]


async def test_options_are_shown_as_chosen(
    hass: HomeAssistant, running_server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """A speech server has the option, with Hearken's detection as the default."""
    assert server_entry.supports_options
    flow = await hass.config_entries.options.async_init(server_entry.entry_id)
    schema = flow["data_schema"]
    assert schema is not None
    assert schema({}) == {
        CONF_END_OF_SPEECH: END_BY_HEARKEN,
        "languages": ["en"],
        "download_models": True,
        "short_answers": False,
    }


async def test_satellite_stops_before_the_text_is_there(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The microphone is closed when the end is detected, before the text arrives."""
    satellite, server = running_satellite, running_server
    server.partials = ["turn on the kitchen light"]
    server.waits_for_hint = True
    server.decodes.clear()
    await satellite.ask_for_run(PipelineStage.ASR)
    await satellite.open_microphone()
    await satellite.wait_turn(TurnPhase.LISTENING)
    await satellite.wait_turn(TurnPhase.PROCESSING)
    assert not [e for e in satellite.received if e.type == "transcript"]
    await server.wait_for("audio-stop")
    server.decodes.set()
    assert (await satellite.wait_for("transcript")).data["text"]
    await satellite.mute()
    turn = await satellite.wait_turn(TurnPhase.IDLE)
    assert turn.error is None


@pytest.mark.parametrize("chosen", ["default", "aggressive", "relaxed"])
async def test_sensitivity_of_the_satellite(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    chosen: str,
) -> None:
    """The satellite's sensitivity is sent to the server."""
    await hass.services.async_call(
        "select",
        "select_option",
        {
            "entity_id": "select.kitchen_finished_speaking_detection",
            "option": chosen,
        },
        blocking=True,
    )
    running_server.ends_speech_after_ms = 50
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    request = await running_server.wait_for("transcribe")
    assert request.data["vad_sensitivity"] == chosen
    await running_satellite.wait_turn(TurnPhase.IDLE)
    await running_satellite.mute()
    await until(lambda: not running_server.is_visited)
