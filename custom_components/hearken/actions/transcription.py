"""Action that transcribes a recording."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Final

import voluptuous as vol
from homeassistant.components import media_source
from homeassistant.components.media_player.browse_media import (
    async_process_play_media_url,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import ConfigEntrySelector

from ..client.pcm import SPEECH_FORMAT
from ..client.transcribe import Transcription, transcribe
from ..const import DOMAIN, MAX_MESSAGE_CHARACTERS, MAX_RECORDING_SECONDS
from ..data import ServerData
from ..errors import HearkenError, Reason
from ..satellite.playback import samples_of_url
from ..texts.reasons import async_reason_text
from .finding import Wrong, invalid

_TEXT: Final = vol.All(cv.string, vol.Length(min=1, max=MAX_MESSAGE_CHARACTERS))
_MEDIA: Final = vol.Any(
    _TEXT,
    # What the media selector of the frontend returns.
    vol.All(
        vol.Schema({vol.Required("media_content_id"): _TEXT}, extra=vol.REMOVE_EXTRA),
        lambda media: media["media_content_id"],
    ),
)
TRANSCRIBE_SCHEMA: Final = vol.All(
    vol.Schema(
        {
            vol.Optional("config_entry_id"): ConfigEntrySelector(
                {"integration": DOMAIN}
            ),
            vol.Exclusive("media", "recording"): _MEDIA,
            vol.Exclusive("file", "recording"): _TEXT,
            vol.Optional("language"): cv.string,
        }
    ),
    cv.has_at_least_one_key("media", "file"),
)


async def async_transcribe(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Transcribe a recording."""
    server = _server(hass, call.data.get("config_entry_id"))
    language = _language(hass, server, call.data.get("language"))
    source = await _source(hass, call)
    begin = time.monotonic()
    heard, seconds = await _transcribe(hass, server, source, language)
    return {
        "text": heard.text,
        "language": language,
        "audio_seconds": round(seconds, 2),
        "seconds": round(time.monotonic() - begin, 2),
    }


async def _transcribe(
    hass: HomeAssistant, server: ServerData, source: str, language: str
) -> tuple[Transcription, float]:
    """Transcribe the audio behind a URL; return the length in seconds, too."""
    sound = _Measured(samples_of_url(hass, source))
    try:
        heard = await transcribe(
            server.coordinator.address, sound.pieces(), language=language
        )
    except HearkenError as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="transcription_failed",
            translation_placeholders={"reason": async_reason_text(hass, err)},
        ) from err
    return heard, sound.seconds


class _Measured:
    """Audio that is measured as it passes, and limited in length."""

    def __init__(self, sound: AsyncGenerator[bytes]) -> None:
        """Measure this audio."""
        self._sound = sound
        self._count_bytes = 0

    @property
    def seconds(self) -> float:
        """Return the length so far."""
        return self._count_bytes / SPEECH_FORMAT.bytes_per_second

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Yield the audio; raise if it is too long."""
        async with aclosing(self._sound):
            async for piece in self._sound:
                self._count_bytes += len(piece)
                if self.seconds > MAX_RECORDING_SECONDS:
                    raise HomeAssistantError(
                        translation_domain=DOMAIN,
                        translation_key="recording_too_long",
                        translation_placeholders={
                            "seconds": str(MAX_RECORDING_SECONDS)
                        },
                    )
                yield piece


async def _source(hass: HomeAssistant, call: ServiceCall) -> str:
    """Return the URL of the audio; raise if it may not be read."""
    if (media := call.data.get("media")) is not None:
        return await _media_address(hass, media)
    path: str = call.data["file"]
    is_there = False
    if "\0" not in path and Path(path).is_absolute():
        if not hass.config.is_allowed_path(path):
            raise invalid(Wrong.FILE_NOT_ALLOWED, file=path)
        is_there = await asyncio.to_thread(_is_file, path)
    if not is_there:
        raise invalid(Wrong.FILE_MISSING, file=path)
    return f"file:{path}"


def _is_file(path: str) -> bool:
    """Return whether the file exists; a name that is too long does not."""
    try:
        return Path(path).is_file()
    except OSError:
        return False


async def _media_address(hass: HomeAssistant, media: str) -> str:
    """Return the URL of a media source."""
    if not media_source.is_media_source_id(media):
        reason = async_reason_text(hass, Reason.NO_MEDIA_SOURCE)
        raise invalid(Wrong.MEDIA_UNKNOWN, media=media, reason=reason)
    try:
        found = await media_source.async_resolve_media(hass, media, None)
    except HomeAssistantError as err:
        raise invalid(
            Wrong.MEDIA_UNKNOWN, media=media, reason=async_reason_text(hass, err)
        ) from err
    if found.path is not None:
        return f"file:{found.path}"
    return async_process_play_media_url(hass, found.url)


def _server(hass: HomeAssistant, entry_id: str | None) -> ServerData:
    """Return the speech server to use."""
    for entry in _loaded(hass):
        if entry_id in (None, entry.entry_id) and isinstance(
            entry.runtime_data, ServerData
        ):
            return entry.runtime_data
    raise invalid(Wrong.NO_SERVER)


def _loaded(hass: HomeAssistant) -> list[ConfigEntry[object]]:
    """Return the loaded entries."""
    return hass.config_entries.async_loaded_entries(DOMAIN)


def _language(hass: HomeAssistant, server: ServerData, wanted: str | None) -> str:
    """Return the server's tag for a language; raise if it is not supported."""
    known = server.coordinator.abilities.transcription_languages
    language = wanted or hass.config.language
    for candidate in (language, language.partition("-")[0]):
        if candidate in known:
            return candidate
    if wanted is None and known:
        return known[0]
    raise invalid(Wrong.UNKNOWN_LANGUAGE, language=language)
