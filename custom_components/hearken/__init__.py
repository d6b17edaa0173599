"""Hearken: local voice for Home Assistant."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN
from .coordinator import ServerCoordinator
from .data import HearkenConfigEntry, SatelliteData, ServerData, address_of, kind_of
from .errors import HearkenError, InvalidKeyError
from .journal import async_tell_logbook, async_watch_server
from .pipeline import PipelineKeeper, async_remove_pipeline
from .protocol import PeerKind
from .satellite.connection import SatelliteLink
from .services import async_register_services
from .vocabulary_keeper import VocabularyKeeper

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

_SERVER_PLATFORMS = [Platform.EVENT, Platform.STT, Platform.TTS, Platform.WAKE_WORD]
# The satellite asks the selects what was chosen: they have to be there first.
_SATELLITE_PLATFORMS = [[Platform.SELECT], [Platform.ASSIST_SATELLITE, Platform.EVENT]]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up what automations use."""
    async_register_services(hass)
    async_tell_logbook(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: HearkenConfigEntry) -> bool:
    """Set up a speech server or a satellite."""
    if kind_of(entry) is PeerKind.SERVER:
        await _async_setup_server(hass, entry)
    else:
        await _async_setup_satellite(hass, entry)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: HearkenConfigEntry) -> bool:
    """Unload a speech server or a satellite."""
    if isinstance(entry.runtime_data, ServerData):
        return await hass.config_entries.async_unload_platforms(
            entry, _SERVER_PLATFORMS
        )
    for platforms in reversed(_SATELLITE_PLATFORMS):
        if not await hass.config_entries.async_unload_platforms(entry, platforms):
            return False
    await entry.runtime_data.link.flush()
    return True


async def async_remove_entry(hass: HomeAssistant, entry: HearkenConfigEntry) -> None:
    """Remove what was made for the entry."""
    await async_remove_pipeline(hass, entry)


async def _async_setup_server(hass: HomeAssistant, entry: HearkenConfigEntry) -> None:
    """Set up a speech server and its pipeline."""
    coordinator = ServerCoordinator(hass, entry, address_of(entry))
    await coordinator.async_config_entry_first_refresh()
    vocabulary = VocabularyKeeper(hass, entry, coordinator)
    entry.runtime_data = ServerData(coordinator=coordinator, vocabulary=vocabulary)
    await hass.config_entries.async_forward_entry_setups(entry, _SERVER_PLATFORMS)
    vocabulary.async_start()
    await PipelineKeeper(hass, entry, coordinator).async_start()
    entry.async_on_unload(async_watch_server(hass, entry, coordinator))


async def _async_setup_satellite(
    hass: HomeAssistant, entry: HearkenConfigEntry
) -> None:
    """Set up a satellite once it is connected."""
    address = address_of(entry)
    link = SatelliteLink(
        address,
        entry.unique_id or "",
        on_key_refused=lambda: entry.async_start_reauth(hass),
    )
    task = entry.async_create_background_task(
        hass, link.run(), f"{DOMAIN} connection to {entry.title}"
    )
    try:
        await link.first_attempt()
    except HearkenError as err:
        task.cancel()
        failure = (
            ConfigEntryAuthFailed
            if isinstance(err, InvalidKeyError)
            else ConfigEntryNotReady
        )
        raise failure(
            translation_domain=DOMAIN,
            translation_key=err.translation_key,
            translation_placeholders={
                "name": entry.title,
                "host": address.host,
                "port": str(address.port),
                "reason": str(err),
            },
        ) from err
    entry.runtime_data = SatelliteData(link=link)
    for platforms in _SATELLITE_PLATFORMS:
        await hass.config_entries.async_forward_entry_setups(entry, platforms)
