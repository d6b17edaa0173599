"""Sources of events: satellites and servers, and where they are."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)
from homeassistant.helpers.typing import ConfigType

from .exchange import Source


@callback
def source_of_satellite(
    hass: HomeAssistant, satellite_id: str, entity_id: str
) -> Source:
    """Return a satellite with its current name, device and area."""
    entity = er.async_get(hass).async_get(entity_id)
    device = None
    if entity is not None and entity.device_id is not None:
        device = dr.async_get(hass).async_get(entity.device_id)
    area_id = entity.area_id if entity else None
    if area_id is None and device is not None:
        area_id = device.area_id
    return Source(
        id=satellite_id,
        name=(device.name_by_user or device.name if device else None) or entity_id,
        device_id=device.id if device else None,
        entity_id=entity_id,
        area_id=area_id,
    )


@callback
def source_of_server(hass: HomeAssistant, entry: ConfigEntry, server_id: str) -> Source:
    """Return a server with its current name, device and area."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    device = devices[0] if devices else None
    return Source(
        id=server_id,
        name=(device.name_by_user or device.name if device else None) or entry.title,
        device_id=device.id if device else None,
        area_id=device.area_id if device else None,
    )


@callback
def is_targeted(hass: HomeAssistant, target: ConfigType | None, source: Source) -> bool:
    """Return whether a target, as resolved now, includes a satellite or server."""
    if target is None:
        return True
    selected = async_extract_referenced_entity_ids(hass, TargetSelection(target))
    if source.entity_id is not None:
        entities = selected.referenced | selected.indirectly_referenced
        if source.entity_id in entities:
            return True
        return source.device_id in TargetSelection(target).device_ids
    return source.device_id in selected.referenced_devices or _is_part(
        hass, selected.referenced, source.device_id
    )


def _is_part(hass: HomeAssistant, entity_ids: set[str], device_id: str | None) -> bool:
    """Return whether one of the entities belongs to the device."""
    registry = er.async_get(hass)
    entities = (registry.async_get(entity_id) for entity_id in entity_ids)
    return device_id is not None and any(
        entity is not None and entity.device_id == device_id for entity in entities
    )
