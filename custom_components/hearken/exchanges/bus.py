"""Fires a Home Assistant event for each outcome, for the logbook."""

from typing import Final

from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback

from ..const import EVENT_HEARKEN
from .events import HearkenEvent
from .exchange import Kind
from .house import async_get_house

_STEPS: Final = frozenset({Kind.WAKE_WORD_HEARD, Kind.COMMAND_HEARD})
"""Steps on the way to an outcome; the logbook has one line per command."""


@callback
def async_fire_events(hass: HomeAssistant) -> None:
    """Fire an event for each outcome, without the words that were spoken."""

    @callback
    def on_event(event: HearkenEvent) -> None:
        if event.kind in _STEPS:
            return
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
