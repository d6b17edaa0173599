"""System health: numbers of peers, and a line for each speech server."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .data import HearkenConfigEntry, ServerData
from .protocol import StatusKey


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register the system health callback."""
    register.async_register_info(_async_info)


async def _async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return the numbers of servers and satellites, and the state of each server."""
    entries: list[HearkenConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    servers = [
        entry.runtime_data
        for entry in entries
        if isinstance(entry.runtime_data, ServerData)
    ]
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
    # People publish this: a server has no name of the house here.
    return info | {
        f"server {number}": _health(data) for number, data in enumerate(servers, 1)
    }


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
    if refused := _refused(status.details):
        parts.append(f"{refused} connections refused")
    reached = data.coordinator.address.reached
    if reached.slowed_down or reached.cut_off:
        parts.append(f"limits reached {reached.slowed_down + reached.cut_off} times")
    return ", ".join(parts)


def _refused(details: Mapping[str, Any]) -> int:
    """Return how many connections the server refused."""
    ports = details.get(StatusKey.CONNECTIONS)
    counts = ports.values() if isinstance(ports, dict) else ()
    refused = [port.get("refused") for port in counts if isinstance(port, dict)]
    return sum(count for count in refused if isinstance(count, int))
