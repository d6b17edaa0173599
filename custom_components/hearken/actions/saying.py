"""Saying something in one room, in some, or in all."""

import asyncio
import logging
from enum import StrEnum
from typing import Any, Final

import voluptuous as vol
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv

from ..const import DOMAIN, MAX_MESSAGE_CHARACTERS, SAY_TIMEOUT_SECONDS
from ..errors import Reason
from ..exchanges.house import async_get_house
from ..satellite.observed import ObservedSatellite
from ..texts.reasons import async_reason_text
from .finding import (
    TARGET_KEYS,
    Wrong,
    async_check_permission,
    invalid,
    satellites_meant,
)

_LOGGER = logging.getLogger(__name__)


class Where(StrEnum):
    """Where something is to be said."""

    NEAREST = "nearest"
    """Where somebody spoke last."""
    EVERYWHERE = "everywhere"


_FIELDS: Final[dict[Any, Any]] = {
    **cv.TARGET_SERVICE_FIELDS,
    vol.Required("message"): vol.All(
        cv.string, vol.Length(min=1, max=MAX_MESSAGE_CHARACTERS)
    ),
    vol.Optional("where"): vol.Coerce(Where),
    vol.Optional("chime", default=True): cv.boolean,
}
SAY_SCHEMA: Final = vol.Schema(_FIELDS)


async def async_say(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Say something and return, when it was spoken, who said it."""
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


def _satellites(hass: HomeAssistant, data: dict[str, Any]) -> list[ObservedSatellite]:
    """Return who has to say it; raise if there is nobody."""
    home = async_get_house(hass)
    match data.get("where") or _default(data):
        case Where.EVERYWHERE:
            found = list(home.satellites.values())
        case Where.NEAREST:
            # Before anybody has spoken, the target is what there is.
            near = [satellite for satellite in home.latest() if satellite.available]
            found = near[:1] or satellites_meant(hass, data)
            if not found:
                raise invalid(Wrong.NOBODY_SPOKE)
        case _:
            found = satellites_meant(hass, data)
    there = [satellite for satellite in found if satellite.available]
    if not there:
        raise invalid(Wrong.NO_SATELLITE)
    return there


def _default(data: dict[str, Any]) -> Where | None:
    """Return where, if the caller does not say it: near, if there is no target."""
    return None if any(key in data for key in TARGET_KEYS) else Where.NEAREST


async def _say(satellite: ObservedSatellite, call: ServiceCall) -> str | None:
    """Let one satellite say it; return why it could not."""
    try:
        async with asyncio.timeout(SAY_TIMEOUT_SECONDS):
            await satellite.async_say(
                call.data["message"], chime=call.data["chime"], context=call.context
            )
    except TimeoutError:
        return async_reason_text(satellite.hass, Reason.TOOK_TOO_LONG)
    except HomeAssistantError as err:
        return async_reason_text(satellite.hass, err)
    return None
