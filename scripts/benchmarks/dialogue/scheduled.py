"""What is scheduled: timers, alarms and reminders, of Hearken and of core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.components.intent.const import TIMER_DATA

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

type Scheduled = dict[str, list[tuple[str, Any]]]


def scheduled(hass: HomeAssistant) -> Scheduled:
    """Return the timers, alarms and reminders that exist, with their times."""
    manager = hass.data.get(TIMER_DATA)
    timers = manager.timers.values() if manager is not None else ()
    return {
        "timer": [
            (timer.name or "", timer.seconds)
            for timer in timers
            if not timer.conversation_command
        ]
    }


async def clear(hass: HomeAssistant) -> None:
    """Remove everything that is scheduled."""
    manager = hass.data.get(TIMER_DATA)
    for timer_id in list(manager.timers if manager is not None else ()):
        manager.cancel_timer(timer_id)
