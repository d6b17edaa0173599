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

from .const import DOMAIN, NO_WAKE_WORD, WORD_OF_ASSISTANT
from .control import ServerControl
from .data import HearkenConfigEntry, SatelliteData
from .entity import HearkenControlEntity, HearkenWordEntity, device_info
from .errors import HearkenError
from .satellite.connection import SatelliteLink
from .satellite.wake_words import SLOTS

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
                *(HearkenPipelineSelect(hass, data, slot) for slot in range(SLOTS)),
                HearkenVadSensitivitySelect(hass, data.link),
            ]
        )
        if not data.wake_words.is_fixed:
            async_add_entities(
                HearkenWakeWordSelect(data, slot) for slot in range(SLOTS)
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
    """Chooses the pipeline that answers to one of a satellite's wake words."""

    _attr_has_entity_name = True

    def __init__(self, hass: HomeAssistant, data: SatelliteData, slot: int) -> None:
        """Belong to a slot of the satellite."""
        welcome = data.link.peer.welcome
        super().__init__(hass, DOMAIN, welcome.id, slot)
        self._wake_words = data.wake_words
        self._attr_device_info = device_info(welcome)

    @override
    async def async_select_option(self, option: str) -> None:
        """Choose; the words that can be chosen may depend on it."""
        await super().async_select_option(option)
        self._wake_words.async_tell()


class HearkenVadSensitivitySelect(VadSensitivitySelect):
    """Chooses how long a pause ends the command."""

    _attr_has_entity_name = True

    def __init__(self, hass: HomeAssistant, link: SatelliteLink) -> None:
        """Belong to the satellite."""
        welcome = link.peer.welcome
        super().__init__(hass, welcome.id)
        self._attr_device_info = device_info(welcome)


class HearkenWakeWordSelect(HearkenWordEntity, SelectEntity):
    """Chooses one of the wake words that a satellite answers to."""

    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, data: SatelliteData, slot: int) -> None:
        """Belong to a slot of the satellite."""
        super().__init__(data, "wake_word", slot)
        self._none = NO_WAKE_WORD
        if slot == 0 and not data.wake_words.is_on_device:
            self._none = WORD_OF_ASSISTANT

    @property
    @override
    def available(self) -> bool:
        """Return whether there is anything to choose."""
        return super().available and bool(self.wake_words.available())

    @property
    @override
    def options(self) -> list[str]:
        """Return the words as they are spoken, and none of them."""
        return [self._none, *sorted(self._words())]

    @property
    @override
    def current_option(self) -> str | None:
        """Return the word that was chosen."""
        chosen = self.wake_words.slots[self.slot]
        words = self._words()
        return next(
            (text for text, word in words.items() if word == chosen), self._none
        )

    @override
    async def async_select_option(self, option: str) -> None:
        """Answer to this word."""
        await self.wake_words.async_put(self.slot, self._words().get(option))

    def _words(self) -> dict[str, str]:
        """Return the ids of the words by what is shown."""
        shown: dict[str, str] = {}
        for word in self.wake_words.available():
            text = word.phrase if word.phrase not in shown else word.id
            shown[text] = word.id
        return shown
