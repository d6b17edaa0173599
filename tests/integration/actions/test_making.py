"""Test making wake words: the actions and the dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import SOURCE_USER
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError

from custom_components.hearken.making import job
from tests.integration.talking import call
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.control_server import ControlServer

EXPECTED = {
    "missed_percent": 1.5,
    "missed_noisy_percent": 4.0,
    "false_accepts": 0,
    "hours": 1.2,
    "most_false_accepts_a_day": 60.0,
}
RUNNING: dict[str, Any] = {
    "number": 1,
    "running": True,
    "stage": "speaking",
    "percent": 10,
}
DONE = {
    **RUNNING,
    "running": False,
    "percent": 100,
    "word": {
        "id": "okay_computer",
        "phrase": "okay computer",
        "expected": {**EXPECTED, "advice": None, "seconds": "many"},
    },
}
FAILED = {**RUNNING, "running": False, "error": "it broke", "reason": "failed"}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for the progress without a pause."""
    monkeypatch.setattr(job, "_POLL_SECONDS", 0)


async def test_action_makes_a_word(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """It waits, and returns what to expect; what is no figure is left out."""
    connected.jobs = [RUNNING, {**RUNNING, "percent": 60}, DONE]
    answer = await call(hass, "make_wake_word", text="okay computer")
    assert answer == {
        "id": "okay_computer",
        "phrase": "okay computer",
        "expected": EXPECTED,
    }
    assert connected.asked == [
        (
            "wake/words",
            {"text": "okay computer", "language": "en", "force": False},
        )
    ]


async def test_refused_text_is_told_why(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """The reason is in the language of the house."""
    connected.refusal = {"error": "people say this", "reason": "too_common"}
    with pytest.raises(HomeAssistantError) as e:
        await call(hass, "make_wake_word", text="turn on")
    assert e.value.translation_key == "wake_word_too_common"


async def test_failure_is_told(hass: HomeAssistant, connected: ControlServer) -> None:
    """A reason without a text of its own is quoted."""
    connected.jobs = [RUNNING, FAILED]
    with pytest.raises(HomeAssistantError) as e:
        await call(hass, "make_wake_word", text="okay computer")
    assert e.value.translation_placeholders == {
        "text": "okay computer",
        "reason": "it broke",
    }


async def test_words_are_renamed_and_deleted(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """Both go to the server."""
    await call(hass, "rename_wake_word", wake_word="okay_computer", name="Hal")
    await call(hass, "delete_wake_word", wake_word="okay_computer")
    assert [path for path, _ in connected.asked] == [
        "wake/words/okay_computer/rename",
        "wake/words/okay_computer",
    ]


async def test_dialog_shows_the_progress_and_what_to_expect(
    hass: HomeAssistant, connected: ControlServer, control_entry: MockConfigEntry
) -> None:
    """A refused text can be changed; the last step says how good the word is."""
    connected.refusal = {"error": "short", "reason": "too_short"}
    flows = hass.config_entries.subentries
    step = await flows.async_init(
        (control_entry.entry_id, "wake_word"), context={"source": SOURCE_USER}
    )
    form = {"text": "bob", "language": "en", "force": False}
    step = await flows.async_configure(step["flow_id"], form)
    assert step["type"] is FlowResultType.SHOW_PROGRESS
    await hass.async_block_till_done()
    step = await flows.async_configure(step["flow_id"])
    assert step["errors"] == {"text": "wake_word_too_short"}

    connected.refusal, connected.jobs = None, [RUNNING, DONE]
    form["text"] = "okay computer"
    step = await flows.async_configure(step["flow_id"], form)
    assert step["type"] is FlowResultType.SHOW_PROGRESS
    await hass.async_block_till_done()
    step = await flows.async_configure(step["flow_id"])
    assert (step["type"], step["reason"]) == (FlowResultType.ABORT, "wake_word_made")
    placeholders = step["description_placeholders"] or {}
    assert placeholders["phrase"] == "okay computer"


async def test_closing_the_dialog_stops_the_server(
    hass: HomeAssistant, connected: ControlServer, control_entry: MockConfigEntry
) -> None:
    """Nothing goes on that nobody waits for."""
    connected.jobs = [RUNNING]
    flows = hass.config_entries.subentries
    step = await flows.async_init(
        (control_entry.entry_id, "wake_word"), context={"source": SOURCE_USER}
    )
    form = {"text": "okay computer", "language": "en", "force": False}
    step = await flows.async_configure(step["flow_id"], form)
    await until(lambda: bool(connected.asked))
    flows.async_abort(step["flow_id"])
    await until(lambda: connected.asked[-1][0] == "wake/words/cancel")
