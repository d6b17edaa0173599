"""Simulated devices of every other domain: a state, and what switches it."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Final, override

import probatio
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_component import DATA_INSTANCES, EntityComponent

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, ServiceCall

_LOGGER = logging.getLogger(__name__)

_FIRST: Final = {
    **dict.fromkeys(("scene", "button", "event", "image", "tts", "stt"), "unknown"),
    "person": "home",
    "device_tracker": "home",
    "weather": "sunny",
    "sun": "up",
    "valve": "closed",
    "lawn_mower": "docked",
    "todo": "0",
    "number": "20",
}
_AFTER: Final = {
    "turn_on": "on",
    "turn_off": "off",
    "open_valve": "open",
    "close_valve": "closed",
    "start_mowing": "mowing",
    "dock": "docked",
    "pause": "paused",
    "lock": "locked",
    "unlock": "unlocked",
}
"""The state after each action."""
_STATELESS: Final = frozenset({"scene", "button"})
_ACTIONS: Final = (
    *_AFTER,
    *("toggle", "press", "stop_valve", "set_humidity", "set_value", "set_mode"),
    *("select_option", "set_temperature", "set_operation_mode", "add_item"),
)
_TOGGLED: Final = {"on": "off", "off": "on"}


def first_state(domain: str) -> str:
    """Return the state that a device has unless a set says otherwise."""
    return _FIRST.get(domain, "off")


class Other(Entity):
    """A device of any domain."""

    _attr_should_poll = False

    def __init__(self, entity_id: str) -> None:
        """Set the entity ID."""
        self.entity_id = self._attr_unique_id = entity_id
        self._state = first_state(entity_id.partition(".")[0])

    @property
    @override
    def state(self) -> str:
        """Return the state."""
        return self._state

    def restore(self, state: str) -> None:
        """Return to a first state."""
        self._state = state

    def act(self, action: str) -> None:
        """Do something."""
        if self.entity_id.partition(".")[0] in _STATELESS:
            return
        if action == "toggle":
            self._state = _TOGGLED.get(self._state, self._state)
        self._state = _AFTER.get(action, self._state)
        self.async_write_ha_state()


def component_of(hass: HomeAssistant, domain: str) -> EntityComponent[Any]:
    """Return the component of a domain; one with all actions if there is none."""
    known: EntityComponent[Any] | None = hass.data.get(DATA_INSTANCES, {}).get(domain)
    if known is not None:
        return known
    component = EntityComponent[Other](_LOGGER, domain, hass)
    schema = cv.make_entity_service_schema({}, extra=probatio.ALLOW_EXTRA)

    async def act(action: str, entity: Other, _call: ServiceCall) -> None:
        """Do something with a device."""
        entity.act(action)

    for action in _ACTIONS:
        component.async_register_entity_service(action, schema, partial(act, action))
    return component
