"""Test the options of a speech server about what is risky."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.data_entry_flow import FlowResultType

from custom_components.hearken.const import CONF_PIN

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

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
