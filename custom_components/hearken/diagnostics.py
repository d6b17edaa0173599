"""Diagnostics of servers and satellites."""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant

from .const import CONF_KEY, CONF_TOKEN
from .data import HearkenConfigEntry, ServerData
from .server.link import ServerLink

_SECRETS = {CONF_HOST, CONF_KEY, CONF_TOKEN}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: HearkenConfigEntry
) -> dict[str, Any]:
    """Return the state of a speech server or a satellite."""
    data = entry.runtime_data
    if isinstance(data, ServerData):
        peer = data.coordinator.data
        state: dict[str, Any] = {
            "available": data.coordinator.last_update_success,
            "live": _live(data.link),
        }
    else:
        peer = data.link.peer
        state = {
            "available": data.link.is_connected,
            "connections": data.link.connection_count,
            "settings": data.control.settings.to_dict(),
            "wake_words": {
                "on_device": data.wake_words.is_on_device,
                "slots": list(data.wake_words.slots),
                "active": data.wake_words.active(),
                "available": [word.id for word in data.wake_words.available()],
            },
            "options": dict(entry.options),
        }
    return {
        "entry": async_redact_data(dict(entry.data), _SECRETS),
        "welcome": peer.welcome.event().data,
        "info": peer.info.event().data,
        **state,
    }


def _live(link: ServerLink | None) -> dict[str, Any] | None:
    """Return the state of the live connection, None if there is none."""
    if link is None:
        return None
    return {
        "connections": link.live.connection_count,
        "status": link.status.details if link.status else None,
        "models": [asdict(model) for model in link.models],
    }
