"""Test the dialog that improves a wake word with the owner's voice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homeassistant.data_entry_flow import FlowResultType

from custom_components.hearken.making.recording import MAX_FAILURES
from hearken_speech.protocol import SatelliteSettings
from tests.integration.conftest import state_of
from tests.integration.making.conftest import DONE, IMPROVED, RUNNING, WORD
from tests.integration.making.dialog import Dialog, record, speak
from tests.integration.satellite.users import sounds, spoken
from tests.integration.talking import SATELLITE
from tests.integration.talking import speak as say_command
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, ServiceCall

    from tests.simulators.control_server import ControlServer
    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


def sent(server: ControlServer) -> list[str]:
    """Return the requests about the word, without their common part."""
    return [path.removeprefix("wake/words/") for path, _ in server.asked]


async def test_recordings_are_made_learned_from_and_accepted(
    connected: ControlServer,
    server: SpeechServer,
    running_satellite: SatelliteSimulator,
    dialog: Dialog,
) -> None:
    """A bad recording is said and asked for again; the gain is shown, then used."""
    connected.problems = [None, "too_quiet"]
    step = await record(dialog)
    assert (step["type"], step["progress_action"]) == (
        FlowResultType.SHOW_PROGRESS,
        "say_first",
    )
    assert step["description_placeholders"]["number"] == "1"
    for shown, number in (("again", "2"), ("too_quiet", "2"), ("again", "3")):
        await speak(running_satellite)
        step = await dialog.wait_for(FlowResultType.SHOW_PROGRESS, f"say_{shown}")
        assert step["description_placeholders"]["number"] == number
        assert step["description_placeholders"]["count"] == "3"
    await speak(running_satellite)
    step = await dialog.wait_for(FlowResultType.MENU)
    assert step["step_id"] == "gain"
    assert step["menu_options"] == ["accept", "discard"]
    shown = step["description_placeholders"]
    assert (shown["before_missed"], shown["after_missed"]) == ("2", "0")
    assert shown["after_missed_scenes_percent"] == "2.5"
    assert [len(recorded) > 8_000 for recorded in connected.recordings] == [True] * 3
    assert spoken(server) == [
        "Please say your wake word after the tone.",
        "That was too quiet. Once more, please.",
    ]
    # The tone is the last sound before each recording, also after a text.
    tones = 4
    assert sounds(running_satellite) == tones + len(spoken(server))
    assert ("wake/words/okay_computer/accept", None) not in connected.asked
    step = await dialog.choose("accept")
    assert (step["type"], step["reason"]) == (
        FlowResultType.ABORT,
        "wake_word_improved",
    )
    assert [path.rpartition("/")[2] for path, _ in connected.asked] == [
        "improve",
        "accept",
    ]


@pytest.mark.parametrize(
    ("option", "reason"),
    [("accept", "wake_word_improved"), ("discard", "wake_word_unchanged")],
)
async def test_improvement_that_waits_is_decided_about(
    connected: ControlServer, dialog: Dialog, option: str, reason: str
) -> None:
    """It is shown at once when the dialog is opened again."""
    connected.words = [IMPROVED]
    step = await dialog.open()
    assert step["step_id"] == "gain"
    step = await dialog.choose(option)
    assert step["reason"] == reason
    assert sent(connected) == [f"okay_computer/{option}"]


@pytest.mark.parametrize(
    ("option", "request_sent", "reason"),
    [
        ("undo", "okay_computer/undo", "wake_word_undone"),
        ("forget", "okay_computer/recordings", "recordings_deleted"),
    ],
)
async def test_going_back_and_forgetting(
    connected: ControlServer,
    dialog: Dialog,
    option: str,
    request_sent: str,
    reason: str,
) -> None:
    """Both take one click, and are only offered if there is something to undo."""
    step = await dialog.open()
    assert step["menu_options"] == ["record", "listen"]
    dialog.close()
    kept = {"recordings": 3, "others": 1}
    connected.words = [{**WORD, "kept": kept, "can_undo": True}]
    step = await dialog.open()
    assert step["menu_options"] == ["record", "listen", "improve", "forget", "undo"]
    assert step["description_placeholders"]["kept"] == "4"
    step = await dialog.choose(option)
    assert step["reason"] == reason
    assert sent(connected) == [request_sent]


async def test_learning_from_what_is_kept(
    connected: ControlServer, dialog: Dialog
) -> None:
    """Recordings of another day are enough; a failure is told and changes nothing."""
    connected.words = [{**WORD, "kept": {"recordings": 3, "others": 0}}]
    failed = {**RUNNING, "running": False, "error": "it broke", "reason": "failed"}
    connected.jobs = [RUNNING, failed]
    await dialog.open()
    step = await dialog.choose("improve")
    assert step["type"] is FlowResultType.SHOW_PROGRESS
    step = await dialog.wait_for(FlowResultType.ABORT)
    assert step["reason"] == "not_improved"
    assert step["description_placeholders"]["reason"] == "it broke"

    connected.jobs = [RUNNING, {**DONE, "word": {**WORD, "candidate": {"before": 1}}}]
    await dialog.open()
    await dialog.choose("improve")
    step = await dialog.wait_for(FlowResultType.ABORT)
    assert step["reason"] == "not_improved"
    assert step["description_placeholders"]["reason"] == "the response is invalid"


async def test_bad_recordings_are_not_asked_for_for_ever(
    connected: ControlServer,
    running_satellite: SatelliteSimulator,
    dialog: Dialog,
) -> None:
    """After some in a row, something else is wrong."""
    connected.problems = ["other_word"] * MAX_FAILURES
    await record(dialog)
    for _ in range(MAX_FAILURES):
        await speak(running_satellite)
    step = await dialog.wait_for(FlowResultType.ABORT)
    assert step["reason"] == "recording_failed"
    assert not connected.recordings
    assert not connected.asked


async def test_silence_is_asked_for_again(
    connected: ControlServer,
    server: SpeechServer,
    running_satellite: SatelliteSimulator,
    dialog: Dialog,
) -> None:
    """What is too short to be a word is not even sent."""
    server.ends_speech_after_ms = 80
    await record(dialog)
    await speak(running_satellite)
    await dialog.wait_for(FlowResultType.SHOW_PROGRESS, "say_nothing_said")
    await running_satellite.wait_for(
        "hearken-turn", lambda event: event.data.get("listen_again") is True
    )
    dialog.close()
    assert not connected.recordings


async def test_full_server_is_told(
    connected: ControlServer,
    running_satellite: SatelliteSimulator,
    dialog: Dialog,
) -> None:
    """The reason is shown instead of asking for ever."""
    connected.refuses_models = True
    await record(dialog)
    await speak(running_satellite)
    step = await dialog.wait_for(FlowResultType.ABORT)
    assert step["reason"] == "not_recorded"
    assert (
        step["description_placeholders"]["reason"] == "the server rejected the request"
    )


async def test_satellite_that_cannot_record_is_told(
    connected: ControlServer,
    running_satellite: SatelliteSimulator,
    dialog: Dialog,
) -> None:
    """Nobody waits in front of a closed microphone, or of none."""
    step = await record(dialog, satellite="assist_satellite.nowhere")
    assert step["errors"] == {"satellite": "satellite_away"}
    await running_satellite.change(SatelliteSettings(muted=True))
    await dialog.submit(satellite=SATELLITE, recordings=3)
    step = await dialog.wait_for(FlowResultType.ABORT)
    assert step["reason"] == "not_recorded"
    assert "muted" in step["description_placeholders"]["reason"]


async def test_closing_the_dialog_closes_the_microphone(
    hass: HomeAssistant,
    connected: ControlServer,
    running_satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
    dialog: Dialog,
) -> None:
    """The next command is carried out, and not kept."""
    await record(dialog)
    await running_satellite.wait_for(
        "hearken-turn", lambda event: event.data.get("listen_again") is True
    )
    dialog.close()
    await until(lambda: state_of(hass, SATELLITE) == "idle")
    await say_command(running_satellite)
    assert len(light_calls) == 1
    assert not connected.recordings


async def test_closing_the_dialog_stops_learning(
    connected: ControlServer, dialog: Dialog
) -> None:
    """Nothing goes on that nobody waits for."""
    connected.words = [{**WORD, "kept": {"recordings": 3, "others": 0}}]
    connected.jobs = [RUNNING]
    await dialog.open()
    await dialog.choose("improve")
    await until(lambda: "okay_computer/improve" in sent(connected))
    dialog.close()
    await until(lambda: sent(connected)[-1] == "cancel")


async def test_server_without_words(connected: ControlServer, dialog: Dialog) -> None:
    """The dialog says that a word has to be made first."""
    connected.words = []
    step = await dialog.open()
    assert step["reason"] == "no_word_made"


async def test_refused_change_is_told(connected: ControlServer, dialog: Dialog) -> None:
    """The word is as it was."""
    connected.refuses_models = True
    connected.words = [IMPROVED]
    await dialog.open()
    step = await dialog.choose("accept")
    assert step["reason"] == "not_changed"
