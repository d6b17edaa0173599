"""Test the options of a speech server about what is risky."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import pytest
from homeassistant.data_entry_flow import FlowResultType, InvalidData

from custom_components.hearken.const import CONF_PIN

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

NEEDED = {
    "languages": ["en"],
    "end_of_speech": "hearken",
    "download_models": True,
    "short_answers": False,
}


async def submit(
    hass: HomeAssistant, entry: MockConfigEntry, **options: Any
) -> dict[str, Any]:
    """Submit the form with these options."""
    form = await hass.config_entries.options.async_init(entry.entry_id)
    return dict(
        await hass.config_entries.options.async_configure(
            form["flow_id"], {**NEEDED, **options}
        )
    )


@pytest.mark.parametrize("pin", ["123", "12345678901", "12a4", "\uff11234", "12 34"])
async def test_pins_that_nobody_can_say(
    hass: HomeAssistant,
    running_server: SpeechServer,
    server_entry: MockConfigEntry,
    pin: str,
) -> None:
    """Only digits are a PIN, and not too few or too many."""
    form = await submit(hass, server_entry, pin=pin)
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {CONF_PIN: "invalid_pin"}


async def test_options_are_kept_and_can_go(
    hass: HomeAssistant, running_server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """What is left empty is gone."""
    chosen = {
        "pin": "0042",
        "ask_first_labels": ["heikel"],
        "never_by_voice_labels": ["nie"],
        "never_by_voice": ["locks", "alarms"],
    }
    done = await submit(hass, server_entry, **chosen)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert server_entry.options == {**NEEDED, **chosen}
    await hass.async_block_till_done()
    await submit(hass, server_entry)
    assert server_entry.options == NEEDED


DEEP: list[Any] = []
for _ in range(500):
    DEEP = [DEEP]
WRONG: Final[tuple[Any, ...]] = (
    *(math.nan, math.inf, 10**400, -1, {"a": {}}, DEEP, [5], ["x" * 100_000, None]),
)


async def test_options_of_other_types(
    hass: HomeAssistant, running_server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """What is none of the choices is refused as a whole.

    Home Assistant takes anything for yes or no.
    """
    before = dict(server_entry.options)
    for option in (
        *("languages", "end_of_speech", "fallback_agent", "pin"),
        *("ask_first_labels", "never_by_voice_labels", "never_by_voice"),
    ):
        for value in WRONG:
            with pytest.raises(InvalidData):
                await submit(hass, server_entry, **{option: value})
    assert dict(server_entry.options) == before


async def test_waits_that_are_none(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """The longest wait of a satellite is a number within limits."""
    for value in (*WRONG, 0, "x", None, [], {}):
        form = await hass.config_entries.options.async_init(satellite_entry.entry_id)
        with pytest.raises(InvalidData):
            await hass.config_entries.options.async_configure(
                form["flow_id"], {"floor_wait": value}
            )
