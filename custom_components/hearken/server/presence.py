"""Events for the loss and the return of a speech server."""

from collections.abc import Callable

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..const import SIGNAL_SERVER_RETURNED
from ..coordinator import ServerCoordinator
from ..exchanges.events import HearkenEvent
from ..exchanges.exchange import Kind
from ..exchanges.house import async_get_house
from ..exchanges.source import source_of_server


@callback
def async_watch_server(
    hass: HomeAssistant, entry: ConfigEntry, coordinator: ServerCoordinator
) -> Callable[[], None]:
    """Publish the loss and the return of a server; return a function that stops it."""
    was_available = coordinator.last_update_success

    @callback
    def on_update() -> None:
        nonlocal was_available
        is_available = coordinator.last_update_success
        if is_available is was_available:
            return
        was_available = is_available
        if is_available:
            async_dispatcher_send(hass, SIGNAL_SERVER_RETURNED)
        source = source_of_server(hass, entry, coordinator.data.welcome.id)
        kind = Kind.SERVER_BACK if is_available else Kind.SERVER_LOST
        async_get_house(hass).dispatcher.publish(HearkenEvent(kind=kind, source=source))

    return coordinator.async_add_listener(on_update)
