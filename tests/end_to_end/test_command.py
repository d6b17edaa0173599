"""Test spoken commands to a satellite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from wyoming.asr import Transcript

from house import sound
from tests.end_to_end.wyoming_client import transcribe

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Home

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.end_to_end]


async def test_light_turns_on(home: Home) -> None:
    """A spoken command turns on a light, and the answer is spoken."""
    assert await home.api.state("light.kitchen") == "off"

    command = await home.say("turn on the kitchen light")

    assert command.wake_word == "hey jarvis"
    assert command.text == "turn on the kitchen light"
    assert command.understood
    assert command.error is None
    assert await home.api.state("light.kitchen") == "on"
    answer = await home.heard()
    assert len(answer) > 8000
    assert np.abs(answer.astype(np.int32)).max() > 3000


async def test_command_in_one_breath(home: Home) -> None:
    """A command without a pause after the wake word is complete."""
    await home.api.act("light", "turn_on", {"entity_id": "light.kitchen"})
    home.play(sound.in_one_breath("turn off the kitchen light").samples)

    command = await home.runs.wait(20, 60)

    assert command is not None
    assert command.text == "turn off the kitchen light"
    assert await home.api.state("light.kitchen") == "off"


@pytest.mark.parametrize("voice", ["espeak:en-us", "flite:awb"])
async def test_other_voices(home: Home, voice: str) -> None:
    """Other voices are understood, one command after the other."""
    await home.api.act("light", "turn_on", {"entity_id": "light.kitchen"})

    command = await home.say("turn off the kitchen light", voice)

    assert command.text == "turn off the kitchen light"
    assert await home.api.state("light.kitchen") == "off"


async def test_satellite_state_follows(home: Home) -> None:
    """The satellite entity goes through the states of a command and returns to idle."""
    # The answer to the previous command may still be playing.
    await home.wait_for_state(home.satellite_entity, "idle")
    home.changes.clear()

    await home.say("turn on the living room light")

    await home.wait_for_state(home.satellite_entity, "idle")
    states = [
        change.after
        for change in home.changes
        if change.entity_id == home.satellite_entity
    ]
    assert states == ["listening", "processing", "responding", "idle"]


async def test_not_understood(home: Home) -> None:
    """A sentence that is not a command is answered, and nothing changes."""
    home.changes.clear()

    command = await home.say("good night")

    assert command.text == "good night"
    assert not command.understood
    assert len(await home.heard()) > 8000
    assert not [c for c in home.changes if c.entity_id.startswith("light.")]


async def test_silence_after_wake_word(home: Home) -> None:
    """Silence after the wake word plays a tone, and the next attempt works."""
    home.answer.unlink(missing_ok=True)
    home.play(sound.command("", "flite:slt").samples)

    command = await home.runs.wait(20, 60)

    assert command is not None
    assert command.error == "stt-no-text-recognized"
    assert 2000 < len(await home.heard()) < 8000
    assert (await home.say("turn off the living room light")).understood


async def test_announcement(home: Home) -> None:
    """An announcement is played after its chime."""
    home.answer.unlink(missing_ok=True)

    await home.api.act(
        "assist_satellite",
        "announce",
        {"entity_id": home.satellite_entity},
        message="turn on the kitchen light",
        preannounce=False,
    )

    event = await transcribe(home.server.port, await home.heard())
    assert Transcript.from_event(event).text == "turn on the kitchen light"
