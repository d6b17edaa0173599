"""Questions of the conversation agent that are open at a satellite.

The agent, which is above this package, says here how they are taken back.
"""

from collections.abc import Callable
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN

type TakeBack = Callable[[str, str], str | None]
"""Takes back what was asked at a satellite: from its entity and the language, returns
what to say; None if nothing was asked."""

DATA_TAKE_BACK: Final[HassKey[list[TakeBack]]] = HassKey(f"{DOMAIN}_take_back")


@callback
def async_take_back_question(
    hass: HomeAssistant, satellite_id: str, language: str
) -> str | None:
    """Take back what was asked; return what to say, None if nothing was."""
    texts = [
        take_back(satellite_id, language)
        for take_back in hass.data.get(DATA_TAKE_BACK, ())
    ]
    return next((text for text in texts if text), None)
