"""Actions that make, rename and delete wake words of one's own."""

from typing import Any, Final

import voluptuous as vol
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import ConfigEntrySelector

from ..const import DOMAIN
from ..data import HearkenConfigEntry, ServerData
from ..making.job import async_make_word
from ..server.link import ServerLink, async_send_request
from .finding import Wrong, invalid

_MAX_CHARACTERS: Final = 60
_TEXT: Final = vol.All(cv.string, str.strip, vol.Length(min=1, max=_MAX_CHARACTERS))
_ENTRY: Final[dict[Any, Any]] = {
    vol.Optional("config_entry_id"): ConfigEntrySelector({"integration": DOMAIN})
}
MAKE_SCHEMA: Final = vol.Schema(
    {
        vol.Required("text"): _TEXT,
        vol.Optional("language"): cv.string,
        vol.Optional("force", default=False): cv.boolean,
        **_ENTRY,
    }
)
RENAME_SCHEMA: Final = vol.Schema(
    {vol.Required("wake_word"): _TEXT, vol.Required("name"): _TEXT, **_ENTRY}
)
DELETE_SCHEMA: Final = vol.Schema({vol.Required("wake_word"): _TEXT, **_ENTRY})


async def async_make_wake_word(
    hass: HomeAssistant, call: ServiceCall
) -> ServiceResponse:
    """Make a wake word; return its ID and what to expect of it."""
    word = await async_make_word(
        _link(hass, call),
        call.data["text"],
        call.data.get("language") or hass.config.language,
        force=call.data["force"],
    )
    return {"id": word.id, "phrase": word.phrase, "expected": dict(word.expected)}


async def async_rename_wake_word(
    hass: HomeAssistant, call: ServiceCall
) -> ServiceResponse:
    """Change how a wake word is shown."""
    link, word, name = _link(hass, call), call.data["wake_word"], call.data["name"]
    client = link.client()
    await async_send_request(
        hass, client.rename_word(word, name), "wake_word_not_changed", word=word
    )
    await link.coordinator.async_refresh()
    return {"id": word, "phrase": name}


async def async_delete_wake_word(
    hass: HomeAssistant, call: ServiceCall
) -> ServiceResponse:
    """Delete a wake word that was made."""
    link, word = _link(hass, call), call.data["wake_word"]
    client = link.client()
    await async_send_request(
        hass, client.delete_word(word), "wake_word_not_changed", word=word
    )
    await link.coordinator.async_refresh()
    return {"id": word}


def _link(hass: HomeAssistant, call: ServiceCall) -> ServerLink:
    """Return the connection to the server that is meant, or to the only one."""
    wanted = call.data.get("config_entry_id")
    entries: list[HearkenConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    links = [
        entry.runtime_data.link
        for entry in entries
        if wanted in (None, entry.entry_id)
        and isinstance(entry.runtime_data, ServerData)
        and entry.runtime_data.link is not None
    ]
    if not links:
        raise invalid(Wrong.NO_CONTROL)
    if len(links) > 1:
        raise invalid(Wrong.SEVERAL_SERVERS)
    return links[0]
