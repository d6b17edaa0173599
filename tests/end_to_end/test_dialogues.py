"""Test conversations with sound: the microphone stays open between the turns."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from house import sound

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.end_to_end.conftest import Home

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.end_to_end]

KITCHEN, BEDROOM = "light.kitchen", "light.bedroom"
LIVING_ROOM = "light.living_room"
GARAGE = "cover.garage_door"
STOP = "button.kitchen_satellite_stop"
FOLLOW_UP = "switch.kitchen_satellite_follow_up_commands"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def talk(home: Home) -> AsyncGenerator[Home]:
    """Return the house; commands may follow each other without a wake word."""
    await home.wait_until_available(FOLLOW_UP)
    await home.api.act("switch", "turn_on", {"entity_id": FOLLOW_UP})
    yield home
    await home.api.act("switch", "turn_off", {"entity_id": FOLLOW_UP})
    await home.api.act("cover", "open_cover", {"entity_id": GARAGE})


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def dark(talk: Home) -> None:
    """Close the microphone, which stays open after a command; turn off the lights."""
    await talk.wait_for_state(talk.satellite_entity, "idle", "listening")
    await talk.api.act("button", "press", {"entity_id": STOP})
    lights = [KITCHEN, BEDROOM, LIVING_ROOM]
    await talk.api.act("light", "turn_off", {"entity_id": lights})


async def closed(home: Home) -> None:
    """Wait until the microphone is closed."""
    await home.wait_for_state(home.satellite_entity, "listening")
    await home.wait_for_state(home.satellite_entity, "idle")


async def test_order_is_carried_on_and_undone(talk: Home) -> None:
    """One more light is turned on without a wake word, and only it is undone."""
    await talk.say("turn on the kitchen light")
    await talk.wait_for_state(KITCHEN, "on")

    await talk.reply("and the bedroom")
    await talk.wait_for_state(BEDROOM, "on")

    await talk.reply("undo that")
    await talk.wait_for_state(BEDROOM, "off")
    assert await talk.api.state(KITCHEN) == "on"


async def test_ambiguous_order_is_asked_back(talk: Home) -> None:
    """The question is answered with a name, and the next turn means that light."""
    asked = await talk.say("turn on the lights")
    assert asked.answer is not None
    assert asked.answer.endswith("?")
    assert await talk.api.state(BEDROOM) == "off"

    await talk.reply("the bedroom light")
    await talk.wait_for_state(BEDROOM, "on")

    await talk.reply("turn it off")
    await talk.wait_for_state(BEDROOM, "off")
    assert await talk.api.state(KITCHEN) == "off"
    assert await talk.api.state(LIVING_ROOM) == "off"


async def test_risky_order_is_confirmed(talk: Home) -> None:
    """The garage door moves after "yes", and does not after "no"."""
    await talk.api.act("cover", "open_cover", {"entity_id": GARAGE})
    await talk.wait_for_state(GARAGE, "open")
    asked = await talk.say("close the garage door")
    assert asked.answer == "Should I close Garage door?"
    assert await talk.api.state(GARAGE) == "open"

    await talk.reply("yes")
    await talk.wait_for_state(GARAGE, "closed")

    asked = await talk.reply("open the garage door")
    assert asked.answer == "Should I open Garage door?"
    refused = await talk.reply("no")
    assert refused.understood
    assert await talk.api.state(GARAGE) == "closed"


async def test_silence_and_chatter_close_the_microphone(talk: Home) -> None:
    """Nothing happens when nobody speaks on, or speaks to somebody else."""
    await talk.say("turn on the kitchen light")
    await closed(talk)

    await talk.say("turn off the kitchen light")
    await talk.wait_for_state(KITCHEN, "off")
    talk.changes.clear()
    chatter = await talk.reply("good night")
    assert chatter.error == "stt-no-text-recognized"
    await talk.wait_for_state(talk.satellite_entity, "idle")
    assert not [one for one in talk.changes if one.entity_id.startswith("light.")]


async def test_home_assistant_asks_a_question(talk: Home) -> None:
    """The answer of a person is returned to whoever asked."""
    question = asyncio.create_task(
        talk.api.call(
            "call_service",
            domain="assist_satellite",
            service="ask_question",
            service_data={
                "entity_id": talk.satellite_entity,
                "question": "turn on the kitchen light",
                "preannounce": False,
                "answers": _ANSWERS,
            },
            return_response=True,
        )
    )
    await talk.wait_for_state(talk.satellite_entity, "listening")
    talk.play(sound.without_word("turn on the bedroom light"))

    answer = (await question)["response"]
    assert answer["id"] == "room"
    assert answer["slots"] == {"room": "bedroom"}
    # It was an answer, not a command.
    assert await talk.api.state(BEDROOM) == "off"


_ANSWERS: list[dict[str, Any]] = [
    {"id": "no", "sentences": ["no", "leave it"]},
    {"id": "room", "sentences": ["turn on the {room} light"]},
]


async def test_home_assistant_starts_a_conversation(talk: Home) -> None:
    """What is said after the first message is carried out, and so is what follows."""
    talk.answer.unlink(missing_ok=True)
    started = asyncio.create_task(
        talk.api.act(
            "assist_satellite",
            "start_conversation",
            {"entity_id": talk.satellite_entity},
            start_message="turn on the kitchen light",
            preannounce=False,
        )
    )
    assert len(await talk.heard()) > 8000

    await talk.reply("turn on the bedroom light")
    await started
    await talk.wait_for_state(BEDROOM, "on")
    await talk.reply("and the kitchen")
    await talk.wait_for_state(KITCHEN, "on")
