"""Describes the events of satellites and servers in the logbook."""

from collections.abc import Callable
from typing import Any, Final

from homeassistant.components.logbook.const import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Event, HomeAssistant, callback

from .const import DOMAIN, EVENT_HEARKEN
from .exchanges.exchange import Kind

_MESSAGES: Final = {
    Kind.WAKE_WORD_HEARD: "heard the wake word",
    Kind.COMMAND_HEARD: "heard a command",
    Kind.COMMAND_DONE: "carried out a command",
    Kind.COMMAND_FAILED: "failed to carry out a command",
    Kind.NOT_UNDERSTOOD: "did not understand a command",
    Kind.NOTHING_HEARD: "listened but heard nothing",
    Kind.FALSE_WAKE: "was woken by mistake",
    Kind.HEARD_ELSEWHERE: "left a wake word to another satellite",
    Kind.QUESTION_ANSWERED: "received an answer to a question",
    Kind.TIMER_FINISHED: "finished a timer",
    Kind.ALARM_RINGING: "rang an alarm",
    Kind.REMINDER_DUE: "gave a reminder",
    Kind.SERVER_LOST: "stopped responding",
    Kind.SERVER_BACK: "is back online",
}
_ICONS: Final = {
    Kind.COMMAND_FAILED: "mdi:account-alert",
    Kind.NOT_UNDERSTOOD: "mdi:account-question",
    Kind.FALSE_WAKE: "mdi:ear-hearing-off",
    Kind.HEARD_ELSEWHERE: "mdi:account-arrow-right",
    Kind.SERVER_LOST: "mdi:lan-disconnect",
    Kind.SERVER_BACK: "mdi:lan-connect",
    Kind.TIMER_FINISHED: "mdi:timer-alert",
    Kind.ALARM_RINGING: "mdi:alarm",
    Kind.REMINDER_DUE: "mdi:bell-ring",
}
_ICON: Final = "mdi:account-voice"
_WOKEN: Final = (Kind.WAKE_WORD_HEARD, Kind.FALSE_WAKE)
"""Events of which the logbook names the wake word."""


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[
        [str, str, Callable[[Event[dict[str, Any]]], dict[str, Any]]], None
    ],
) -> None:
    """Register the description of the events."""
    async_describe_event(DOMAIN, EVENT_HEARKEN, _describe)


@callback
def _describe(event: Event[dict[str, Any]]) -> dict[str, Any]:
    """Return the logbook entry of an event."""
    data = event.data
    kind = Kind(data["type"])
    message = _MESSAGES[kind]
    if kind in _WOKEN and (word := data.get("wake_word")):
        message = f"{message} (“{word}”)"
    elif error := data.get("error"):
        message = f"{message} ({error})"
    return {
        LOGBOOK_ENTRY_NAME: data.get("name") or "Hearken",
        LOGBOOK_ENTRY_MESSAGE: message,
        LOGBOOK_ENTRY_ENTITY_ID: data.get(ATTR_ENTITY_ID),
        LOGBOOK_ENTRY_ICON: _ICONS.get(kind, _ICON),
    }
