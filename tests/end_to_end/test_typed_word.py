"""Test that a word typed in Home Assistant wakes a satellite of the same house."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from house import sound
from house.house import until

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
LIMIT_SECONDS = 220.0


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


async def make(home: Home, text: str) -> dict[str, Any]:
    """Make a wake word in the dialog of the speech server; return its last step."""
    path = "/api/config/config_entries/subentries/flow"
    handler = [await tell_token(home), "wake_word"]
    step: dict[str, Any] = {}

    async def is_open() -> bool:
        """Open the dialog; that fails while the entry is being loaded again."""
        step.update(await home.api.post(path, json={"handler": handler}))
        return bool(step["type"] == "form")

    await until(is_open, LIMIT_SECONDS, "the dialog")
    form = {"text": text, "language": "en", "force": False}
    step = await home.api.post(f"{path}/{step['flow_id']}", json=form)
    async with asyncio.timeout(LIMIT_SECONDS):
        while step["type"] in {"progress", "progress_done"}:
            await asyncio.sleep(0.5)
            address = f"{home.api.url}{path}/{step['flow_id']}"
            async with home.api.session.get(address) as answer:
                step = await answer.json()
    return dict(step)


async def tell_token(home: Home) -> str:
    """Enter the token of the server, and return its entry."""
    path = "/api/config/config_entries/flow"
    entries = await home.api.call("config_entries/get", domain="hearken")
    for entry in entries:
        step = await home.api.post(
            path, json={"handler": "hearken", "entry_id": entry["entry_id"]}
        )
        if step["step_id"] == "reconfigure_server":
            port, token = home.server.port, home.server.token
            form = {"host": "127.0.0.1", "port": port, "token": token}
            step = await home.api.post(f"{path}/{step['flow_id']}", json=form)
            assert step["reason"] == "reconfigure_successful"
            return str(entry["entry_id"])
        async with home.api.session.delete(
            f"{home.api.url}{path}/{step['flow_id']}"
        ) as answer:
            assert answer.ok
    raise AssertionError(entries)


async def choose(home: Home, *words: str) -> None:
    """Set the wake words of the satellite."""
    target = {"entity_id": home.satellite_entity}
    await home.api.act("hearken", "set_wake_word", target, wake_words=list(words))
