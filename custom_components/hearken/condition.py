"""Conditions for the state of satellites, and for recent speech."""

from datetime import timedelta
from typing import Any, ClassVar, override

import voluptuous as vol
from homeassistant.components.assist_satellite.const import (
    DOMAIN as ASSIST_SATELLITE_DOMAIN,
)
from homeassistant.components.assist_satellite.entity import AssistSatelliteState
from homeassistant.const import CONF_OPTIONS, CONF_TARGET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import (
    Condition,
    ConditionConfig,
    make_entity_state_condition,
)
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util

from .const import ATTR_MUTED
from .exchanges.house import async_get_house
from .exchanges.source import is_targeted

CONF_WITHIN = "within"


class SpokenToCondition(Condition):
    """Tests whether someone spoke to the targeted satellites recently."""

    schema: ClassVar[vol.Schema] = vol.Schema(
        {
            vol.Optional(CONF_TARGET): cv.TARGET_FIELDS,
            vol.Required(CONF_OPTIONS): {
                vol.Required(CONF_WITHIN): cv.positive_time_period
            },
        }
    )

    @classmethod
    @override
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        """Validate target and options."""
        validated: ConfigType = cls.schema(config)
        return validated

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Initialize the condition."""
        super().__init__(hass, config)
        self._target = config.target
        self._within: timedelta = (config.options or {})[CONF_WITHIN]

    @override
    def _async_check(self, **kwargs: Any) -> bool:
        """Return whether someone spoke within the given time."""
        earliest = dt_util.utcnow() - self._within
        return any(
            spoken.at >= earliest
            and is_targeted(self._hass, self._target, spoken.source)
            for spoken in async_get_house(self._hass).spoken.values()
        )


CONDITIONS: dict[str, type[Condition]] = {
    "is_listening": make_entity_state_condition(
        ASSIST_SATELLITE_DOMAIN, AssistSatelliteState.LISTENING
    ),
    "is_muted": make_entity_state_condition(
        {ASSIST_SATELLITE_DOMAIN: DomainSpec(value_source=ATTR_MUTED)}, {True}
    ),
    "is_spoken_to": SpokenToCondition,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions by their names."""
    return CONDITIONS
