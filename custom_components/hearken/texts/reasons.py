"""Reasons for failures, in the language of Home Assistant."""

import logging
from collections.abc import Mapping

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import async_get_cached_translations

from ..const import DOMAIN
from ..errors import HearkenError, PlaybackError, Reason, reason_of

_LOGGER = logging.getLogger(__name__)

_STOPS = ".。"


@callback
def async_reason_text(hass: HomeAssistant, reason: Reason | BaseException) -> str:
    """Return why something failed, to be put into another text.

    What an error says itself is technical and English: it goes to the log only.
    """
    if isinstance(reason, Reason):
        return async_text(hass, DOMAIN, f"reason_{reason}", {})
    _LOGGER.debug("%s: %s", type(reason).__name__, reason)
    cause = reason.__cause__
    if (
        isinstance(reason, PlaybackError)
        and isinstance(cause, HomeAssistantError)
        and cause.translation_key
    ):
        # The text-to-speech engine knows better why there is nothing to play.
        reason = cause
    if isinstance(reason, HomeAssistantError) and reason.translation_key:
        return async_text(
            hass,
            reason.translation_domain or DOMAIN,
            reason.translation_key,
            reason.translation_placeholders or {},
        )
    placeholders = reason.placeholders if isinstance(reason, HearkenError) else {}
    return async_text(hass, DOMAIN, f"reason_{reason_of(reason)}", placeholders)


@callback
def async_text(
    hass: HomeAssistant, domain: str, key: str, placeholders: Mapping[str, str]
) -> str:
    """Return the text of an exception; its key if there is none."""
    texts = async_get_cached_translations(
        hass, hass.config.language, "exceptions", domain
    )
    text = texts.get(f"component.{domain}.exceptions.{key}.message", key)
    try:
        text = text.format(**placeholders)
    except KeyError:
        _LOGGER.debug("A placeholder of %s is not known", key)
    return text.rstrip(_STOPS)
