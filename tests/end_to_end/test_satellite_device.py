"""Test the settings of a satellite in a complete house with sound."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from house import sound
from house.house import until
from tests.end_to_end.conftest import SECONDS
from tests.end_to_end.test_device_wake import detections, restart

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples
    from tests.end_to_end.conftest import Home

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.end_to_end]

NAME = "kitchen_satellite"
LIGHT = "light.kitchen"
# Long enough for a command to be recognized and executed.
QUIET_SECONDS = 8.0


async def _set(home: Home, action: str, entity_id: str, **data: Any) -> None:
    """Call an action of an entity."""
    domain, name = action.split(".")
    await home.api.act(domain, name, {"entity_id": entity_id}, **data)


async def _light_off(home: Home) -> None:
    await home.api.act("light", "turn_off", {"entity_id": LIGHT})
    await home.wait_for_state(LIGHT, "off")


async def _assert_deaf(home: Home) -> None:
    """Speak a command that must not be detected."""
    before = await detections(home)
    home.play(sound.command("turn on the kitchen light").samples)
    await asyncio.sleep(QUIET_SECONDS)
    assert await home.api.state(home.satellite_entity) == "idle"
    assert await home.api.state(LIGHT) == "off"
    assert await detections(home) == before


async def _assert_hears(home: Home) -> Samples:
    """Speak a command that is executed; return the sound of the answer."""
    assert (await home.say("turn on the kitchen light")).understood
    await home.wait_for_state(LIGHT, "on")
    answer = await home.heard()
    await home.wait_for_state(home.satellite_entity, "idle")
    await _light_off(home)
    return answer


async def test_mute(home: Home) -> None:
    """While muted, the wake word is ignored, even after a restart; then it works."""
    mute = f"switch.{NAME}_mute"
    await _light_off(home)
    await _set(home, "switch.turn_on", mute)
    assert await home.api.state(mute) == "on"
    await _assert_deaf(home)
    await restart(home)
    assert await home.api.state(mute) == "on"
    await _assert_deaf(home)
    await _set(home, "switch.turn_off", mute)
    await _assert_hears(home)


async def test_volume(home: Home) -> None:
    """At half volume, the same answer has an eighth of the amplitude."""
    await _light_off(home)
    loud = await _assert_hears(home)
    await _set(home, "number.set_value", f"number.{NAME}_volume", value=50)
    soft = await _assert_hears(home)
    await _set(home, "number.set_value", f"number.{NAME}_volume", value=100)
    assert np.abs(loud).max() > 1000
    assert len(soft) == len(loud)
    assert np.abs(soft * 8.0 - loud).max() <= 4


async def test_threshold(home: Home) -> None:
    """The strictest threshold detects nothing; the default does, without a restart."""
    number = f"number.{NAME}_wake_word_threshold"
    await _light_off(home)
    await _set(home, "number.set_value", number, value=1.0)
    await _assert_deaf(home)
    await _set(home, "number.set_value", number, value=0.5)
    await _assert_hears(home)


async def test_the_second_word_has_the_second_assistant(home: Home) -> None:
    """The second pipeline runs the command, wherever the wake word is detected."""
    second = await _second_pipeline(home)
    for where in ("server", "device"):
        if where == "device":
            await restart(home, "--wake", "device", "--wake-word", "hey_jarvis")
        await _light_off(home)
        await _choose(home, "wake_word_2", "alexa")
        await _choose(home, "assistant_2", "Second")
        before = await _runs(home, second)
        home.play(_said("alexa", "turn on the kitchen light"))
        await home.wait_for_state(LIGHT, "on")
        await home.wait_for_state(home.satellite_entity, "idle")
        assert len(await _runs(home, second)) == len(before) + 1
    await _choose(home, "wake_word_2", "no_wake_word")
    await restart(home)
    await _choose(home, "wake_word_2", "no_wake_word")
    await _light_off(home)
    await _assert_hears(home)
    await home.api.call("assist_pipeline/pipeline/delete", pipeline_id=second)


async def _choose(home: Home, select: str, option: str) -> None:
    """Select an option when it becomes available."""
    entity_id = f"select.{NAME}_{select}"
    await home.wait_until_available(entity_id)
    await _set(home, "select.select_option", entity_id, option=option)
    await home.wait_for_state(entity_id, option)


async def _second_pipeline(home: Home) -> str:
    """Create a second pipeline like the first; return its ID."""
    listed = await home.api.call("assist_pipeline/pipeline/list")
    (first,) = [p for p in listed["pipelines"] if p["name"] == "Hearken"]
    fields = {key: value for key, value in first.items() if key != "id"}
    made = await home.api.call(
        "assist_pipeline/pipeline/create", **{**fields, "name": "Second"}
    )
    entity_id = f"select.{NAME}_assistant_2"

    async def is_there() -> bool:
        return await home.api.state(entity_id) is not None

    await until(is_there, SECONDS, entity_id)
    return str(made["id"])


async def _runs(home: Home, pipeline_id: str) -> list[Any]:
    """Return the runs of a pipeline."""
    listed = await home.api.call(
        "assist_pipeline/pipeline_debug/list", pipeline_id=pipeline_id
    )
    return list(listed["pipeline_runs"])


def _said(word: str, text: str) -> Samples:
    """Return a wake word, a short pause and a command."""
    pieces = (
        sound.silence(1.5),
        sound.trim(sound.speak(word)),
        sound.silence(0.6),
        sound.trim(sound.speak(text)),
    )
    return np.concatenate(pieces)
