"""Tests whether a speech server understands what it hears."""

from typing import override

from homeassistant.components.button import ButtonEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client.check import RecognitionError, check_recognition
from .const import DOMAIN
from .coordinator import ServerCoordinator
from .data import HearkenConfigEntry, ServerData
from .entity import HearkenServerEntity
from .errors import HearkenError
from .issues import Trouble, async_is_over, async_report

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the test to a server that can speak what it is to hear."""
    data = entry.runtime_data
    if isinstance(data, ServerData) and data.coordinator.abilities.voices:
        async_add_entities([HearkenTestButton(data.coordinator)])


class HearkenTestButton(HearkenServerEntity, ButtonEntity):
    """Sends a spoken sentence through the server."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, coordinator: ServerCoordinator) -> None:
        """Test this server."""
        super().__init__(coordinator, "test_recognition")

    @override
    async def async_press(self) -> None:
        """Have the sentence spoken and recognised; say what went wrong."""
        entry = self.coordinator.config_entry
        try:
            await check_recognition(
                self.server_address, self.abilities.transcription_languages
            )
        except HearkenError as err:
            reason = str(err)
            if not isinstance(err, RecognitionError):
                self.coordinator.async_doubt()
            async_report(self.hass, entry, Trouble.RECOGNITION_FAILED, reason=reason)
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="recognition_failed",
                translation_placeholders={"name": entry.title, "reason": reason},
            ) from err
        async_is_over(self.hass, entry, Trouble.RECOGNITION_FAILED)
