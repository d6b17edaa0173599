"""Devices that have the identity of another one."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import callback

from ..data import is_connected, welcome_of
from ..protocol import Welcome


def is_copied(entry: ConfigEntry, welcome: Welcome, data: Mapping[str, Any]) -> bool:
    """Return whether a connected device has the same id as another one.

    A device that is reached at two addresses is the same run of its program.
    """
    is_same_place = all(
        entry.data[key] == data.get(key, entry.data[key])
        for key in (CONF_HOST, CONF_PORT)
    )
    if is_same_place or not is_connected(entry):
        return False
    known = welcome_of(entry)
    return known.id == welcome.id and known.run != welcome.run


@callback
def connect_now(entry: ConfigEntry | None) -> None:
    """Connect at once to a configured device that was discovered again."""
    if entry is not None and entry.state is ConfigEntryState.LOADED:
        entry.runtime_data.retry_now()
