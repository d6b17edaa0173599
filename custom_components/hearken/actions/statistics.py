"""Having speech servers begin to count anew."""

from typing import Final

import voluptuous as vol
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.selector import ConfigEntrySelector

from ..const import DOMAIN
from ..data import HearkenConfigEntry, ServerData
from ..errors import HearkenError
from .finding import Wrong, invalid

RESET_SCHEMA: Final = vol.Schema(
    {vol.Optional("config_entry_id"): ConfigEntrySelector({"integration": DOMAIN})}
)


async def async_reset_statistics(
    hass: HomeAssistant, call: ServiceCall
) -> ServiceResponse:
    """Reset the figures of one speech server, or of all."""
    wanted = call.data.get("config_entry_id")
    entries: list[HearkenConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    controls = {
        entry.title: entry.runtime_data.control
        for entry in entries
        if wanted in (None, entry.entry_id)
        and isinstance(entry.runtime_data, ServerData)
        and entry.runtime_data.control is not None
    }
    if not controls:
        raise invalid(Wrong.NO_CONTROL)
    for name, control in controls.items():
        try:
            await control.client().reset_statistics()
        except HearkenError as err:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="statistics_not_reset",
                translation_placeholders={"name": name, "reason": str(err)},
            ) from err
    return {"servers": list(controls)}
