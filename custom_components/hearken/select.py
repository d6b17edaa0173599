"""Selects: speech model and languages of a server; assistants and wake words."""

from typing import Final, override

from homeassistant.components.assist_pipeline import (
    AssistPipelineSelect,
    VadSensitivitySelect,
)
from homeassistant.components.select import SelectEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN, NO_WAKE_WORD, WORD_OF_ASSISTANT
from .data import HearkenConfigEntry, SatelliteData
from .entity import HearkenLinkEntity, HearkenWordEntity, device_info
from .languages import names_of, speech_language
from .pipelines.records import wanted_languages
from .satellite.connection import SatelliteLink
from .satellite.wake_words import SLOTS
from .server.link import ServerLink, async_send_request

PARALLEL_UPDATES = 0

MANUAL: Final = "manual"


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the selects of a speech server or a satellite."""
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
    elif data.link is not None:
        async_add_entities(
            [
                HearkenModelSelect(data.link),
                HearkenLanguageProfileSelect(entry, data.link),
            ]
        )


class HearkenModelSelect(HearkenLinkEntity, SelectEntity):
    """Selects the speech model; a model that is not installed is downloaded."""

    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, link: ServerLink) -> None:
        """Initialize the select."""
        super().__init__(link, "model")

    @property
    @override
    def current_option(self) -> str | None:
        """Return the model in use."""
        return self.link.status.model if self.link.status else None

    @property
    @override
    def options(self) -> list[str]:
        """Return the models that the server has installed or can download."""
        names = [model.name for model in self.link.models if model.is_offered]
        current = self.current_option
        return names if current is None or current in names else [current, *names]

    @override
    async def async_select_option(self, option: str) -> None:
        """Switch to a model; its download continues in the background."""
        await async_send_request(
            self.hass,
            self.link.client().use_model(option),
            "model_not_used",
            model=option,
        )


class HearkenLanguageProfileSelect(HearkenLinkEntity, SelectEntity):
    """Selects the languages for which the server chooses a speech model."""

    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, entry: HearkenConfigEntry, link: ServerLink) -> None:
        """Initialize the select."""
        super().__init__(link, "language_profile")
        self._entry = entry

    @property
    @override
    def current_option(self) -> str | None:
        """Return the languages, or that the model was selected manually."""
        if self.link.status is None:
            return None
        languages = self.link.status.languages
        return names_of(languages) if languages else MANUAL

    @property
    @override
    def options(self) -> list[str]:
        """Return each language of the house, and all of them together."""
        current = self.current_option
        return [MANUAL, *dict.fromkeys((*self._profiles, *_other_than_manual(current)))]

    @override
    async def async_select_option(self, option: str) -> None:
        """Let the server choose a model, or keep the current one."""
        languages, status = self._profiles.get(option), self.link.status
        client = self.link.client()
        if languages is not None:
            await async_send_request(
                self.hass,
                client.choose_model(languages),
                "model_not_chosen",
                languages=option,
            )
        elif option == MANUAL and status is not None and status.model is not None:
            await async_send_request(
                self.hass,
                client.use_model(status.model),
                "model_not_used",
                model=status.model,
            )

    @property
    def _profiles(self) -> dict[str, tuple[str, ...]]:
        """Return the selectable sets of languages by their names."""
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
    """Return the option as a list, empty if it is always offered."""
    return [] if option in (None, MANUAL) else [str(option)]


class HearkenPipelineSelect(AssistPipelineSelect):
    """Selects the pipeline for one of the wake words of a satellite."""

    _attr_has_entity_name = True

    def __init__(self, hass: HomeAssistant, data: SatelliteData, slot: int) -> None:
        """Initialize the select for a slot of the satellite."""
        welcome = data.link.peer.welcome
        super().__init__(hass, DOMAIN, welcome.id, slot)
        self._wake_words = data.wake_words
        self._attr_device_info = device_info(welcome)

    @override
    async def async_select_option(self, option: str) -> None:
        """Select a pipeline; the available wake words may depend on it."""
        await super().async_select_option(option)
        self._wake_words.async_notify()


class HearkenVadSensitivitySelect(VadSensitivitySelect):
    """Selects how long a pause has to be to end a command."""

    _attr_has_entity_name = True

    def __init__(self, hass: HomeAssistant, link: SatelliteLink) -> None:
        """Initialize the select."""
        welcome = link.peer.welcome
        super().__init__(hass, welcome.id)
        self._attr_device_info = device_info(welcome)


class HearkenWakeWordSelect(HearkenWordEntity, SelectEntity):
    """Selects the wake word of a slot of a satellite."""

    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, data: SatelliteData, slot: int) -> None:
        """Initialize the select for a slot of the satellite."""
        super().__init__(data, "wake_word", slot)
        self._none = NO_WAKE_WORD
        if slot == 0 and not data.wake_words.is_on_device:
            self._none = WORD_OF_ASSISTANT

    @property
    @override
    def available(self) -> bool:
        """Return whether there are wake words to select from."""
        return super().available and bool(self.wake_words.available())

    @property
    @override
    def options(self) -> list[str]:
        """Return the wake words as spoken, and the option for none."""
        return [self._none, *sorted(self._words())]

    @property
    @override
    def current_option(self) -> str | None:
        """Return the selected wake word."""
        chosen = self.wake_words.slots[self.slot]
        words = self._words()
        return next(
            (text for text, word in words.items() if word == chosen), self._none
        )

    @override
    async def async_select_option(self, option: str) -> None:
        """Select a wake word."""
        await self.wake_words.async_put(self.slot, self._words().get(option))

    def _words(self) -> dict[str, str]:
        """Return the IDs of the wake words by the text that is shown."""
        shown: dict[str, str] = {}
        for word in self.wake_words.available():
            text = word.phrase if word.phrase not in shown else word.id
            shown[text] = word.id
        return shown
