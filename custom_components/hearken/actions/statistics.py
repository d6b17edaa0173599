"""Action that resets the statistics of speech servers."""

from typing import Final

import voluptuous as vol
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.selector import ConfigEntrySelector

from ..const import DOMAIN
from ..data import HearkenConfigEntry, ServerData
from ..errors import HearkenError
from ..texts.reasons import async_reason_text
from .finding import Wrong, invalid

RESET_SCHEMA: Final = vol.Schema(
    {vol.Optional("config_entry_id"): ConfigEntrySelector({"integration": DOMAIN})}
)


async def async_reset_statistics(
    hass: HomeAssistant, call: ServiceCall
) -> ServiceResponse:
    """Reset the statistics of one speech server, or of all."""
    wanted = call.data.get("config_entry_id")
    entries: list[HearkenConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    links = {
        entry.title: entry.runtime_data.link
        for entry in entries
        if wanted in (None, entry.entry_id)
        and isinstance(entry.runtime_data, ServerData)
        and entry.runtime_data.link is not None
    }
    if not links:
        raise invalid(Wrong.NO_CONTROL)
    for name, link in links.items():
        try:
            await link.client().reset_statistics()
        except HearkenError as err:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="statistics_not_reset",
                translation_placeholders={
                    "name": name,
                    "reason": async_reason_text(hass, err),
                },
            ) from err
    return {"servers": list(links)}
