"""What is scheduled: timers, alarms and reminders, of Hearken and of core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.components.intent.const import TIMER_DATA
from homeassistant.util import dt as dt_util

from custom_components.hearken.schedule import ItemKind, async_get_schedule

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

type Scheduled = dict[str, list[tuple[str, Any]]]


def scheduled(hass: HomeAssistant) -> Scheduled:
    """Return what is set by name, with the length or the local time.

    A delayed command is listed by the second at which it is due.
    """
    found: Scheduled = {"timer": [], "alarm": [], "reminder": [], "order": []}
    manager = hass.data.get(TIMER_DATA)
    for timer in manager.timers.values() if manager is not None else ():
        kind = "order" if timer.conversation_command else "timer"
        found[kind].append((timer.name or "", timer.seconds))
    for item in async_get_schedule(hass).items:
        name = item.name or ""
        if item.kind is ItemKind.ALARM:
            time: Any = dt_util.as_local(item.due).strftime("%H:%M")
        else:
            # The length: the time that is left shrinks while nothing happens.
            time = round((item.due - item.created).total_seconds())
        found[item.kind.value].append((name, time))
    return found


async def clear(hass: HomeAssistant) -> None:
    """Remove everything that is scheduled."""
    manager = hass.data.get(TIMER_DATA)
    if manager is not None:
        for timer_id in list(manager.timers):
            manager.cancel_timer(timer_id)
    await async_get_schedule(hass).async_clear()
