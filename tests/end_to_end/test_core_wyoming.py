"""Test Home Assistant's own Wyoming integration with Hearken's server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from house import sound
from house.house import HOST, until

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Home

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.end_to_end]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def entities(home: Home) -> dict[str, str]:
    """Set up core's integration against the server; return its entities."""
    answer = await home.api.flow("wyoming", {"host": HOST, "port": home.server.port})
    assert answer["type"] == "create_entry", answer
    found: dict[str, str] = {}

    async def are_there() -> bool:
        for entry in await home.api.call("config/entity_registry/list"):
            if entry["platform"] == "wyoming":
                found[entry["entity_id"].partition(".")[0]] = entry["entity_id"]
        return {"stt", "tts", "wake_word"} <= set(found)

    await until(are_there, 30, "core's entities")
    return found


async def test_core_transcribes(home: Home, entities: dict[str, str]) -> None:
    """Core's speech-to-text entity returns the text."""
    speech = sound.speak("turn on the kitchen light")
    url = f"{home.api.url}/api/stt/{entities['stt']}"

    async with home.api.session.post(
        url,
        data=speech.tobytes(),
        headers={
            "X-Speech-Content": "format=wav; codec=pcm; sample_rate=16000; "
            "bit_rate=16; channel=1; language=en"
        },
    ) as response:
        answer = await response.json()

    assert answer == {"text": "turn on the kitchen light", "result": "success"}


async def test_core_detects(home: Home, entities: dict[str, str]) -> None:
    """A pipeline of core's entities detects the wake word and the command."""
    pipeline = await home.api.call(
        "assist_pipeline/pipeline/create",
        name="Core",
        conversation_engine="conversation.home_assistant",
        conversation_language="en",
        language="en",
        stt_engine=entities["stt"],
        stt_language="en",
        tts_engine=None,
        tts_language=None,
        tts_voice=None,
        wake_word_entity=entities["wake_word"],
        wake_word_id="hey_jarvis",
    )
    events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    await home.api.subscribe(
        events.put_nowait,
        "assist_pipeline/run",
        start_stage="wake_word",
        end_stage="intent",
        pipeline=pipeline["id"],
        input={"sample_rate": 16000, "timeout": 20},
    )

    results = await _run(home, events, sound.command("turn on the ceiling fan").samples)
    assert results["wake_word-end"]["wake_word_output"]["wake_word_id"] == "hey_jarvis"
    assert results["stt-end"]["stt_output"]["text"] == "turn on the ceiling fan"
    assert await home.api.state("fan.ceiling") == "on"


async def _run(
    home: Home, events: asyncio.Queue[dict[str, Any]], speech: Any
) -> dict[str, dict[str, Any]]:
    """Send speech into a running pipeline until it ends; return its events."""
    results: dict[str, dict[str, Any]] = {}
    handler = b""
    position = 0
    async with asyncio.timeout(60):
        while "run-end" not in results:
            while not events.empty():
                event = events.get_nowait()
                results[event["type"]] = event["data"] or {}
            if "run-start" in results and not handler:
                runner = results["run-start"]["runner_data"]
                handler = bytes([runner["stt_binary_handler_id"]])
            if handler:
                piece = speech[position : position + 640].tobytes()
                await home.api.send_bytes(handler + piece.ljust(1280, b"\0"))
                position += 640
            await asyncio.sleep(0.04)
    return results
