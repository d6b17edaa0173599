"""Action that speaks a message on one or more satellites."""

import asyncio
import logging
from enum import StrEnum
from typing import Any, Final

import voluptuous as vol
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv

from ..assist_satellite import HearkenSatellite, async_get_satellites
from ..const import DOMAIN, MAX_FLOOR_WAIT_SECONDS, MAX_MESSAGE_CHARACTERS
from ..exchanges.house import async_get_house
from ..satellite.prompt import CHIME
from ..texts.reasons import async_reason_text
from .finding import (
    TARGET_KEYS,
    Wrong,
    async_check_permission,
    invalid,
    targeted_satellites,
)

_LOGGER = logging.getLogger(__name__)


class Where(StrEnum):
    """Where to speak instead of the target."""

    NEAREST = "nearest"
    """The satellite that someone spoke to last."""
    EVERYWHERE = "everywhere"


_FIELDS: Final[dict[Any, Any]] = {
    **cv.TARGET_SERVICE_FIELDS,
    vol.Required("message"): vol.All(
        cv.string, vol.Length(min=1, max=MAX_MESSAGE_CHARACTERS)
    ),
    vol.Optional("where"): vol.Coerce(Where),
    vol.Optional("chime", default=True): cv.boolean,
    vol.Optional("timeout"): vol.All(
        vol.Coerce(float), vol.Range(min=1, max=MAX_FLOOR_WAIT_SECONDS)
    ),
}
SAY_SCHEMA: Final = vol.Schema(_FIELDS)


async def async_say(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Speak a message; return which satellites did, once they have."""
    satellites = _satellites(hass, call.data)
    await async_check_permission(hass, call, satellites)
    results = await asyncio.gather(*(_say(satellite, call) for satellite in satellites))
    failed = {
        satellite.entity_id: reason
        for satellite, reason in zip(satellites, results, strict=True)
        if reason is not None
    }
    for entity_id, reason in failed.items():
        _LOGGER.warning("%s said nothing: %s", entity_id, reason)
    if len(failed) == len(satellites):
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="nobody_said_it",
            translation_placeholders={"reason": next(iter(failed.values()))},
        )
    spoken = [s.entity_id for s in satellites if s.entity_id not in failed]
    return {"spoken": list[Any](spoken), "failed": dict[str, Any](failed)}


def _satellites(hass: HomeAssistant, data: dict[str, Any]) -> list[HearkenSatellite]:
    """Return the satellites that have to speak; raise if there are none."""
    match data.get("where") or _default(data):
        case Where.EVERYWHERE:
            found = list(async_get_satellites(hass).values())
        case Where.NEAREST:
            # Until someone has spoken, the target is used.
            found = _nearest(hass) or targeted_satellites(hass, data)
            if not found:
                raise invalid(Wrong.NOBODY_SPOKE)
        case _:
            found = targeted_satellites(hass, data)
    there = [satellite for satellite in found if satellite.available]
    if not there:
        raise invalid(Wrong.NO_SATELLITE)
    return there


def _nearest(hass: HomeAssistant) -> list[HearkenSatellite]:
    """Return the connected satellite that someone spoke to last, if there is one."""
    satellites = async_get_satellites(hass)
    spoken = (satellites.get(key) for key in async_get_house(hass).latest())
    return [s for s in spoken if s is not None and s.available][:1]


def _default(data: dict[str, Any]) -> Where | None:
    """Return the default: nearest if there is no target."""
    return None if any(key in data for key in TARGET_KEYS) else Where.NEAREST


async def _say(satellite: HearkenSatellite, call: ServiceCall) -> str | None:
    """Speak on one satellite; return why it failed, None if it did not."""
    try:
        await satellite.speech.async_announce(
            call.data["message"],
            None,
            CHIME if call.data["chime"] else None,
            context=call.context,
            wait_seconds=call.data.get("timeout"),
        )
    except HomeAssistantError as err:
        return async_reason_text(satellite.hass, err)
    return None
