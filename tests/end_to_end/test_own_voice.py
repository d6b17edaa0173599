"""Test that a wake word made from text is improved with recordings of a satellite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from house import sound
from tests.end_to_end.word_dialogs import (
    follow,
    look,
    make,
    open_dialog,
    submit,
    tell_token,
)

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Home

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.end_to_end,
    pytest.mark.long,
]

PHRASE = "hello computer"
WORD = "hello_computer"
VOICE = "espeak:en-us+klatt4"
"""None of those that make words."""
RECORDINGS = 3
LIMIT_SECONDS = 600.0
"""It is learned several times, to judge each recording by what did not hear it."""


async def test_word_is_improved_and_undone(home: Home) -> None:
    """It is recorded, learned from, shown, accepted, and taken back."""
    made = await make(home, PHRASE)
    assert made["reason"] == "wake_word_made"
    head = home.server.data_dir / "made_words" / f"{WORD}.onnx"
    first = head.read_bytes()
    entry = await tell_token(home)

    step = await open_dialog(home, entry, "own_voice")
    step = await submit(home, step, {"wake_word": WORD})
    assert step["menu_options"] == ["record", "listen"]
    step = await submit(home, step, {"next_step_id": "record"})
    step = await record(home, step)
    assert step["step_id"] == "gain"
    shown = step["description_placeholders"]
    assert shown["after_recordings"] == str(RECORDINGS)
    assert int(shown["after_missed"]) <= int(shown["before_missed"])
    assert head.read_bytes() == first

    step = await submit(home, step, {"next_step_id": "accept"})
    assert step["reason"] == "wake_word_improved"
    assert head.read_bytes() != first

    step = await open_dialog(home, entry, "own_voice")
    step = await submit(home, step, {"wake_word": WORD})
    assert step["menu_options"] == ["record", "listen", "improve", "forget", "undo"]
    assert step["description_placeholders"]["kept"] == str(RECORDINGS)
    step = await submit(home, step, {"next_step_id": "undo"})
    assert step["reason"] == "wake_word_undone"
    assert head.read_bytes() == first


async def record(home: Home, step: dict[str, Any]) -> dict[str, Any]:
    """Say the word whenever the satellite listens; return the step after learning."""
    await home.wait_for_state(home.satellite_entity, "idle")
    form = {"satellite": home.satellite_entity, "recordings": RECORDINGS}
    step = await submit(home, step, form)
    assert step["progress_action"] == "say_first"
    said = sound.trim(sound.speak(PHRASE, VOICE))
    pause = sound.silence(0.6)
    for number in range(1, RECORDINGS + 1):
        await home.wait_for_state(home.satellite_entity, "listening")
        step = await look(home, step)
        assert step["description_placeholders"]["number"] == str(number)
        home.play(np.concatenate((pause, said, pause)))
        await home.wait_for_state(home.satellite_entity, "idle", "responding")
    return await follow(home, step, LIMIT_SECONDS)
