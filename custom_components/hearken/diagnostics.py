"""Diagnostics of servers and satellites."""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .const import CONF_KEY, CONF_PIN, CONF_TOKEN, DOMAIN
from .data import HearkenConfigEntry, ServerData
from .pipelines.parts import OURS
from .server.link import ServerLink

_SECRETS = {CONF_HOST, CONF_KEY, CONF_PIN, CONF_TOKEN, *OURS}
"""Addresses and keys; the names of entities may be names of the house."""
_NAMES = {"name", "taken_by"}
_PLACE = {"area", "name"}


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
            "limits_reached": asdict(data.coordinator.address.reached),
        }
    else:
        peer = data.link.peer
        state = {
            "available": data.link.is_connected,
            "connections": data.link.connection_count,
            "limits_reached": asdict(data.link.address.reached),
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
        "welcome": async_redact_data(peer.welcome.event().data, _NAMES),
        "info": _info(peer.info.event().data),
        "issues": _issues(hass, entry),
        **state,
    }


def _info(info: dict[str, Any]) -> dict[str, Any]:
    """Return what a peer can do, without where a satellite is."""
    satellite = info.get("satellite")
    if not isinstance(satellite, dict):
        return info
    return {**info, "satellite": async_redact_data(satellite, _PLACE)}


def _issues(hass: HomeAssistant, entry: HearkenConfigEntry) -> list[str]:
    """Return the kinds of the repairs of an entry, without what they say."""
    return sorted(
        str(issue.translation_key)
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN
        and issue.active
        and (issue.data or {}).get("entry_id") in (None, entry.entry_id)
    )


def _live(link: ServerLink | None) -> dict[str, Any] | None:
    """Return the state of the live connection, None if there is none."""
    if link is None:
        return None
    return {
        "connections": link.live.connection_count,
        "status": async_redact_data(dict(link.status.details), _NAMES)
        if link.status
        else None,
        "models": [asdict(model) for model in link.models],
    }
