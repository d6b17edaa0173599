"""A house with Home Assistant's own agent, to see what a text would do."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Final

from homeassistant import core
from homeassistant.components import conversation
from homeassistant.components.homeassistant import exposed_entities
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import intent

from benchmarks.common.core import running
from benchmarks.stt.corpus import COVERS, ROOMS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DOMAINS: Final = {
    **dict.fromkeys(("light", "lamp"), "light"),
    "ceiling fan": "fan",
    **dict.fromkeys(("heater", "speaker", "radio"), "switch"),
    **dict.fromkeys(COVERS, "cover"),
    "thermostat": "climate",
}
CLASSES: Final = {
    "blinds": "blind",
    "curtain": "curtain",
    "window": "window",
    "garage door": "garage",
    "shutter": "shutter",
}
"""Home Assistant's device classes of covers."""
_NOT_UNDERSTOOD: Final = (
    intent.IntentResponseErrorCode.NO_INTENT_MATCH,
    intent.IntentResponseErrorCode.NO_VALID_TARGETS,
)


class Household:
    """Home Assistant with every device that the benchmark's commands mention."""

    def __init__(self, hass: core.HomeAssistant) -> None:
        """Use a house that is set up."""
        self.hass = hass

    async def acts_on(self, text: str) -> bool:
        """Return whether a text leads to an action or an answer.

        Commands for missing devices, such as timers, count as done.
        """
        result = await conversation.async_converse(
            self.hass, text, None, core.Context(), language="en"
        )
        return result.response.error_code not in _NOT_UNDERSTOOD


@contextlib.asynccontextmanager
async def household(folder: str) -> AsyncIterator[Household]:
    """Run a house with a device of every kind in every room."""
    logging.getLogger("homeassistant").setLevel(logging.CRITICAL)
    async with running(folder, "intent") as hass:
        _furnish(hass)
        await hass.async_block_till_done()
        yield Household(hass)


def _furnish(hass: core.HomeAssistant) -> None:
    """Add a device of every kind to every room."""
    for domain in set(DOMAINS.values()):
        for service in _SERVICES[domain]:
            hass.services.async_register(domain, service, _nothing)
    registry = er.async_get(hass)
    for room in ROOMS:
        area = ar.async_get(hass).async_get_or_create(room)
        for thing, domain in DOMAINS.items():
            name = f"{room} {thing}"
            entry = registry.async_get_or_create(
                domain, "bench", name, original_name=name
            )
            registry.async_update_entity(
                entry.entity_id, area_id=area.id, aliases=[er.COMPUTED_NAME]
            )
            exposed_entities.async_expose_entity(
                hass, "conversation", entry.entity_id, should_expose=True
            )
            about = {"friendly_name": name, "current_temperature": 20.0}
            if thing in CLASSES:
                about["device_class"] = CLASSES[thing]
            hass.states.async_set(entry.entity_id, "off", about)


async def _nothing(_call: core.ServiceCall) -> None:
    """Ignore an action: the devices are simulated."""


_SWITCHED: Final = ("turn_on", "turn_off", "toggle")
_SERVICES: Final = {
    "light": _SWITCHED,
    "fan": (*_SWITCHED, "set_percentage"),
    "switch": _SWITCHED,
    "climate": ("set_temperature",),
    "cover": ("open_cover", "close_cover", "set_cover_position", "stop_cover"),
}
