"""Fires an event of Home Assistant for each of ours, for the logbook."""

from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback

from ..const import EVENT_HEARKEN
from .events import HearkenEvent
from .house import async_get_house


@callback
def async_fire_events(hass: HomeAssistant) -> None:
    """Fire an event for whatever happens; what was said stays out of it."""

    @callback
    def on_event(event: HearkenEvent) -> None:
        source, exchange = event.source, event.exchange
        data = {
            "type": event.kind.value,
            "name": source.name,
            ATTR_ENTITY_ID: source.entity_id,
            ATTR_DEVICE_ID: source.device_id,
            "wake_word": exchange.wake_word,
            "error": exchange.error,
        }
        hass.bus.async_fire(
            EVENT_HEARKEN, {key: value for key, value in data.items() if value}
        )

    async_get_house(hass).dispatcher.listen(on_event)
