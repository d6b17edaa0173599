"""Add simulated devices, which are nothing but states, to Home Assistant.

The benchmark copies this module into Home Assistant's configuration folder.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from homeassistant.components.homeassistant import exposed_entities
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import entity_registry as er

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

DOMAIN = "bench_house"


async def async_setup(hass: HomeAssistant, config: dict[str, Any]) -> bool:
    """Add the devices of ``devices.json``."""
    path = Path(__file__).with_name("devices.json")
    devices = json.loads(await hass.async_add_executor_job(path.read_text, "utf-8"))
    for device in devices:
        _add(hass, device)
    return True


def _add(hass: HomeAssistant, device: dict[str, Any]) -> None:
    """Add one device, exposed to Assist, in its room."""
    domain, _, name = device["entity"].partition(".")
    registry = er.async_get(hass)
    area = ar.async_get(hass).async_get_or_create(device["area"])
    entry = registry.async_get_or_create(
        domain, DOMAIN, name, suggested_object_id=name, original_name=device["name"]
    )
    registry.async_update_entity(
        entry.entity_id, area_id=area.id, aliases=[er.COMPUTED_NAME]
    )
    exposed_entities.async_expose_entity(
        hass, "conversation", entry.entity_id, should_expose=True
    )
    attributes = {"friendly_name": device["name"], **device["attributes"]}
    hass.states.async_set(entry.entity_id, device["state"], attributes)
