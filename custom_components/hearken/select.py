"""What the owner chooses for a speech server or a satellite."""

from typing import override

from homeassistant.components.assist_pipeline import (
    AssistPipelineSelect,
    VadSensitivitySelect,
)
from homeassistant.components.select import SelectEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .control import ServerControl
from .data import HearkenConfigEntry, SatelliteData
from .entity import HearkenControlEntity, device_info
from .errors import HearkenError
from .satellite.connection import SatelliteLink

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the choices."""
    data = entry.runtime_data
    if isinstance(data, SatelliteData):
        async_add_entities(
            [
                HearkenPipelineSelect(hass, data.link),
                HearkenVadSensitivitySelect(hass, data.link),
            ]
        )
    elif data.control is not None:
        async_add_entities([HearkenModelSelect(data.control)])


class HearkenModelSelect(HearkenControlEntity, SelectEntity):
    """Chooses the speech model; one that is not there yet is fetched."""

    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, control: ServerControl) -> None:
        """Choose for this server."""
        super().__init__(control, "model")

    @property
    @override
    def current_option(self) -> str | None:
        """Return the model in use."""
        return self.control.status.model if self.control.status else None

    @property
    @override
    def options(self) -> list[str]:
        """Return the models that the server has or could have."""
        names = [model.name for model in self.control.models]
        current = self.current_option
        return names if current is None or current in names else [current, *names]

    @override
    async def async_select_option(self, option: str) -> None:
        """Put a model to use; fetching it goes on afterwards."""
        try:
            await self.control.client().use_model(option)
        except HearkenError as err:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="model_not_used",
                translation_placeholders={"model": option, "reason": str(err)},
            ) from err


class HearkenPipelineSelect(AssistPipelineSelect):
    """Chooses the pipeline that a satellite uses."""

    _attr_has_entity_name = True

    def __init__(self, hass: HomeAssistant, link: SatelliteLink) -> None:
        """Belong to the satellite."""
        welcome = link.peer.welcome
        super().__init__(hass, DOMAIN, welcome.id)
        self._attr_device_info = device_info(welcome)


class HearkenVadSensitivitySelect(VadSensitivitySelect):
    """Chooses how long a pause ends the command."""

    _attr_has_entity_name = True

    def __init__(self, hass: HomeAssistant, link: SatelliteLink) -> None:
        """Belong to the satellite."""
        welcome = link.peer.welcome
        super().__init__(hass, welcome.id)
        self._attr_device_info = device_info(welcome)
