"""Media players: the speaker of a satellite."""

from typing import Any, Final, override

from homeassistant.components import media_source
from homeassistant.components.media_player import MediaPlayerEntity
from homeassistant.components.media_player.browse_media import (
    BrowseMedia,
    async_process_play_media_url,
)
from homeassistant.components.media_player.const import (
    MediaPlayerDeviceClass,
    MediaPlayerEntityFeature,
    MediaPlayerState,
    MediaType,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .assist_satellite import async_get_satellites
from .data import HearkenConfigEntry, SatelliteData
from .entity import HearkenSettingEntity
from .protocol import Ability, MediaCommand, MediaState, SatelliteSettings
from .satellite.media import MediaSender
from .satellite.tasks import Tasks

PARALLEL_UPDATES = 0

_STATES: Final = {
    MediaState.IDLE: MediaPlayerState.IDLE,
    MediaState.PLAYING: MediaPlayerState.PLAYING,
    MediaState.PAUSED: MediaPlayerState.PAUSED,
}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the media player of a satellite that has one."""
    data = entry.runtime_data
    if isinstance(data, SatelliteData) and data.control.can(Ability.MEDIA):
        async_add_entities([HearkenMediaPlayer(hass, entry, data)])


class HearkenMediaPlayer(HearkenSettingEntity, MediaPlayerEntity):
    """Plays media on a satellite, more softly while it listens."""

    _attr_device_class = MediaPlayerDeviceClass.SPEAKER
    _attr_media_content_type = MediaType.MUSIC
    _attr_supported_features = (
        MediaPlayerEntityFeature.BROWSE_MEDIA
        | MediaPlayerEntityFeature.MEDIA_ANNOUNCE
        | MediaPlayerEntityFeature.PAUSE
        | MediaPlayerEntityFeature.PLAY
        | MediaPlayerEntityFeature.PLAY_MEDIA
        | MediaPlayerEntityFeature.STOP
        | MediaPlayerEntityFeature.VOLUME_SET
        | MediaPlayerEntityFeature.VOLUME_STEP
    )

    def __init__(
        self, hass: HomeAssistant, entry: HearkenConfigEntry, data: SatelliteData
    ) -> None:
        """Initialize the media player."""
        super().__init__(data, "media")
        self._sender = MediaSender(hass, Tasks(hass, entry), data.link)

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the media on the satellite."""
        await super().async_added_to_hass()
        self.async_on_remove(self.link.add_listener(self._sender))
        self.async_on_remove(self._sender.async_add_listener(self.async_write_ha_state))
        self.async_on_remove(self._sender.async_leave)

    @property
    @override
    def state(self) -> MediaPlayerState:
        """Return what the media do."""
        return _STATES[self._sender.state]

    @property
    @override
    def volume_level(self) -> float | None:
        """Return the volume of the satellite."""
        return self.control.settings.volume

    @override
    async def async_set_volume_level(self, volume: float) -> None:
        """Set the volume of the satellite."""
        await self.control.async_change(SatelliteSettings(volume=round(volume, 2)))

    @override
    async def async_play_media(
        self,
        media_type: MediaType | str,
        media_id: str,
        *,
        announce: bool | None = None,
        **kwargs: Any,
    ) -> None:
        """Play media, or announce them in turn."""
        satellites = async_get_satellites(self.hass)
        satellite = satellites.get(self.link.peer.welcome.id)
        if announce and satellite is not None:
            await satellite.speech.async_announce(None, media_id, None)
            return
        if media_source.is_media_source_id(media_id):
            found = await media_source.async_resolve_media(
                self.hass, media_id, self.entity_id
            )
            if found.path is not None:
                self._play(f"file:{found.path}")
                return
            media_id = found.url
        self._play(async_process_play_media_url(self.hass, media_id))

    @callback
    def _play(self, url: str) -> None:
        """Play the media at a URL."""
        self._sender.async_play(url)

    @override
    async def async_media_play(self) -> None:
        """Go on."""
        self._sender.async_command(MediaCommand.RESUME)

    @override
    async def async_media_pause(self) -> None:
        """Pause."""
        self._sender.async_command(MediaCommand.PAUSE)

    @override
    async def async_media_stop(self) -> None:
        """Stop."""
        self._sender.async_command(MediaCommand.STOP)

    @override
    async def async_browse_media(
        self,
        media_content_type: MediaType | str | None = None,
        media_content_id: str | None = None,
    ) -> BrowseMedia:
        """Browse the audio that media sources offer."""
        return await media_source.async_browse_media(
            self.hass,
            media_content_id,
            content_filter=lambda item: item.media_content_type.startswith("audio/"),
        )
