"""What makes a satellite ring."""

from typing import Protocol

from homeassistant.components.assist_satellite import DOMAIN as SATELLITE_DOMAIN
from homeassistant.components.assist_satellite.const import PREANNOUNCE_URL
from homeassistant.const import ATTR_ENTITY_ID, STATE_UNAVAILABLE
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN


class Bell(Protocol):
    """Rings on one satellite."""

    @property
    def rings_itself(self) -> bool:
        """Return whether the satellite rings on its own until it is stopped."""

    async def async_ring(self, text: str) -> None:
        """Ring once and say a text; raise HomeAssistantError if that is impossible."""

    @callback
    def async_silence(self) -> None:
        """Stop what is being said."""


_BELLS: HassKey[dict[str, Bell]] = HassKey(f"{DOMAIN}_bells")


@callback
def _bells(hass: HomeAssistant) -> dict[str, Bell]:
    """Return the bells by the satellites' entity IDs."""
    return hass.data.setdefault(_BELLS, {})


@callback
def async_add_bell(hass: HomeAssistant, entity_id: str, bell: Bell) -> CALLBACK_TYPE:
    """Ring on this satellite with its own means; return a function that ends it."""
    bells = _bells(hass)
    bells[entity_id] = bell

    @callback
    def remove() -> None:
        bells.pop(entity_id, None)

    return remove


@callback
def async_bell_of(hass: HomeAssistant, entity_id: str) -> Bell:
    """Return the bell of a satellite; those of other integrations announce."""
    own = _bells(hass).get(entity_id)
    return own or _Announcing(hass, entity_id)


@callback
def async_bells(hass: HomeAssistant) -> list[str]:
    """Return the satellites that have a bell of their own."""
    return list(_bells(hass))


@callback
def is_available(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether a satellite is connected."""
    state = hass.states.get(entity_id)
    return state is not None and state.state != STATE_UNAVAILABLE


class _Announcing:
    """Rings on a satellite of any integration, by announcements."""

    rings_itself = False

    def __init__(self, hass: HomeAssistant, entity_id: str) -> None:
        """Ring on this satellite."""
        self._hass = hass
        self._entity_id = entity_id

    async def async_ring(self, text: str) -> None:
        """Announce a text, after a chime; only the chime if there is no voice."""
        try:
            await self._announce({"message": text})
        except HomeAssistantError:
            await self._announce({"media_id": PREANNOUNCE_URL, "preannounce": False})

    @callback
    def async_silence(self) -> None:
        """Let it end: Home Assistant cannot stop an announcement."""

    async def _announce(self, data: dict[str, str | bool]) -> None:
        """Announce, and wait until it was heard."""
        await self._hass.services.async_call(
            SATELLITE_DOMAIN,
            "announce",
            {ATTR_ENTITY_ID: self._entity_id, **data},
            blocking=True,
        )
