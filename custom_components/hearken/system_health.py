"""System health: numbers of peers, and a line for each speech server."""

from typing import Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .data import HearkenConfigEntry, ServerData


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register the system health callback."""
    register.async_register_info(_async_info)


async def _async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return the numbers of servers and satellites, and the state of each server."""
    entries: list[HearkenConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    servers = {
        entry.title: entry.runtime_data
        for entry in entries
        if isinstance(entry.runtime_data, ServerData)
    }
    absent = [
        entry
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.state is not ConfigEntryState.LOADED
    ]
    info: dict[str, Any] = {
        "servers": len(servers),
        "satellites": len(entries) - len(servers),
        "not_loaded": len(absent),
    }
    return info | {name: _health(data) for name, data in servers.items()}


def _health(data: ServerData) -> str:
    """Return the state of a server in one line."""
    if not data.coordinator.last_update_success:
        return "not connected"
    version = data.coordinator.data.welcome.version
    status = data.link.status if data.link else None
    if status is None:
        return f"{version}, no live connection"
    parts = [version, status.state.value, status.model or "no model"]
    if status.set_aside:
        parts.append(f"{len(status.set_aside)} damaged files")
    reached = data.coordinator.address.reached
    if reached.slowed_down or reached.cut_off:
        parts.append(f"limits reached {reached.slowed_down + reached.cut_off} times")
    return ", ".join(parts)
