"""Resolves the satellites of an action."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import (
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)

from ..assist_satellite import HearkenSatellite, async_get_satellites
from ..const import DOMAIN

TARGET_KEYS = (ATTR_ENTITY_ID, "device_id", "area_id", "floor_id", "label_id")


class Wrong(StrEnum):
    """What can be wrong with a call; the values are translation keys."""

    UNKNOWN_SATELLITE = "unknown_satellite"
    SATELLITE_UNAVAILABLE = "satellite_unavailable"
    NO_SATELLITE = "no_satellite"
    NOBODY_SPOKE = "nobody_spoke"
    UNKNOWN_ENTITY = "unknown_entity"
    FILE_NOT_ALLOWED = "file_not_allowed"
    FILE_MISSING = "file_missing"
    MEDIA_UNKNOWN = "media_unknown"
    UNKNOWN_WAKE_WORD = "unknown_wake_word"
    NO_SERVER = "no_server"
    NO_CONTROL = "no_control"
    SEVERAL_SERVERS = "several_servers"
    UNKNOWN_LANGUAGE = "unknown_language"


def invalid(what: Wrong, **placeholders: str) -> ServiceValidationError:
    """Return the error for a call."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=what.value,
        translation_placeholders=placeholders,
    )


async def async_one_satellite(
    hass: HomeAssistant, call: ServiceCall
) -> HearkenSatellite:
    """Return the one satellite that a call names."""
    entity_id: str = call.data[ATTR_ENTITY_ID]
    satellite = _by_entity_id(hass).get(entity_id)
    if satellite is None:
        raise invalid(Wrong.UNKNOWN_SATELLITE, entity_id=entity_id)
    await async_check_permission(hass, call, [satellite])
    if not satellite.available:
        raise invalid(Wrong.SATELLITE_UNAVAILABLE, entity_id=entity_id)
    return satellite


@callback
def targeted_satellites(
    hass: HomeAssistant, data: dict[str, Any]
) -> list[HearkenSatellite]:
    """Return the satellites of a call's target, none without one."""
    target = {key: data[key] for key in TARGET_KEYS if key in data}
    if not target:
        return []
    selected = async_extract_referenced_entity_ids(hass, TargetSelection(target))
    satellites = _by_entity_id(hass)
    for entity_id in sorted(selected.referenced):
        if entity_id not in satellites:
            raise invalid(Wrong.UNKNOWN_SATELLITE, entity_id=entity_id)
    entity_ids = selected.referenced | selected.indirectly_referenced
    return [s for entity_id, s in satellites.items() if entity_id in entity_ids]


async def async_check_permission(
    hass: HomeAssistant, call: ServiceCall, satellites: Iterable[HearkenSatellite]
) -> None:
    """Raise if the calling user may not control one of the satellites."""
    if call.context.user_id is None:
        return
    user = await hass.auth.async_get_user(call.context.user_id)
    if user is None:
        raise UnknownUser(context=call.context, permission=POLICY_CONTROL)
    for satellite in satellites:
        if not user.permissions.check_entity(satellite.entity_id, POLICY_CONTROL):
            raise Unauthorized(
                context=call.context,
                entity_id=satellite.entity_id,
                permission=POLICY_CONTROL,
            )


def _by_entity_id(hass: HomeAssistant) -> dict[str, HearkenSatellite]:
    """Return the satellites by entity ID."""
    satellites = async_get_satellites(hass).values()
    return {satellite.entity_id: satellite for satellite in satellites}
