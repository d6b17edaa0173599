"""Test what is kept of a satellite's wake words, and what is missing at times."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.exceptions import HomeAssistantError
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.hearken.calibration.storage import MAX_WORDS, Histories
from custom_components.hearken.calibration.threshold import WordHistory
from custom_components.hearken.exchanges.exchange import Kind
from tests.integration.calibration.happenings import WORD, Happenings, settle
from tests.integration.calibration.test_calibrator import (
    REPORT,
    SUGGESTED,
    THRESHOLD,
    UNDO,
    changes,
    press,
    thresholds,
)
from tests.integration.conftest import state_of, troubles
from tests.simulators.peer import HOST
from tests.simulators.satellite import SatelliteSimulator

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.simulators.control_server import ControlServer


def key_of(entry: MockConfigEntry) -> str:
    """Return the key of what is stored about a satellite."""
    return f"hearken.thresholds.{entry.entry_id}"


async def restart(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Load the satellite anew."""
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()


@changes
async def test_it_survives_a_restart(
    hass: HomeAssistant, house: Happenings, satellite_entry: MockConfigEntry
) -> None:
    """What was seen before counts, and what was done can be undone."""
    await house.repeated(3)
    await restart(hass, satellite_entry)
    await house.repeated(2)
    assert state_of(hass, THRESHOLD) == "0.45"
    await restart(hass, satellite_entry)
    assert state_of(hass, THRESHOLD) == "0.45"
    await press(hass, UNDO)
    assert thresholds(satellite_entry) == {}
    await restart(hass, satellite_entry)
    await house.repeated(9)
    assert state_of(hass, THRESHOLD) == "0.5"


async def test_suggestion_survives_a_restart(
    hass: HomeAssistant, house: Happenings, satellite_entry: MockConfigEntry
) -> None:
    """It is made again of what is stored."""
    await house.repeated()
    await restart(hass, satellite_entry)
    assert SUGGESTED in troubles(hass)


@changes
async def test_threshold_that_is_changed_meanwhile_is_the_owners(
    hass: HomeAssistant,
    house: Happenings,
    satellite_entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """A backup of the options was restored, but not of what was learned."""
    await house.repeated()
    await hass.config_entries.async_unload(satellite_entry.entry_id)
    options = {**satellite_entry.options, "thresholds": {WORD: 0.7}}
    hass.config_entries.async_update_entry(satellite_entry, options=options)
    assert await hass.config_entries.async_setup(satellite_entry.entry_id)
    await settle(hass)
    assert hass_storage[key_of(satellite_entry)]["data"] == {}
    assert state_of(hass, THRESHOLD) == "0.7"


HISTORY: dict[str, Any] = WordHistory(threshold=0.5).as_dict()
DAMAGED: list[dict[str, Any]] = [
    {"version": 9, "data": {}},
    *(
        {"version": 1, "data": data}
        for data in (
            [7],
            {WORD: None},
            {WORD: {**HISTORY, "turns": -1}},
            {WORD: {**HISTORY, "turns": math.inf}},
            {WORD: {**HISTORY, "threshold": "?"}},
            {WORD: {**HISTORY, "threshold": math.nan}},
            {WORD: {**HISTORY, "threshold": 10**400}},
            {WORD: {**HISTORY, "evidence": {"a": 1}}},
            {WORD: {**HISTORY, "evidence": [{"kind": "x", "at": 1, "peak": 1}]}},
            {WORD: {**HISTORY, "last": {"direction": "lowered", "before": 7}}},
        )
    ),
]


@changes
@pytest.mark.parametrize("content", DAMAGED)
async def test_damaged_store(
    hass: HomeAssistant,
    house: Happenings,
    satellite_entry: MockConfigEntry,
    hass_storage: dict[str, Any],
    content: dict[str, Any],
) -> None:
    """It is left out, and what happens from now on counts."""
    await hass.config_entries.async_unload(satellite_entry.entry_id)
    key = key_of(satellite_entry)
    hass_storage[key] = {"minor_version": 1, "key": key, **content}
    assert await hass.config_entries.async_setup(satellite_entry.entry_id)
    await hass.async_block_till_done()
    assert satellite_entry.state is ConfigEntryState.LOADED
    await house.repeated()
    assert state_of(hass, THRESHOLD) == "0.45"
    assert hass_storage[key]["data"][WORD]["threshold"] == 0.45


async def test_removed_satellite_leaves_nothing(
    hass: HomeAssistant,
    house: Happenings,
    satellite_entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """Neither what was stored nor a suggestion."""
    await house.repeated()
    assert key_of(satellite_entry) in hass_storage
    assert await hass.config_entries.async_remove(satellite_entry.entry_id)
    await hass.async_block_till_done()
    assert key_of(satellite_entry) not in hass_storage
    assert SUGGESTED not in troubles(hass)


def test_words_are_bounded(
    hass: HomeAssistant, satellite_entry: MockConfigEntry
) -> None:
    """The oldest give way."""
    histories = Histories(hass, satellite_entry)
    for number in range(MAX_WORDS + 5):
        histories.put(str(number), WordHistory(threshold=0.5))
    assert histories.words() == [str(number) for number in range(5, MAX_WORDS + 5)]


@changes
async def test_server_that_is_away(
    hass: HomeAssistant, house: Happenings, control: ControlServer
) -> None:
    """Nothing changes without evidence, and a report says so."""
    records, control.records = control.records, "nonsense"
    await house.end(Kind.FALSE_WAKE)
    with pytest.raises(HomeAssistantError) as caught:
        await press(hass, REPORT)
    assert caught.value.translation_key == "no_server"
    control.records = records
    await house.repeated(4)
    await control.stop()
    await house.end(Kind.FALSE_WAKE)
    with pytest.raises(HomeAssistantError) as caught:
        await press(hass, REPORT)
    assert caught.value.translation_key == "no_server"
    assert state_of(hass, THRESHOLD) == "0.5"


@changes
async def test_satellites_of_one_name_are_left_alone(
    hass: HomeAssistant, house: Happenings, satellite: SatelliteSimulator
) -> None:
    """The server cannot tell them apart."""
    async with SatelliteSimulator() as other:
        other.become("satellite-2", satellite.welcome.name)
        entry = MockConfigEntry(
            domain="hearken",
            title="Bedroom",
            unique_id="satellite-2",
            data={
                "kind": "satellite",
                "host": HOST,
                "port": other.port,
                "key": other.key,
            },
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        await house.repeated(9)
        assert state_of(hass, THRESHOLD) == "0.5"
        assert await hass.config_entries.async_unload(entry.entry_id)
    await house.repeated()
    assert state_of(hass, THRESHOLD) == "0.45"


@changes
async def test_satellite_that_hears_for_itself(
    hass: HomeAssistant,
    satellite: SatelliteSimulator,
    house: Happenings,
    control: ControlServer,
    satellite_entry: MockConfigEntry,
) -> None:
    """Nobody knows its near misses."""
    await hass.config_entries.async_unload(satellite_entry.entry_id)
    satellite.learn(words=True)
    assert await hass.config_entries.async_setup(satellite_entry.entry_id)
    await hass.async_block_till_done()
    await house.repeated(9)
    assert control.records_read == 0
