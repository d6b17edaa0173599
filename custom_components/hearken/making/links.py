"""The live connection of a speech server's entry."""

from homeassistant.config_entries import ConfigEntry, ConfigEntryState

from ..data import ServerData
from ..server.link import ServerLink


def link_of(entry: ConfigEntry) -> ServerLink | None:
    """Return the live connection of a server, None without one."""
    if entry.state is not ConfigEntryState.LOADED:
        return None
    data = entry.runtime_data
    return data.link if isinstance(data, ServerData) else None
