"""Tell the server which languages the house speaks, so that it gets a model for them.

The server only follows if its owner selected no model there or here.
"""

import logging

from homeassistant.components.assist_pipeline import async_get_pipelines
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import CONF_DOWNLOAD_MODELS, CONF_LANGUAGES, DOMAIN
from ..errors import HearkenError
from ..languages import speech_language
from ..server.link import ServerLink
from .parts import OURS
from .records import ID, async_store, records_of, wanted_languages

_LOGGER = logging.getLogger(__name__)


class HouseLanguages:
    """Sends the languages of the house whenever they or the connection change."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, link: ServerLink
    ) -> None:
        """Set the server to send them to."""
        self._hass = hass
        self._entry = entry
        self._link = link
        self._sent: tuple[str, ...] | None = None
        """What this connection was told; None after it was lost."""

    async def async_start(self) -> None:
        """Send the languages now and whenever they change."""
        store = await async_store(self._hass)
        stops: list[CALLBACK_TYPE] = [
            self._link.async_add_listener(self._async_check),
            self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._async_changed),
            store.async_add_listener(self._async_pipeline_changed),
        ]
        for stop in stops:
            self._entry.async_on_unload(stop)
        self._async_check()

    async def _async_pipeline_changed(self, *_: object) -> None:
        """Check when a pipeline was changed."""
        self._async_check()

    @callback
    def _async_changed(self, _event: Event) -> None:
        """Check when the settings of the house were changed."""
        self._async_check()

    @callback
    def _async_check(self) -> None:
        """Send the languages unless this connection was told them already."""
        if self._link.status is None:
            self._sent = None
            return
        languages = self._languages()
        if languages == self._sent:
            return
        self._sent = languages
        self._entry.async_create_background_task(
            self._hass, self._async_send(languages), f"{DOMAIN} languages of the house"
        )

    async def _async_send(self, languages: tuple[str, ...]) -> None:
        """Send the languages; an older server does not take them."""
        may_download = self._entry.options.get(CONF_DOWNLOAD_MODELS, True)
        try:
            await self._link.client().serve_house(languages, download=may_download)
        except HearkenError as err:
            _LOGGER.debug("%s was not told the languages: %s", self._entry.title, err)

    @callback
    def _languages(self) -> tuple[str, ...]:
        """Return the languages that are spoken to this server, most important first."""
        platform, key = OURS["stt_engine"]
        ours = er.async_get(self._hass).async_get_entity_id(
            platform, DOMAIN, f"{self._entry.unique_id}_{key}"
        )
        spoken = wanted_languages(self._hass, self._entry)
        if CONF_LANGUAGES not in self._entry.options:
            spoken = [*spoken, self._hass.config.language]
        # The languages of our own assistants are known, and that of one is only a
        # fallback until there is a model for the wanted one.
        own = {record[ID] for record in records_of(self._entry).values()}
        others = (
            pipeline.stt_language
            for pipeline in async_get_pipelines(self._hass)
            if pipeline.stt_engine == ours is not None
            and pipeline.stt_language
            and pipeline.id not in own
        )
        return tuple(dict.fromkeys(map(speech_language, (*spoken, *others))))
