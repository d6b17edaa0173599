"""Test that a word typed in Home Assistant wakes a satellite of the same house."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from house import sound
from tests.end_to_end.word_dialogs import make

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Home

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.end_to_end,
    pytest.mark.long,
]

PHRASE = "okay computer"
VOICE = "espeak:en-us+klatt4"
"""None of those that make words."""


async def test_typed_word_wakes_a_satellite(home: Home) -> None:
    """It is made in a dialog, chosen for the satellite, and said by another voice."""
    made = await make(home, PHRASE)
    assert made["reason"] == "wake_word_made"
    assert made["description_placeholders"]["phrase"] == PHRASE

    await home.api.act("light", "turn_off", {"entity_id": "light.kitchen"})
    await choose(home, PHRASE)
    try:
        await home.wait_for_state(home.satellite_entity, "idle")
        home.play(
            np.concatenate(
                (
                    sound.silence(2.0),
                    sound.trim(sound.speak(PHRASE, VOICE)),
                    sound.silence(0.6),
                    sound.trim(sound.speak("turn on the kitchen light")),
                )
            )
        )
        await home.wait_for_state("light.kitchen", "on")
        await home.wait_for_state(home.satellite_entity, "idle")
    finally:
        await choose(home)
    assert (await home.say("turn off the kitchen light")).understood


async def choose(home: Home, *words: str) -> None:
    """Set the wake words of the satellite."""
    target = {"entity_id": home.satellite_entity}
    await home.api.act("hearken", "set_wake_word", target, wake_words=list(words))
