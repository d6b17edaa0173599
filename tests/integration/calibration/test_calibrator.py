"""Test thresholds that follow what happens in the house."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.exceptions import HomeAssistantError
from wyoming.pipeline import PipelineStage

from custom_components.hearken.exchanges.exchange import Kind, TurnKind, TurnRecord
from hearken_speech.protocol import TurnPhase
from tests.integration.calibration.happenings import BEGIN, WORD, Happenings, settle
from tests.integration.conftest import state_of, troubles
from tests.integration.satellite.test_settings import act
from tests.integration.test_repairs import click, issue
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, ServiceCall
    from pytest_homeassistant_custom_component.common import MockConfigEntry
    from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

    from tests.simulators.control_server import ControlServer
    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

THRESHOLD = "number.kitchen_wake_word_threshold"
UNDO = "button.kitchen_undo_threshold_change"
REPORT = "button.kitchen_report_false_wake_up"
SUGGESTED = "threshold_suggested"

changes = pytest.mark.parametrize("mode", ["on"])


async def press(hass: HomeAssistant, entity_id: str) -> None:
    """Press a button."""
    await act(hass, "button.press", entity_id)
    await settle(hass)


def thresholds(entry: MockConfigEntry) -> Any:
    """Return the thresholds that are stored."""
    return entry.options.get("thresholds", {})


@changes
async def test_near_misses_lower_the_threshold(
    hass: HomeAssistant, house: Happenings, satellite_entry: MockConfigEntry
) -> None:
    """One step after five, with a reason; one click restores what was there."""
    await house.repeated(4)
    assert state_of(hass, THRESHOLD) == "0.5"
    assert state_of(hass, UNDO) == STATE_UNAVAILABLE
    await house.repeated(1)
    state = hass.states.get(THRESHOLD)
    assert state is not None
    assert state.state == "0.45"
    assert state.attributes["reason"] == (
        "Lowered from 0.50 to 0.45, because 5 near misses were each followed by the "
        "wake word within ten seconds and a command"
    )
    assert thresholds(satellite_entry) == {WORD: 0.45}
    await press(hass, UNDO)
    assert state_of(hass, THRESHOLD) == "0.5"
    assert thresholds(satellite_entry) == {}
    assert state_of(hass, UNDO) == STATE_UNAVAILABLE
    # It does not come back.
    await house.repeated(9)
    assert state_of(hass, THRESHOLD) == "0.5"


@changes
async def test_commands_that_are_spoken(
    hass: HomeAssistant,
    house: Happenings,
    server: SpeechServer,
    satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
) -> None:
    """The fifth near miss is followed by a real exchange."""
    await house.repeated(4)
    house.record(BEGIN + 990.0, 0.47, is_detected=False)
    house.record(BEGIN + 993.0, 0.9)
    server.ends_speech_after_ms = server.wakes_after_ms = 200
    await satellite.ask_for_run(PipelineStage.WAKE)
    await satellite.open_microphone()
    await satellite.wait_for("detection")
    server.wakes_after_ms = None
    await satellite.wait_turn(TurnPhase.IDLE)
    await until(lambda: state_of(hass, THRESHOLD) == "0.45")
    assert light_calls


@changes
@pytest.mark.parametrize(
    ("kind", "turn"),
    [
        (Kind.FALSE_WAKE, None),
        (Kind.COMMAND_DONE, TurnRecord(kind=TurnKind.OTHER, is_cancelled=True)),
    ],
)
async def test_false_wakes_raise_the_threshold(
    hass: HomeAssistant, house: Happenings, kind: Kind, turn: TurnRecord | None
) -> None:
    """Nobody spoke, or somebody said that it was nothing."""
    await house.woken(kind, 2, turn=turn)
    assert state_of(hass, THRESHOLD) == "0.5"
    await house.woken(kind, 1, turn=turn)
    assert state_of(hass, THRESHOLD) == "0.55"
    await press(hass, UNDO)
    assert state_of(hass, THRESHOLD) == "0.5"


@changes
async def test_reported_wakes_raise_the_threshold(
    hass: HomeAssistant, house: Happenings
) -> None:
    """What the owner reports is no command, whatever was thought; once each."""
    with pytest.raises(HomeAssistantError) as caught:
        await press(hass, REPORT)
    assert caught.value.translation_key == "no_wake_to_report"
    await house.woken(Kind.COMMAND_DONE, 1)
    # What is reported is the last wake, also if it ended in any other way.
    await house.woken(Kind.NOT_UNDERSTOOD, 1)
    await press(hass, REPORT)
    await press(hass, REPORT)
    assert state_of(hass, THRESHOLD) == "0.5"
    await house.woken(Kind.NOTHING_HEARD, 1)
    await press(hass, REPORT)
    assert state_of(hass, THRESHOLD) == "0.55"


async def test_suggestion_is_accepted(
    hass: HomeAssistant,
    house: Happenings,
    satellite_entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """By default, a repair says what and why; a click makes the change."""
    await house.repeated()
    assert state_of(hass, THRESHOLD) == "0.5"
    told = issue(hass, SUGGESTED).translation_placeholders
    assert told is not None
    assert (told["before"], told["after"]) == ("0.50", "0.45")
    assert told["wake_word"] == "hey jarvis"
    assert told["reason"].startswith("Lowered from 0.50 to 0.45, because 5 near misses")
    assert (await click(hass, hass_client, SUGGESTED))["type"] == "create_entry"
    assert thresholds(satellite_entry) == {WORD: 0.45}
    assert SUGGESTED not in troubles(hass)
    await press(hass, UNDO)
    assert thresholds(satellite_entry) == {}


async def test_suggestion_that_is_no_longer_right_goes(
    hass: HomeAssistant, house: Happenings
) -> None:
    """False wakes since then speak against it."""
    await house.repeated()
    assert SUGGESTED in troubles(hass)
    await house.woken(count=2)
    assert SUGGESTED not in troubles(hass)


@changes
async def test_threshold_of_the_owner_is_only_suggested(
    hass: HomeAssistant,
    house: Happenings,
    satellite_entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """What somebody has chosen does not change by itself, and comes back exactly."""
    await act(hass, "number.set_value", THRESHOLD, value=0.62)
    house.threshold = 0.62
    await house.repeated()
    assert state_of(hass, THRESHOLD) == "0.62"
    await click(hass, hass_client, SUGGESTED)
    assert state_of(hass, THRESHOLD) == "0.57"
    await press(hass, UNDO)
    assert thresholds(satellite_entry) == {WORD: 0.62}


@changes
async def test_choice_of_the_owner_begins_anew(
    hass: HomeAssistant, house: Happenings, satellite_entry: MockConfigEntry
) -> None:
    """There is nothing to undo then, and what was learned is forgotten."""
    await house.repeated()
    assert state_of(hass, THRESHOLD) == "0.45"
    await act(hass, "number.set_value", THRESHOLD, value=0.7)
    await settle(hass)
    assert state_of(hass, UNDO) == STATE_UNAVAILABLE
    house.threshold = 0.7
    await house.repeated(4)
    assert SUGGESTED not in troubles(hass)
    assert thresholds(satellite_entry) == {WORD: 0.7}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"lowest_threshold": 0.475}, "0.475"),
        ({"lowest_threshold": 0.5}, "0.5"),
        # The owner has chosen a threshold beyond the limits.
        ({"highest_threshold": 0.49}, "0.5"),
        ({"lowest_threshold": 0.51}, "0.5"),
    ],
)
async def test_limits_hold(
    hass: HomeAssistant,
    house: Happenings,
    satellite_entry: MockConfigEntry,
    options: dict[str, float],
    expected: str,
) -> None:
    """No threshold goes below the lowest one."""
    options_on: dict[str, Any] = {"calibration": "on", **options}
    hass.config_entries.async_update_entry(satellite_entry, options=options_on)
    await house.repeated(below=0.02)
    assert state_of(hass, THRESHOLD) == expected
    assert SUGGESTED not in troubles(hass)


@pytest.mark.parametrize("mode", ["off"])
async def test_off_does_nothing(
    hass: HomeAssistant, house: Happenings, control: ControlServer
) -> None:
    """The server is not even asked."""
    await house.repeated(9)
    assert control.records_read == 0
    assert state_of(hass, THRESHOLD) == "0.5"
    assert state_of(hass, REPORT) == STATE_UNAVAILABLE
    assert SUGGESTED not in troubles(hass)


async def test_options_are_chosen(
    hass: HomeAssistant, house: Happenings, satellite_entry: MockConfigEntry
) -> None:
    """Limits the wrong way round are refused; turning it off withdraws suggestions."""
    await house.repeated()
    assert SUGGESTED in troubles(hass)
    form = await hass.config_entries.options.async_init(satellite_entry.entry_id)
    wrong = {
        "floor_wait": 30,
        "calibration": "off",
        "lowest_threshold": 0.6,
        "highest_threshold": 0.6,
    }
    form = await hass.config_entries.options.async_configure(form["flow_id"], wrong)
    assert form["errors"] == {"highest_threshold": "limits_swapped"}
    right = {**wrong, "highest_threshold": 0.7}
    await hass.config_entries.options.async_configure(form["flow_id"], right)
    await hass.async_block_till_done()
    assert satellite_entry.options == right
    assert SUGGESTED not in troubles(hass)
