"""Home Assistant's own timers that are set at a satellite."""

from collections.abc import Callable

from homeassistant.components.intent import (
    TimerEventType,
    TimerInfo,
    async_register_timer_handler,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..const import SIGNAL_TIMERS_CHANGED


@callback
def async_follow_timers(
    hass: HomeAssistant, device_id: str, on_finished: Callable[[str | None], None]
) -> CALLBACK_TYPE:
    """Call with the name of each finished timer; return a function that stops it."""

    @callback
    def on_timer(event_type: TimerEventType, timer: TimerInfo) -> None:
        async_dispatcher_send(hass, SIGNAL_TIMERS_CHANGED)
        if event_type is TimerEventType.FINISHED:
            on_finished(timer.name or None)

    return async_register_timer_handler(hass, device_id, on_timer)
