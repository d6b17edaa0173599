"""Has the owner say a wake word to a satellite, and sends it to the speech server."""

import asyncio
from enum import StrEnum
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import async_get_translations

from ..assist_satellite import HearkenSatellite
from ..client.words import MadeWord
from ..const import DOMAIN, HEAR_TIMEOUT_SECONDS
from ..errors import HearkenError, WordRefusedError
from ..server.link import ServerLink
from ..texts.reasons import async_reason_text
from .job import WordNotImprovedError

FEWEST_RECORDINGS: Final = 3
MOST_RECORDINGS: Final = 10
USUAL_RECORDINGS: Final = 5
MAX_FAILURES: Final = 4
"""So many bad recordings in a row, and something else is wrong."""
_SHORTEST_BYTES: Final = 8_000
_WAIT_SECONDS: Final = 20.0


class Ask(StrEnum):
    """What the satellite says before a recording; the values end translation keys.

    None of them contains the wake word, which would wake the other satellites.
    """

    FIRST = "first"
    AGAIN = "again"
    TOO_QUIET = "too_quiet"
    TOO_LOUD = "too_loud"
    NOTHING_SAID = "nothing_said"
    TOO_LONG = "too_long"
    OTHER_WORD = "other_word"


_REFUSALS: Final = frozenset(Ask) - {Ask.FIRST, Ask.AGAIN}


async def async_record_word(
    hass: HomeAssistant,
    satellite: HearkenSatellite,
    link: ServerLink,
    word: MadeWord,
    ask: Ask,
) -> Ask:
    """Record a wake word once; return what to ask for next: again, or why not.

    Raise WordNotImprovedError if the satellite or the server does not answer.
    """
    message = await _async_message(hass, satellite, ask)
    try:
        async with satellite.speech.turn(wait_seconds=_WAIT_SECONDS):
            recorded = await _async_record(satellite, message)
        if len(recorded) < _SHORTEST_BYTES:
            return Ask.NOTHING_SAID
        await link.client().add_recording(word.id, recorded)
    except (HomeAssistantError, HearkenError) as err:
        if isinstance(err, WordRefusedError) and err.reason_word in _REFUSALS:
            return Ask(err.reason_word)
        reason = async_reason_text(hass, err)
        raise WordNotImprovedError(word.phrase, None, reason) from err
    return Ask.AGAIN


async def _async_record(satellite: HearkenSatellite, message: str | None) -> bytes:
    """Return what was said; nothing if nobody spoke in time."""
    try:
        async with asyncio.timeout(HEAR_TIMEOUT_SECONDS):
            return await satellite.speech.async_record(message)
    except TimeoutError:
        return b""


async def _async_message(
    hass: HomeAssistant, satellite: HearkenSatellite, ask: Ask
) -> str | None:
    """Return what to say, in the language of the satellite; None without a voice."""
    if ask is Ask.AGAIN or not satellite.speech.has_voice:
        # The tone is enough, as the first time has shown what follows it.
        return None
    texts = await async_get_translations(
        hass, satellite.speech.language, "exceptions", [DOMAIN]
    )
    return texts.get(f"component.{DOMAIN}.exceptions.record_{ask}.message")
