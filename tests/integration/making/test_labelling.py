"""Test the steps in which the owner says what woke the house."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING

import numpy as np
from homeassistant.data_entry_flow import FlowResultType

from tests.integration.satellite.users import sounds
from tests.integration.talking import SATELLITE
from tests.integration.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.integration.making.dialog import Dialog
    from tests.simulators.control_server import ControlServer
    from tests.simulators.satellite import SatelliteSimulator

LEVEL = 4096
CLIPS = (
    "20261129T060003Z-3-heard-okay_computer-Kitchen",
    "20261129T060002Z-2-near-okay_computer-Kitchen",
)
OTHERS = (
    "20261129T060001Z-1-near-hey_jarvis-Kitchen",
    "20261129T060000Z-0-near-hey_jarvis-okay_computer-2",
)
LABELS = "wake/words/okay_computer/clips"


def clip() -> bytes:
    """Return a short WAV file."""
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(np.full(4_000, LEVEL, np.int16).tobytes())
    return data.getvalue()


async def test_clips_are_played_and_labelled(
    connected: ControlServer,
    running_satellite: SatelliteSimulator,
    dialog: Dialog,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those of the word are played, one can be heard again, and then it learns."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    connected.clips = dict.fromkeys((*CLIPS, *OTHERS), clip())
    await dialog.open()
    step = await dialog.choose("listen")
    assert step["step_id"] == "listen"
    step = await dialog.submit(satellite="assist_satellite.nowhere")
    assert step["errors"] == {"satellite": "satellite_away"}
    step = await dialog.submit(satellite=SATELLITE)
    assert step["step_id"] == "label"
    assert step["description_placeholders"]["clip"] == CLIPS[0]
    assert step["description_placeholders"]["left"] == "2"
    await until(lambda: sounds(running_satellite) == 1)
    assert np.frombuffer(running_satellite.heard, np.int16).max() == LEVEL

    step = await dialog.submit(label="again")
    assert step["description_placeholders"]["left"] == "2"
    await until(lambda: sounds(running_satellite) == 2)
    step = await dialog.submit(label="other")
    assert step["description_placeholders"]["clip"] == CLIPS[1]
    await until(lambda: sounds(running_satellite) == 3)
    step = await dialog.submit(label="word")
    assert step["type"] is FlowResultType.SHOW_PROGRESS
    step = await dialog.wait_for(FlowResultType.MENU)
    assert step["step_id"] == "gain"
    assert connected.asked == [
        (LABELS, {"clip": CLIPS[0], "is_word": False}),
        (LABELS, {"clip": CLIPS[1], "is_word": True}),
        ("wake/words/okay_computer/improve", None),
    ]
    await until(lambda: not list(tmp_path.glob("*.wav")))


async def test_clips_that_say_nothing(
    connected: ControlServer, running_satellite: SatelliteSimulator, dialog: Dialog
) -> None:
    """What nobody knows is left alone; a refused clip is told."""
    connected.clips = dict.fromkeys(CLIPS, clip())
    connected.refuses_models = True
    await dialog.open()
    await dialog.choose("listen")
    await dialog.submit(satellite=SATELLITE)
    step = await dialog.submit(label="word")
    assert step["errors"] == {"label": "clip_refused"}
    await until(lambda: sounds(running_satellite) > 0)
    step = await dialog.submit(label="skip")
    assert step["reason"] == "nothing_labelled"


async def test_no_clips(connected: ControlServer, dialog: Dialog) -> None:
    """The dialog says what to turn on, or that the server does not answer."""
    connected.clips = dict.fromkeys(OTHERS, clip())
    await dialog.open()
    step = await dialog.choose("listen")
    assert step["reason"] == "no_clips"
    await dialog.open()
    await connected.stop()
    step = await dialog.choose("listen")
    assert step["reason"] in {"not_changed", "no_control"}
