"""What the owner chooses for a speech server or a satellite."""

from typing import Final, override

from homeassistant.components.assist_pipeline import (
    AssistPipelineSelect,
    VadSensitivitySelect,
)
from homeassistant.components.select import SelectEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .control import ServerControl, async_tell_server
from .data import HearkenConfigEntry, SatelliteData
from .entity import HearkenControlEntity, device_info
from .languages import names_of, speech_language
from .pipeline_records import wanted_languages
from .satellite.connection import SatelliteLink

PARALLEL_UPDATES = 0

MANUAL: Final = "manual"


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
        async_add_entities(
            [
                HearkenModelSelect(data.control),
                HearkenLanguageProfileSelect(entry, data.control),
            ]
        )


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
        await async_tell_server(
            self.control.client().use_model(option), "model_not_used", model=option
        )


class HearkenLanguageProfileSelect(HearkenControlEntity, SelectEntity):
    """Chooses for which languages the server finds the best speech model itself."""

    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, entry: HearkenConfigEntry, control: ServerControl) -> None:
        """Choose for this server."""
        super().__init__(control, "language_profile")
        self._entry = entry

    @property
    @override
    def current_option(self) -> str | None:
        """Return the languages, or that the model was named."""
        if self.control.status is None:
            return None
        languages = self.control.status.languages
        return names_of(languages) if languages else MANUAL

    @property
    @override
    def options(self) -> list[str]:
        """Return the languages of the house, each alone and all together."""
        current = self.current_option
        return [MANUAL, *dict.fromkeys((*self._profiles, *_other_than_manual(current)))]

    @override
    async def async_select_option(self, option: str) -> None:
        """Have the server choose a model, or keep the one that is in use."""
        languages, status = self._profiles.get(option), self.control.status
        client = self.control.client()
        if languages is not None:
            await async_tell_server(
                client.choose_model(languages), "model_not_chosen", languages=option
            )
        elif option == MANUAL and status is not None and status.model is not None:
            await async_tell_server(
                client.use_model(status.model), "model_not_used", model=status.model
            )

    @property
    def _profiles(self) -> dict[str, tuple[str, ...]]:
        """Return what can be chosen: names of languages, and the languages."""
        house = dict.fromkeys(
            speech_language(language)
            for language in (
                *wanted_languages(self.hass, self._entry),
                self.hass.config.language,
            )
        )
        sets = [*((language,) for language in house), tuple(house)]
        return {names_of(languages): languages for languages in sets}


def _other_than_manual(option: str | None) -> list[str]:
    """Return an option in a list, unless it is always there."""
    return [] if option in (None, MANUAL) else [str(option)]


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
