"""Replacement of a speech server by another one, with everything that belongs to it."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN


@callback
def async_move_registries(hass: HomeAssistant, entry: ConfigEntry, new_id: str) -> None:
    """Give the device and the entities of an entry to another server.

    Entity IDs, names, areas, labels and history stay, and so do the automations and
    assistants that use them.
    """
    old_id = entry.unique_id or ""
    devices = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(devices, entry.entry_id):
        if (DOMAIN, old_id) in device.identifiers:
            devices.async_update_device(device.id, new_identifiers={(DOMAIN, new_id)})
    entities = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(entities, entry.entry_id):
        rest = entity.unique_id.removeprefix(old_id)
        if rest != entity.unique_id:
            entities.async_update_entity(
                entity.entity_id, new_unique_id=f"{new_id}{rest}"
            )
