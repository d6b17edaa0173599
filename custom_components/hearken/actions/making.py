"""Actions that make, rename and delete wake words of one's own."""

from collections.abc import Awaitable
from typing import Any, Final

import voluptuous as vol
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import ConfigEntrySelector

from ..assist_satellite import HearkenSatellite
from ..client.words import MadeWord
from ..const import DOMAIN
from ..data import HearkenConfigEntry, ServerData
from ..errors import HearkenError, Reason
from ..making.job import WordNotImprovedError, async_improve_word, async_make_word
from ..making.recording import (
    FEWEST_RECORDINGS,
    MAX_FAILURES,
    MOST_RECORDINGS,
    USUAL_RECORDINGS,
    Ask,
    async_record_word,
)
from ..server.link import ServerLink, async_send_request
from ..texts.reasons import async_reason_text
from .finding import Wrong, async_one_satellite, invalid

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
WORD_SCHEMA: Final = vol.Schema({vol.Required("wake_word"): _TEXT, **_ENTRY})

IMPROVE_SCHEMA: Final = vol.Schema(
    {
        vol.Required("wake_word"): _TEXT,
        vol.Optional(ATTR_ENTITY_ID): cv.entity_id,
        vol.Optional("recordings", default=USUAL_RECORDINGS): vol.All(
            vol.Coerce(int), vol.Range(min=FEWEST_RECORDINGS, max=MOST_RECORDINGS)
        ),
        **_ENTRY,
    }
)


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


async def async_improve_wake_word(
    hass: HomeAssistant, call: ServiceCall
) -> ServiceResponse:
    """Record the owner if a satellite is named, learn, and return the gain.

    The word stays as it is until the gain is accepted.
    """
    link, word_id = _link(hass, call), call.data["wake_word"]
    word = await _made_word(hass, link, word_id)
    if ATTR_ENTITY_ID in call.data:
        satellite = await async_one_satellite(hass, call)
        await _record(hass, satellite, link, word, call.data["recordings"])
    improved = await async_improve_word(link, word)
    return {"id": word_id, "gain": dict(improved.gain or {})}


async def _record(
    hass: HomeAssistant,
    satellite: HearkenSatellite,
    link: ServerLink,
    word: MadeWord,
    wanted: int,
) -> None:
    """Record the word so often; raise an error if that does not work."""
    ask, failures = Ask.FIRST, 0
    while wanted:
        ask = await async_record_word(hass, satellite, link, word, ask)
        if ask is Ask.AGAIN:
            wanted, failures = wanted - 1, 0
            continue
        failures += 1
        if failures >= MAX_FAILURES:
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="recording_failed"
            )


async def _made_word(hass: HomeAssistant, link: ServerLink, word_id: str) -> MadeWord:
    """Return a word that was made on the server."""
    try:
        words = await link.client().made_words()
    except HearkenError as err:
        reason = async_reason_text(hass, err)
        raise WordNotImprovedError(word_id, None, reason) from err
    for word in words:
        if word.id == word_id:
            return word
    raise HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key="wake_word_not_changed",
        translation_placeholders={
            "word": word_id,
            "reason": async_reason_text(hass, Reason.UNKNOWN_WAKE_WORD),
        },
    )


async def async_accept_wake_word(
    hass: HomeAssistant, call: ServiceCall
) -> ServiceResponse:
    """Use what was learned from the owner."""
    link, word = _link(hass, call), call.data["wake_word"]
    return await _change(hass, link, word, link.client().accept_word(word))


async def async_undo_wake_word(
    hass: HomeAssistant, call: ServiceCall
) -> ServiceResponse:
    """Go back to the wake word before the last improvement."""
    link, word = _link(hass, call), call.data["wake_word"]
    return await _change(hass, link, word, link.client().undo_word(word))


async def async_delete_wake_word(
    hass: HomeAssistant, call: ServiceCall
) -> ServiceResponse:
    """Delete a wake word that was made."""
    link, word = _link(hass, call), call.data["wake_word"]
    return await _change(hass, link, word, link.client().delete_word(word))


async def _change(
    hass: HomeAssistant, link: ServerLink, word: str, request: Awaitable[None]
) -> ServiceResponse:
    """Change a wake word that was made, and learn what there is now."""
    await async_send_request(hass, request, "wake_word_not_changed", word=word)
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
