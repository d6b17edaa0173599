"""Test a satellite with on-device wake word detection in a complete house."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from house import sound

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Home

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.end_to_end]


async def restart(home: Home, *arguments: str) -> None:
    """Restart the satellite with other options."""
    await home.satellite.program.end()
    await home.wait_for_state(home.satellite_entity, "unavailable")
    microphone = f"folder:{home.house.folder / 'microphone'}"
    home.satellite = await home.house.start_satellite(
        microphone, *arguments, port=home.satellite.port
    )
    await home.wait_until_available(home.satellite_entity)


async def test_command_after_a_word_heard_on_the_device(home: Home) -> None:
    """The light turns on without the server being asked for a wake word."""
    await home.api.act("light", "turn_off", {"entity_id": "light.kitchen"})
    await restart(home, "--wake", "device", "--wake-word", "hey_jarvis")
    before = await detections(home)

    for name, say in (("on", sound.command), ("off", sound.in_one_breath)):
        home.answer.unlink(missing_ok=True)
        home.play(say(f"turn {name} the kitchen light").samples)
        await home.wait_for_state("light.kitchen", name)
        assert len(await home.heard()) > 0
        await home.wait_for_state(home.satellite_entity, "idle")

    assert await detections(home) == before
    await restart(home)
    assert (await home.say("turn on the kitchen light")).understood


async def detections(home: Home) -> int:
    """Return how many wake words the server has detected."""
    return int((await home.server.status())["counts"].get("detection", 0))
