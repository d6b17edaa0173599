"""Tells the house about its servers, and the logbook about the house."""

from collections.abc import Callable

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback

from .const import EVENT_HEARKEN
from .coordinator import ServerCoordinator
from .happenings import Happening, Kind
from .home import async_get_home, source_of_server


@callback
def async_watch_server(
    hass: HomeAssistant, entry: ConfigEntry, coordinator: ServerCoordinator
) -> Callable[[], None]:
    """Tell when a server goes and when it comes back; return what ends that."""
    was_there = coordinator.last_update_success

    @callback
    def on_update() -> None:
        nonlocal was_there
        is_there = coordinator.last_update_success
        if is_there is was_there:
            return
        was_there = is_there
        source = source_of_server(hass, entry, coordinator.data.welcome.id)
        kind = Kind.SERVER_BACK if is_there else Kind.SERVER_LOST
        async_get_home(hass).dispatcher.publish(Happening(kind=kind, source=source))

    return coordinator.async_add_listener(on_update)


@callback
def async_tell_logbook(hass: HomeAssistant) -> None:
    """Fire an event for whatever happens; what was said stays out of it."""

    @callback
    def on_happening(happening: Happening) -> None:
        source, exchange = happening.source, happening.exchange
        data = {
            "type": happening.kind.value,
            "name": source.name,
            ATTR_ENTITY_ID: source.entity_id,
            ATTR_DEVICE_ID: source.device_id,
            "wake_word": exchange.wake_word,
            "error": exchange.error,
        }
        hass.bus.async_fire(
            EVENT_HEARKEN, {key: value for key, value in data.items() if value}
        )

    async_get_home(hass).dispatcher.listen(on_happening)
