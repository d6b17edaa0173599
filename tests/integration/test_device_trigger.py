"""Test device triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.components.device_automation import DeviceAutomationType
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_get_device_automations,
)

from custom_components.hearken import device_trigger
from custom_components.hearken.exchanges.exchange import (
    SATELLITE_KINDS,
    SERVER_KINDS,
    Kind,
)
from tests.contract.files import translation
from tests.integration.talking import SATELLITE, automate
from tests.integration.test_trigger import happen

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


def device_of(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """Return the device of an entry."""
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return device.id


async def test_devices_offer_what_can_happen_to_them(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    server_entry: MockConfigEntry,
    satellite_entry: MockConfigEntry,
) -> None:
    """Satellites and servers offer triggers of their own, with texts."""
    assert await async_setup_component(hass, "automation", {})
    texts = translation("en")["device_automation"]["trigger_type"]
    for entry, kinds in (
        (satellite_entry, SATELLITE_KINDS),
        (server_entry, SERVER_KINDS),
    ):
        offered = await async_get_device_automations(
            hass, DeviceAutomationType.TRIGGER, device_of(hass, entry)
        )
        types = {one["type"] for one in offered if one["domain"] == "hearken"}
        assert types == {kind.value for kind in kinds}
        assert types <= set(texts)
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=other.entry_id, identifiers={("other", "1")}
    )
    assert await device_trigger.async_get_triggers(hass, device.id) == []


async def test_device_trigger_starts_an_automation(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """A trigger fires only for its device and its type."""
    config = {
        "trigger": "device",
        "domain": "hearken",
        "device_id": device_of(hass, satellite_entry),
        "type": "not_understood",
    }
    runs = await automate(hass, config)
    await happen(hass, Kind.COMMAND_DONE, text="x")
    assert not runs
    await happen(hass, Kind.NOT_UNDERSTOOD, text="open “sesame” 🙂")
    assert runs == [
        {"type": "not_understood", "text": "open “sesame” 🙂", "entity_id": SATELLITE}
    ]


async def test_unknown_type_and_device_are_refused(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """An invalid device trigger is not set up."""
    for number, more in enumerate(
        ({"type": "nonsense"}, {"type": "false_wake", "device_id": "gone"})
    ):
        config = {
            "trigger": "device",
            "domain": "hearken",
            "device_id": device_of(hass, satellite_entry),
            **more,
        }
        name = f"wrong {number}"
        await async_setup_component(
            hass,
            "automation",
            {
                "automation": {
                    "alias": name,
                    "triggers": config,
                    "actions": {"event": "x"},
                }
            },
        )
        await hass.async_block_till_done()
        state = hass.states.get(f"automation.wrong_{number}")
        assert state is None or state.state == "unavailable"
