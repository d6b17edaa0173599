"""Action that chooses the wake words of satellites."""

from typing import Any, Final

import voluptuous as vol
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.helpers import config_validation as cv

from ..assist_satellite import HearkenSatellite
from ..const import MAX_MESSAGE_CHARACTERS
from ..languages import bare_words
from ..satellite.wake_words import SLOTS
from .finding import (
    TARGET_KEYS,
    Wrong,
    async_check_permission,
    invalid,
    targeted_satellites,
)

_WORD: Final = vol.All(
    cv.string, str.strip, vol.Length(min=1, max=MAX_MESSAGE_CHARACTERS)
)
_FIELDS: Final[dict[Any, Any]] = {
    **cv.TARGET_SERVICE_FIELDS,
    vol.Required("wake_words"): vol.All(cv.ensure_list, [_WORD], vol.Length(max=SLOTS)),
}
SET_WAKE_WORD_SCHEMA: Final = vol.All(
    vol.Schema(_FIELDS), cv.has_at_least_one_key(*TARGET_KEYS)
)


async def async_set_wake_word(
    hass: HomeAssistant, call: ServiceCall
) -> ServiceResponse:
    """Set the wake words; return the active and the available ones."""
    satellites = targeted_satellites(hass, call.data)
    await async_check_permission(hass, call, satellites)
    connected = [satellite for satellite in satellites if satellite.available]
    if not connected:
        raise invalid(Wrong.NO_SATELLITE)
    # All or none: a word that one of them lacks changes nothing.
    chosen = [
        (satellite, [_id_of(satellite, word) for word in call.data["wake_words"]])
        for satellite in connected
    ]
    for satellite, words in chosen:
        slots = [*dict.fromkeys(words), *[None] * SLOTS]
        await satellite.wake_words.async_choose(slots[:SLOTS])
    return {"satellites": {s.entity_id: _words_of(s) for s in connected}}


def _id_of(satellite: HearkenSatellite, word: str) -> str:
    """Return the ID of a wake word, given by ID or phrase."""
    available = satellite.wake_words.available()
    for known in available:
        if word == known.id or bare_words(word) in (
            bare_words(known.phrase),
            bare_words(known.id),
        ):
            return known.id
    raise invalid(
        Wrong.UNKNOWN_WAKE_WORD,
        entity_id=satellite.entity_id,
        word=word,
        available=", ".join(known.phrase for known in available) or "-",
    )


def _words_of(satellite: HearkenSatellite) -> dict[str, Any]:
    """Return the active and the available wake words."""
    words = satellite.wake_words
    return {
        "active": words.active(),
        "available": [
            {"id": word.id, "phrase": word.phrase} for word in words.available()
        ],
    }
