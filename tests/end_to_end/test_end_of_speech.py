"""Test commands with pauses, and with the names of the house."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from house import sound
from house.house import until
from tests.end_to_end.conftest import SECONDS

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples
    from house.timeline import Command
    from tests.end_to_end.conftest import Home

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.end_to_end,
    pytest.mark.alone,
]

VOICE: Final = "flite:slt"
PAUSE_SECONDS: Final = 0.9
"""More than the 0.7 s after which a command usually is over."""


def log(home: Home) -> str:
    """Return Home Assistant's log so far."""
    path = home.house.folder / "logs" / "homeassistant.log"
    return path.read_text(errors="replace")


def spoken(*parts: str) -> Samples:
    """Return the wake word and a command with pauses between its parts."""
    sounds = [sound.command(parts[0], VOICE).samples]
    for part in parts[1:]:
        sounds += [sound.silence(PAUSE_SECONDS), sound.trim(sound.speak(part, VOICE))]
    return np.concatenate(sounds)


async def say(home: Home, *parts: str) -> tuple[Command, str]:
    """Speak a command with pauses; return its run and what was logged."""
    before = len(log(home))
    home.play(spoken(*parts))
    command = await home.runs.wait(20, 60)
    assert command is not None, "the wake word was not heard"
    return command, log(home)[before:]


async def server_entry(home: Home) -> str:
    """Return the config entry of the speech server."""
    entries = await home.api.call("config_entries/get", domain="hearken")
    (entry,) = [entry for entry in entries if "satellite" not in entry["title"]]
    return str(entry["entry_id"])


async def test_complete_command_is_ended_early(home: Home) -> None:
    """A complete command ends without waiting for more."""
    # The first sentence loads Home Assistant's recognizer; after that it is quick.
    await home.say("turn off the kitchen light")

    command, logged = await say(home, "turn on the kitchen light")

    assert command.text == "turn on the kitchen light"
    assert await home.api.state("light.kitchen") == "on"
    assert "'reason': 'complete'" in logged
    assert "stt-vad-end" not in command.times


async def test_pause_in_the_middle_is_waited_for(home: Home) -> None:
    """A command that needs an object does not end, however long the pause is."""
    await home.api.act("light", "turn_off", {"entity_id": "light.kitchen"})

    command, logged = await say(home, "turn on the", "kitchen light")

    assert re.search(r"Partial transcript \d+ is dangling", logged)
    assert command.text == "turn on the kitchen light"
    assert await home.api.state("light.kitchen") == "on"


async def choose(home: Home, who: str) -> None:
    """Choose who detects the end of speech, and wait until it applies."""
    listed = await home.api.call("config/entity_registry/list")
    # Core's own integration, set up by another test, has such an entity, too.
    (ear,) = [
        e["entity_id"]
        for e in listed
        if e["platform"] == "hearken" and e["entity_id"].startswith("stt.")
    ]
    home.changes.clear()
    await home.api.choose_options(await server_entry(home), end_of_speech=who)

    async def is_loaded_again() -> bool:
        return any(
            c.entity_id == ear and c.before == "unavailable" for c in home.changes
        )

    await until(is_loaded_again, SECONDS, "the server to be set up again")


async def test_back_to_home_assistants_detector(home: Home) -> None:
    """The owner may let Home Assistant detect the end of speech again."""
    await choose(home, "home_assistant")
    try:
        command, logged = await say(home, "turn off the kitchen light")
        assert command.text == "turn off the kitchen light"
        assert "stt-vad-end" in command.times
        assert "End of speech" not in logged
    finally:
        await choose(home, "hearken")
