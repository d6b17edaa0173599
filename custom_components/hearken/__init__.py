"""Hearken: local voice for Home Assistant."""

import asyncio
import contextlib
from datetime import timedelta
from functools import partial
from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util

from .calibration.calibrator import Calibrator
from .calibration.storage import async_forget
from .calibration.suggestions import async_withdraw
from .client.abilities import abilities_of
from .const import CONF_TOKEN, CONNECT_TIMEOUT_SECONDS, DOMAIN, SIGNAL_WORDS
from .coordinator import ServerCoordinator
from .data import HearkenConfigEntry, SatelliteData, ServerData, address_of, kind_of
from .discovery.peers import async_watch_announcements
from .entity import add_device
from .errors import HearkenError, InvalidKeyError
from .exchanges.bus import async_fire_events
from .names.keeper import VocabularyKeeper
from .names.proposals import async_watch_names
from .pipelines.house import HouseLanguages
from .pipelines.keeper import PipelineKeeper
from .pipelines.records import async_migrated_data
from .pipelines.removal import async_remove_pipelines
from .protocol import PeerKind
from .satellite.connection import SatelliteLink
from .satellite.ownership import async_hello
from .satellite.settings import SatelliteControl
from .satellite.url_check import async_watch_own_url
from .satellite.wake_words import SatelliteWakeWords
from .schedule import async_get_schedule
from .schedule.languages import async_load_languages
from .server.issues import (
    Trouble,
    async_all_is_over,
    async_check_voice,
    async_is_over,
    async_report,
    async_report_owner,
    async_report_version,
)
from .server.link import ServerLink
from .server.presence import async_watch_server
from .services import async_register_services
from .texts.reasons import async_reason_text
from .wake_word import async_link_of, async_stream_of, async_words_of

_TOKEN_LATER: Final = timedelta(days=1)
"""A server that was just added needs no warning: the last step told about the token."""

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

_SERVER_PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CONVERSATION,
    Platform.EVENT,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.STT,
    Platform.TTS,
    Platform.UPDATE,
    Platform.WAKE_WORD,
]
# The selects are set up first: the satellite reads their states.
_SATELLITE_PLATFORMS = [
    [Platform.SELECT],
    [
        Platform.ASSIST_SATELLITE,
        Platform.BINARY_SENSOR,
        Platform.BUTTON,
        Platform.EVENT,
        Platform.MEDIA_PLAYER,
        Platform.NUMBER,
        Platform.SENSOR,
        Platform.SWITCH,
    ],
]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up actions, events, and what watches the house."""
    async_register_services(hass)
    async_fire_events(hass)
    await async_load_languages(hass)
    await async_get_schedule(hass).async_start()
    async_watch_names(hass)
    async_watch_announcements(hass)
    async_watch_own_url(hass)
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: HearkenConfigEntry) -> bool:
    """Migrate an entry of an older version."""
    if entry.version > 1:
        return False
    if entry.minor_version < 2:  # noqa: PLR2004 - there were several pipelines then
        data = await async_migrated_data(hass, entry)
        hass.config_entries.async_update_entry(entry, data=data, minor_version=2)
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
        async_all_is_over(hass, entry)
        return await hass.config_entries.async_unload_platforms(
            entry, _SERVER_PLATFORMS
        )
    for platforms in reversed(_SATELLITE_PLATFORMS):
        if not await hass.config_entries.async_unload_platforms(entry, platforms):
            return False
    await entry.runtime_data.link.flush()
    return True


async def async_remove_entry(hass: HomeAssistant, entry: HearkenConfigEntry) -> None:
    """Remove the issues and pipelines of the entry."""
    async_all_is_over(hass, entry)
    await async_remove_pipelines(hass, entry)
    if kind_of(entry) is PeerKind.SATELLITE:
        async_withdraw(hass, entry)
        await async_forget(hass, entry)


async def _async_setup_server(hass: HomeAssistant, entry: HearkenConfigEntry) -> None:
    """Set up a speech server and its pipeline."""
    report_version = partial(async_report_version, hass, entry)
    coordinator = ServerCoordinator(hass, entry, address_of(entry), report_version)
    await coordinator.async_config_entry_first_refresh()
    link = await _async_connect(hass, entry, coordinator)
    vocabulary = VocabularyKeeper(hass, entry, coordinator)
    pipelines = PipelineKeeper(hass, entry, coordinator)
    entry.runtime_data = ServerData(
        coordinator=coordinator,
        vocabulary=vocabulary,
        pipelines=pipelines,
        link=link,
    )
    add_device(hass, entry, coordinator.data.welcome)
    await hass.config_entries.async_forward_entry_setups(entry, _SERVER_PLATFORMS)
    async_dispatcher_send(hass, SIGNAL_WORDS)
    vocabulary.async_start()
    await pipelines.async_start()
    if link is not None:
        await HouseLanguages(hass, entry, link).async_start()
    entry.async_on_unload(async_watch_server(hass, entry, coordinator))

    @callback
    def check_voice(_hass: HomeAssistant | None = None) -> None:
        """Report whether there is a text-to-speech engine."""
        async_check_voice(hass, entry)

    entry.async_on_unload(async_at_started(hass, check_voice))
    entry.async_on_unload(coordinator.async_add_listener(check_voice))


async def _async_connect(
    hass: HomeAssistant, entry: HearkenConfigEntry, coordinator: ServerCoordinator
) -> ServerLink | None:
    """Open the live connection if the server offers one and its token is known."""
    if coordinator.data.welcome.http_port is None:
        return None
    if CONF_TOKEN not in entry.data:
        if dt_util.utcnow() - entry.created_at >= _TOKEN_LATER:
            async_report(hass, entry, Trouble.TOKEN_MISSING)
        return None
    async_is_over(hass, entry, Trouble.TOKEN_MISSING)
    link = ServerLink(hass, entry, coordinator)
    with contextlib.suppress(TimeoutError):
        # Speech works without it, so setting up does not wait any longer.
        async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
            await link.async_start()
    return link


async def _async_setup_satellite(
    hass: HomeAssistant, entry: HearkenConfigEntry
) -> None:
    """Set up a satellite once it is connected."""
    address = address_of(entry)
    link = SatelliteLink(
        address,
        entry.unique_id or "",
        on_key_refused=lambda: entry.async_start_reauth(hass),
        hello=await async_hello(hass),
        on_taken=partial(async_report_owner, hass, entry),
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
                "reason": async_reason_text(hass, err),
                **err.placeholders,
            },
        ) from err
    control = SatelliteControl(link)
    wake_words = SatelliteWakeWords(hass, entry, control, async_words_of)
    calibrator = Calibrator(
        hass,
        entry,
        wake_words,
        lambda: async_link_of(hass, wake_words.pipeline()),
        lambda: async_stream_of(hass, link),
    )
    entry.runtime_data = SatelliteData(
        link=link, control=control, wake_words=wake_words, calibrator=calibrator
    )
    entry.async_on_unload(link.add_listener(control))
    area = abilities_of(link.peer.info).area
    add_device(hass, entry, link.peer.welcome, area)
    wake_words.async_start()
    await calibrator.async_start()
    for platforms in _SATELLITE_PLATFORMS:
        await hass.config_entries.async_forward_entry_setups(entry, platforms)
