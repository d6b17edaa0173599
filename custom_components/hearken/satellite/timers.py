"""Timers that were set by voice: they ring where they were set."""

import logging

from homeassistant.components.intent import (
    TimerEventType,
    TimerInfo,
    async_register_timer_handler,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..const import SIGNAL_TIMERS_CHANGED
from ..exchanges.exchange import Exchange, Kind
from .observed import ObservedSatellite

_LOGGER = logging.getLogger(__name__)


@callback
def async_let_timers_ring(
    hass: HomeAssistant, satellite: ObservedSatellite
) -> CALLBACK_TYPE | None:
    """Let the satellite's timers be heard and told of; return what ends that."""
    entry = satellite.registry_entry
    if entry is None or entry.device_id is None:
        return None

    @callback
    def on_timer(event_type: TimerEventType, timer: TimerInfo) -> None:
        """Ring when the timer is over; timers have names that can be said."""
        async_dispatcher_send(hass, SIGNAL_TIMERS_CHANGED)
        if event_type is not TimerEventType.FINISHED:
            return
        satellite.tell(Kind.TIMER_FINISHED, Exchange(timer=timer.name or None))
        config_entry = satellite.platform.config_entry
        if config_entry is not None:
            config_entry.async_create_background_task(
                hass, _ring(satellite, timer.name), f"{satellite.entity_id} timer"
            )

    return async_register_timer_handler(hass, entry.device_id, on_timer)


async def _ring(satellite: ObservedSatellite, name: str | None) -> None:
    """Ring, and say the timer's name if it has one."""
    try:
        await satellite.async_ring(name)
    except HomeAssistantError as err:
        _LOGGER.warning("%s could not let a timer ring: %s", satellite.entity_id, err)
