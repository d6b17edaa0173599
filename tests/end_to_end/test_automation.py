"""Test automations that are triggered by voice and ask questions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from house import sound
from house.house import until

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Home

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.end_to_end]

SECONDS = 60.0


async def automate(home: Home, automation_id: str, **config: Any) -> None:
    """Save an automation as the editor does, and wait until it is on."""
    path = f"{home.api.url}/api/config/automation/config/{automation_id}"
    async with home.api.session.post(path, json=config) as response:
        assert response.status == 200, await response.text()

    async def is_on() -> bool:
        return await home.api.state(f"automation.{automation_id}") == "on"

    await until(is_on, SECONDS, "the automation")


async def test_not_understood_starts_an_automation(home: Home) -> None:
    """A sentence that is not understood fires the trigger."""
    fired: list[dict[str, Any]] = []
    await home.api.subscribe(
        lambda event: fired.append(event["data"]),
        "subscribe_events",
        event_type="e2e_not_understood",
    )
    await automate(
        home,
        "not_understood",
        alias="not understood",
        triggers=[
            {
                "trigger": "hearken.not_understood",
                "target": {"entity_id": home.satellite_entity},
                "options": {"text": "good night"},
            }
        ],
        conditions=[
            {
                "condition": "hearken.is_spoken_to",
                "target": {"entity_id": home.satellite_entity},
                "options": {"within": {"seconds": 60}},
            },
            {
                "condition": "not",
                "conditions": [
                    {
                        "condition": "hearken.is_listening",
                        "target": {"entity_id": home.satellite_entity},
                    }
                ],
            },
        ],
        actions=[
            {
                "event": "e2e_not_understood",
                "event_data": {
                    "text": "{{ trigger.text }}",
                    "wake_word": "{{ trigger.wake_word }}",
                    "score": "{{ trigger.score }}",
                    "satellite": "{{ trigger.satellite }}",
                    "seconds": "{{ trigger.understanding_seconds }}",
                },
            }
        ],
    )

    command = await home.say("good night")

    assert not command.understood

    async def is_told() -> bool:
        return bool(fired)

    await until(is_told, SECONDS, "the automation to run")
    assert len(fired) == 1
    assert fired[0]["text"] == "good night"
    assert fired[0]["wake_word"] == "hey jarvis"
    assert 0.3 < float(fired[0]["score"]) <= 1
    assert fired[0]["satellite"] == "Kitchen satellite"
    assert float(fired[0]["seconds"]) >= 0


async def test_editor_finds_the_building_blocks(home: Home) -> None:
    """The editor lists all triggers, conditions and actions."""
    found: dict[str, Any] = {}
    for kind in ("trigger_platforms", "condition_platforms"):
        await home.api.subscribe(found.update, f"{kind}/subscribe")

    async def is_found() -> bool:
        return {"hearken.not_understood", "hearken.is_spoken_to"} <= set(found)

    await until(is_found, SECONDS, "the descriptions")
    assert "text" in found["hearken.not_understood"]["fields"]
    assert "within" in found["hearken.is_spoken_to"]["fields"]
    actions = (await home.api.call("get_services"))["hearken"]
    assert set(actions) == {
        "accept_wake_word",
        "add_alias",
        "ask",
        "delete_wake_word",
        "guess_name",
        "improve_wake_word",
        "listen",
        "make_wake_word",
        "rename_wake_word",
        "reset_statistics",
        "say",
        "set_wake_word",
        "transcribe",
        "undo_wake_word",
    }
    assert "response" in actions["ask"]


async def test_question_is_answered_by_voice(home: Home) -> None:
    """A question is played, and the spoken choice is returned with its values."""
    event_entity = await _enable(home, "event.kitchen_satellite_last_event")
    await home.wait_for_state(home.satellite_entity, "idle")
    home.answer.unlink(missing_ok=True)
    question = asyncio.create_task(
        home.api.call(
            "call_service",
            domain="hearken",
            service="ask",
            service_data={
                "entity_id": home.satellite_entity,
                "question": "turn on the kitchen light",
                "timeout": 60,
                "choices": [
                    {"id": "no", "sentences": ["no", "leave it"]},
                    {"id": "room", "sentences": ["turn on the {room} light"]},
                ],
            },
            return_response=True,
        )
    )
    heard = await home.heard()
    assert np.abs(heard.astype(np.int32)).max() > 3000
    await home.wait_for_state(home.satellite_entity, "listening")
    home.play(
        np.concatenate(
            (
                sound.silence(0.5),
                sound.trim(sound.speak("turn on the bedroom light")),
                sound.silence(0.5),
            )
        )
    )
    response = (await question)["response"]

    assert response == {
        "choice": "room",
        "slots": {"room": "bedroom"},
        "sentence": "turn on the bedroom light",
        "outcome": "answered",
    }
    state = await _attributes(home, event_entity)
    assert state["event_type"] == "question_answered"
    assert state["choice"] == "room"


async def test_say_is_heard(home: Home) -> None:
    """A spoken message is played, and a command works afterwards."""
    await home.wait_for_state(home.satellite_entity, "idle")
    home.answer.unlink(missing_ok=True)
    answer = await home.api.call(
        "call_service",
        domain="hearken",
        service="say",
        service_data={"where": "nearest", "message": "dinner is ready"},
        return_response=True,
    )
    assert answer["response"]["spoken"] == [home.satellite_entity]
    assert len(await home.heard()) > 8000
    assert (await home.say("turn on the living room light")).understood


async def _enable(home: Home, entity_id: str) -> str:
    """Enable an entity that is disabled by default, and return its ID."""
    await home.api.call(
        "config/entity_registry/update", entity_id=entity_id, disabled_by=None
    )

    async def is_there() -> bool:
        return await home.api.state(entity_id) == "unknown"

    # Home Assistant reloads the entry 30 s later, whatever else is done.
    await until(is_there, SECONDS, "the event entity")
    return entity_id


async def _attributes(home: Home, entity_id: str) -> dict[str, Any]:
    """Return an entity's attributes."""
    async with home.api.session.get(
        f"{home.api.url}/api/states/{entity_id}"
    ) as response:
        assert response.status == 200
        attributes: dict[str, Any] = (await response.json())["attributes"]
        return attributes
