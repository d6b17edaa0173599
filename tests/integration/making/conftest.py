"""Fixtures for improving a wake word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from custom_components.hearken.making import job
from tests.integration.making.dialog import Dialog

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.control_server import ControlServer
    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

WORD: dict[str, Any] = {
    "id": "okay_computer",
    "phrase": "okay computer",
    "expected": {},
    "kept": {"recordings": 0, "others": 0},
    "can_undo": False,
    "candidate": None,
}
BEFORE = {
    "recordings": 3,
    "missed": 2,
    "most_missed_percent": 90.6,
    "missed_scenes_percent": 40,
    "false_accepts": 1,
    "hours": 1.5,
    "most_false_accepts_a_day": 75.9,
}
AFTER = {**BEFORE, "missed": 0, "missed_scenes_percent": 2.5}
IMPROVED = {**WORD, "candidate": {"before": BEFORE, "after": AFTER}}
RUNNING: dict[str, Any] = {
    "number": 1,
    "running": True,
    "stage": "learning",
    "percent": 10,
}
DONE = {**RUNNING, "running": False, "percent": 100, "word": IMPROVED}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for the progress without a pause."""
    monkeypatch.setattr(job, "_POLL_SECONDS", 0)


@pytest.fixture(autouse=True)
def _quick_server(server: SpeechServer) -> None:
    """Make the server detect the end of speech quickly."""
    server.ends_speech_after_ms = 400


@pytest.fixture
def control(control: ControlServer) -> ControlServer:
    """Return a server with one word that was made of text."""
    control.words = [WORD]
    control.jobs = [RUNNING, DONE]
    return control


@pytest.fixture
async def dialog(
    hass: HomeAssistant,
    connected: ControlServer,
    control_entry: MockConfigEntry,
    running_satellite: SatelliteSimulator,
) -> Dialog:
    """Return the dialog of a server whose satellite is connected."""
    return Dialog(hass, control_entry)


@pytest.fixture
def satellite(satellite: SatelliteSimulator) -> SatelliteSimulator:
    """Return a satellite that can be muted."""
    satellite.learn()
    return satellite
