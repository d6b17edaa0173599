"""Buttons: test recognition, cancel a download, listen now, stop, and wake words."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .assist_satellite import HearkenSatellite, async_get_satellites
from .client.check import RecognitionError, check_recognition
from .const import DOMAIN
from .coordinator import ServerCoordinator
from .data import HearkenConfigEntry, SatelliteData
from .entity import (
    HearkenLinkEntity,
    HearkenServerEntity,
    HearkenSettingEntity,
    HearkenThresholdEntity,
)
from .errors import HearkenError
from .satellite.wake_words import SLOTS
from .server.issues import Trouble, async_is_over, async_report
from .server.link import ServerLink, async_send_request
from .texts.reasons import async_reason_text

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SatelliteButtonDescription(ButtonEntityDescription):
    """Describes a button of a satellite."""

    press_fn: Callable[[HearkenSatellite], Coroutine[Any, Any, None]]


async def _stop(satellite: HearkenSatellite) -> None:
    """End what the satellite does."""
    satellite.stop()


DESCRIPTIONS: Final = (
    SatelliteButtonDescription(
        key="listen", press_fn=lambda satellite: satellite.speech.async_listen_now()
    ),
    SatelliteButtonDescription(key="stop", press_fn=_stop),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the buttons of a speech server or a satellite."""
    data = entry.runtime_data
    if isinstance(data, SatelliteData):
        async_add_entities(
            HearkenSatelliteButton(data, description) for description in DESCRIPTIONS
        )
        if not data.wake_words.is_on_device:
            async_add_entities([HearkenFalseWakeButton(data)])
            async_add_entities(HearkenUndoButton(data, slot) for slot in range(SLOTS))
        return
    if data.coordinator.abilities.voices:
        async_add_entities([HearkenTestButton(data.coordinator)])
    if data.link is not None:
        async_add_entities([HearkenCancelButton(data.link)])


class HearkenCancelButton(HearkenLinkEntity, ButtonEntity):
    """Cancels the downloads of speech models."""

    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, link: ServerLink) -> None:
        """Initialize the button."""
        super().__init__(link, "cancel_download")

    @property
    @override
    def available(self) -> bool:
        """Return whether a download is in progress."""
        return bool(self._downloads)

    @override
    async def async_press(self) -> None:
        """Cancel all downloads; the current model stays in use."""
        for model in self._downloads:
            await async_send_request(
                self.hass,
                self.link.client().cancel_download(model),
                "download_not_cancelled",
                model=model,
            )

    @property
    def _downloads(self) -> list[str]:
        """Return the models that are being downloaded."""
        return list(self.link.status.downloads) if self.link.status else []


class HearkenSatelliteButton(HearkenSettingEntity, ButtonEntity):
    """Represents a button of a satellite."""

    entity_description: SatelliteButtonDescription

    def __init__(
        self, data: SatelliteData, description: SatelliteButtonDescription
    ) -> None:
        """Initialize the button."""
        super().__init__(data, description.key)
        self.entity_description = description

    @override
    async def async_press(self) -> None:
        """Press the button."""
        satellites = async_get_satellites(self.hass)
        satellite = satellites.get(self.link.peer.welcome.id)
        if satellite is None:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="satellite_disabled",
                translation_placeholders={"name": self.link.peer.welcome.name},
            )
        await self.entity_description.press_fn(satellite)


class HearkenFalseWakeButton(HearkenSettingEntity, ButtonEntity):
    """Says that the satellite has just been woken by something else."""

    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, data: SatelliteData) -> None:
        """Initialize the button."""
        super().__init__(data, "report_false_wake")
        self._calibrator = data.calibrator

    @property
    @override
    def available(self) -> bool:
        """Return whether reports are used."""
        return super().available and self._calibrator.is_on

    @override
    async def async_press(self) -> None:
        """Note it as evidence for a higher threshold."""
        await self._calibrator.async_report_false_wake()


class HearkenUndoButton(HearkenThresholdEntity, ButtonEntity):
    """Undoes the last change of the threshold of the wake word in a slot."""

    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, data: SatelliteData, slot: int) -> None:
        """Initialize the button for a slot of the satellite."""
        super().__init__(data, "undo_threshold", slot)

    @property
    @override
    def available(self) -> bool:
        """Return whether there is a change to undo."""
        word = self.wake_words.word(self.slot)
        return super().available and bool(word and self._calibrator.last_change(word))

    @override
    async def async_press(self) -> None:
        """Go back to the threshold before."""
        if word := self.wake_words.word(self.slot):
            await self._calibrator.async_undo(word)


class HearkenTestButton(HearkenServerEntity, ButtonEntity):
    """Tests the server with a synthesized sentence."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, coordinator: ServerCoordinator) -> None:
        """Initialize the button."""
        super().__init__(coordinator, "test_recognition")

    @override
    async def async_press(self) -> None:
        """Synthesize and recognize a sentence; raise an error with the reason."""
        entry = self.coordinator.config_entry
        try:
            await check_recognition(
                self.server_address, self.abilities.transcription_languages
            )
        except HearkenError as err:
            reason = async_reason_text(self.hass, err)
            if not isinstance(err, RecognitionError):
                self.coordinator.async_check_now()
            async_report(self.hass, entry, Trouble.RECOGNITION_FAILED, reason=reason)
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="recognition_failed",
                translation_placeholders={"name": entry.title, "reason": reason},
            ) from err
        async_is_over(self.hass, entry, Trouble.RECOGNITION_FAILED)
