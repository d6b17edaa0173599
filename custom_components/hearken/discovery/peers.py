"""Immediate reconnection to servers and satellites that announce themselves."""

import math

from homeassistant.components import zeroconf
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.setup import async_when_setup

from ..const import DOMAIN, SETUP_AGAIN_SECONDS
from .announcements import AnnouncementListener


@callback
def async_watch_announcements(hass: HomeAssistant) -> None:
    """Connect at once to configured peers that announce themselves.

    Home Assistant starts a discovery flow only for services that are new in its cache.
    """
    tried_at: dict[str, float] = {}

    @callback
    def on_announced(peer_id: str) -> None:
        """Connect to the peer if it is configured."""
        entry = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, peer_id)
        if entry is not None:
            _connect(hass, entry, tried_at)

    async def start(_hass: HomeAssistant, _component: str) -> None:
        """Listen until Home Assistant stops."""
        instance = await zeroconf.async_get_instance(hass)
        listener = AnnouncementListener(instance, on_announced)
        instance.async_add_listener(listener, None)

        @callback
        def stop(_event: Event) -> None:
            """Stop listening."""
            instance.async_remove_listener(listener)

        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop)

    async_when_setup(hass, "zeroconf", start)


@callback
def _connect(
    hass: HomeAssistant, entry: ConfigEntry, tried_at: dict[str, float]
) -> None:
    """Connect to a configured peer at once, unless it is connected.

    Anyone can announce it at any rate, so setup is retried every few seconds at most.
    """
    if entry.state is ConfigEntryState.LOADED:
        entry.runtime_data.retry_now()
    elif entry.state is ConfigEntryState.SETUP_RETRY:
        now = hass.loop.time()
        if now - tried_at.get(entry.entry_id, -math.inf) >= SETUP_AGAIN_SECONDS:
            tried_at[entry.entry_id] = now
            hass.config_entries.async_schedule_reload(entry.entry_id)
