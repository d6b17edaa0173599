"""Test the actions that improve a wake word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from custom_components.hearken.making.recording import MAX_FAILURES
from tests.integration.making.conftest import AFTER, BEFORE, RUNNING
from tests.integration.making.dialog import speak
from tests.integration.talking import SATELLITE, call

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.simulators.control_server import ControlServer
    from tests.simulators.satellite import SatelliteSimulator

GAIN = {
    **{f"before_{key}": figure for key, figure in BEFORE.items()},
    **{f"after_{key}": figure for key, figure in AFTER.items()},
}


async def test_improve_records_and_returns_the_gain(
    hass: HomeAssistant,
    connected: ControlServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """A bad recording is repeated; nothing is used yet."""
    connected.problems = [None, "too_loud"]
    action = hass.async_create_task(
        call(
            hass,
            "improve_wake_word",
            wake_word="okay_computer",
            entity_id=SATELLITE,
            recordings=3,
        )
    )
    for _ in range(4):
        await speak(running_satellite)
    assert await action == {"id": "okay_computer", "gain": GAIN}
    assert len(connected.recordings) == 3
    assert connected.asked == [("wake/words/okay_computer/improve", None)]


async def test_improve_from_what_is_kept(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """Without a satellite, nobody has to speak."""
    answer = await call(hass, "improve_wake_word", wake_word="okay_computer")
    assert answer["gain"] == GAIN
    assert not connected.recordings


async def test_bad_recordings_end_the_action(
    hass: HomeAssistant,
    connected: ControlServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """After some in a row, it is an error, and nothing is learned."""
    connected.problems = ["too_quiet"] * MAX_FAILURES
    action = hass.async_create_task(
        call(
            hass,
            "improve_wake_word",
            wake_word="okay_computer",
            entity_id=SATELLITE,
        )
    )
    for _ in range(MAX_FAILURES):
        await speak(running_satellite)
    with pytest.raises(HomeAssistantError) as e:
        await action
    assert e.value.translation_key == "recording_failed"
    assert not connected.asked


async def test_failures_of_improve_are_translated(
    hass: HomeAssistant,
    connected: ControlServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """A word that was not made, a server that is busy, and one that fails."""
    with pytest.raises(HomeAssistantError) as e:
        await call(hass, "improve_wake_word", wake_word="hey_jarvis")
    assert e.value.translation_key == "wake_word_not_changed"
    assert (e.value.translation_placeholders or {})["word"] == "hey_jarvis"

    connected.jobs = [
        RUNNING,
        {**RUNNING, "running": False, "error": "it broke", "reason": "failed"},
    ]
    with pytest.raises(HomeAssistantError) as e:
        await call(hass, "improve_wake_word", wake_word="okay_computer")
    assert e.value.translation_key == "wake_word_not_improved"
    assert e.value.translation_placeholders == {
        "text": "okay computer",
        "reason": "it broke",
    }

    connected.refuses_models = True
    with pytest.raises(HomeAssistantError) as e:
        await call(hass, "improve_wake_word", wake_word="okay_computer")
    assert e.value.translation_key == "wake_word_not_improved"

    with pytest.raises(ServiceValidationError) as e:
        await call(
            hass,
            "improve_wake_word",
            wake_word="okay_computer",
            entity_id="assist_satellite.nowhere",
        )
    assert e.value.translation_key == "unknown_satellite"


async def test_lost_server_is_told(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """Each action says why it failed."""
    await connected.stop()
    for action, key in (
        ("improve_wake_word", "wake_word_not_improved"),
        ("accept_wake_word", "wake_word_not_changed"),
        ("undo_wake_word", "wake_word_not_changed"),
    ):
        with pytest.raises(HomeAssistantError) as e:
            await call(hass, action, wake_word="okay_computer")
        assert e.value.translation_key == key
        assert (e.value.translation_placeholders or {})["reason"]


async def test_accept_and_undo(hass: HomeAssistant, connected: ControlServer) -> None:
    """Both go to the server."""
    for action in ("accept", "undo"):
        answer = await call(hass, f"{action}_wake_word", wake_word="okay_computer")
        assert answer == {"id": "okay_computer"}
    assert connected.asked == [
        ("wake/words/okay_computer/accept", None),
        ("wake/words/okay_computer/undo", None),
    ]
    connected.refuses_models = True
    for action in ("accept", "undo"):
        with pytest.raises(HomeAssistantError) as e:
            await call(hass, f"{action}_wake_word", wake_word="okay_computer")
        assert e.value.translation_key == "wake_word_not_changed"
