"""The selects of a satellite that its runs depend on."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN


class SatelliteSelects:
    """Finds the selects of one satellite, as far as they are in use."""

    def __init__(self, hass: HomeAssistant, satellite_id: str) -> None:
        """Find the selects of this satellite."""
        self._hass = hass
        self._satellite_id = satellite_id

    def entity_id(self, key: str) -> str | None:
        """Return the entity id of a select, None if it is not in use."""
        entity_id = er.async_get(self._hass).async_get_entity_id(
            Platform.SELECT, DOMAIN, f"{self._satellite_id}-{key}"
        )
        if entity_id is None or self._hass.states.get(entity_id) is None:
            return None
        return entity_id

    def option(self, key: str) -> str | None:
        """Return what is selected, None if the select is not in use."""
        entity_id = self.entity_id(key)
        state = self._hass.states.get(entity_id) if entity_id else None
        return state.state if state else None
