"""The Assist pipeline "Hearken": made once, kept whole, removed with the entry.

It is made when a speech server is first set up. From then on it belongs to the
owner: only references that lead nowhere are repaired, those to entities of ours
that were renamed and those to engines that are gone. An owner who deletes it does
not get it back at the next start, but by reconfiguring the speech server.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any, Final

from homeassistant.components import conversation, stt, tts
from homeassistant.components.assist_pipeline.pipeline import (
    KEY_ASSIST_PIPELINE,
    Pipeline,
    PipelineStorageCollection,
    async_setup_pipeline_store,
    async_update_pipeline,
)
from homeassistant.components.tts.const import DATA_TTS_MANAGER
from homeassistant.components.tts.helper import get_engine_instance
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_UNAVAILABLE, Platform
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.start import async_at_started
from homeassistant.util.language import matches

from .const import CONF_PIPELINE, DOMAIN, PIPELINE_NAME, PREFERRED_WAKE_WORDS
from .coordinator import ServerCoordinator

_LOGGER = logging.getLogger(__name__)

_ID: Final = "id"
_INITIAL_NAME: Final = "Home Assistant"
_FALLBACK_LANGUAGE: Final = "en"
# Field of a pipeline -> platform and key of our entity.
_OURS: Final = {
    "stt_engine": (Platform.STT, "speech_to_text"),
    "tts_engine": (Platform.TTS, "text_to_speech"),
    "wake_word_entity": (Platform.WAKE_WORD, "wake_word"),
}


class PipelineKeeper:
    """Makes the pipeline and keeps its references alive."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, coordinator: ServerCoordinator
    ) -> None:
        """Keep the pipeline of this speech server."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._lock = asyncio.Lock()

    async def async_start(self) -> None:
        """Make or repair the pipeline now, and whenever something changes."""
        await self._async_keep()
        for unsubscribe in self._async_listen():
            self._entry.async_on_unload(unsubscribe)

    @callback
    def _async_listen(self) -> Iterable[CALLBACK_TYPE]:
        """Listen to everything that may break the pipeline."""
        yield self._coordinator.async_add_listener(self._async_keep_soon)
        yield self._hass.bus.async_listen(
            er.EVENT_ENTITY_REGISTRY_UPDATED, self._async_registry_updated
        )
        yield async_at_started(self._hass, self._async_started)

    @callback
    def _async_started(self, _hass: HomeAssistant) -> None:
        """Look again once everything else is there."""
        self._async_keep_soon()

    @callback
    def _async_registry_updated(
        self, event: Event[er.EventEntityRegistryUpdatedData]
    ) -> None:
        """Look again when an engine was renamed or removed."""
        data = event.data
        domain = data["entity_id"].partition(".")[0]
        if domain not in {platform for platform, _ in _OURS.values()}:
            return
        if data["action"] == "remove" or (
            data["action"] == "update" and "entity_id" in data["changes"]
        ):
            self._async_keep_soon()

    @callback
    def _async_keep_soon(self) -> None:
        """Make or repair the pipeline in a moment."""
        self._entry.async_create_task(
            self._hass, self._async_keep(), f"{DOMAIN} pipeline", eager_start=False
        )

    async def _async_keep(self) -> None:
        """Make the pipeline, or repair it."""
        async with self._lock:
            store = (await async_setup_pipeline_store(self._hass)).pipeline_store
            ours = self._async_our_entities()
            record = self._entry.data.get(CONF_PIPELINE)
            if record is None:
                await self._async_create(store, ours)
            elif (pipeline := store.data.get(record[_ID])) is not None:
                await self._async_repair(pipeline, record, ours)

    @callback
    def _async_our_entities(self) -> dict[str, str | None]:
        """Return the ids that our entities have now."""
        registry = er.async_get(self._hass)
        return {
            field: registry.async_get_entity_id(
                platform, DOMAIN, f"{self._entry.unique_id}_{key}"
            )
            for field, (platform, key) in _OURS.items()
        }

    @callback
    def _async_remember(self, pipeline_id: str, ours: dict[str, str | None]) -> None:
        """Remember the pipeline, and what our entities were called."""
        record = {_ID: pipeline_id, **ours}
        if record != self._entry.data.get(CONF_PIPELINE):
            self._hass.config_entries.async_update_entry(
                self._entry, data={**self._entry.data, CONF_PIPELINE: record}
            )

    # Make it.

    async def _async_create(
        self, store: PipelineStorageCollection, ours: dict[str, str | None]
    ) -> None:
        """Make the pipeline, and the preferred one if there is none of use."""
        languages = self._coordinator.abilities.transcription_languages
        if ours["stt_engine"] is None or not languages:
            _LOGGER.debug("No pipeline yet: there is no speech-to-text model")
            return
        language, stt_language = self._languages(languages)
        tts_engine, tts_language = self._async_voice(language, ours["tts_engine"])
        wake_word_id = self._wake_word()
        pipeline = await store.async_create_item(
            {
                "name": _unique_name(pipeline.name for pipeline in store.data.values()),
                "language": language,
                "conversation_engine": conversation.HOME_ASSISTANT_AGENT,
                "conversation_language": self._conversation_language(language),
                "stt_engine": ours["stt_engine"],
                "stt_language": stt_language,
                "tts_engine": tts_engine,
                "tts_language": tts_language,
                "tts_voice": None,
                "wake_word_entity": ours["wake_word_entity"] if wake_word_id else None,
                "wake_word_id": wake_word_id,
                "prefer_local_intents": True,
            }
        )
        self._async_remember(pipeline.id, ours)
        if _is_untouched(store.data.get(store.async_get_preferred_item())):
            store.async_set_preferred_item(pipeline.id)

    def _languages(self, supported: Iterable[str]) -> tuple[str, str]:
        """Return the languages of the pipeline and of speech-to-text."""
        config = self._hass.config
        supported = list(supported)
        if matching := matches(config.language, supported, country=config.country):
            return config.language, matching[0]
        language = matches(_FALLBACK_LANGUAGE, supported) or supported
        _LOGGER.warning(
            "The speech-to-text model does not know the language %s;"
            " the pipeline is made for %s",
            config.language,
            language[0],
        )
        return language[0], language[0]

    def _conversation_language(self, language: str) -> str:
        """Return the language in which commands are understood."""
        matching = matches(
            language,
            conversation.async_get_conversation_languages(
                self._hass, conversation.HOME_ASSISTANT_AGENT
            ),
            country=self._hass.config.country,
        )
        return matching[0] if matching else _FALLBACK_LANGUAGE

    def _wake_word(self) -> str | None:
        """Return the wake word to begin with."""
        ids = [word.id for word in self._coordinator.abilities.wake_words]
        wanted = [word for word in PREFERRED_WAKE_WORDS if word in ids]
        return next(iter((*wanted, *ids)), None)

    @callback
    def _async_voice(
        self, language: str, ours: str | None
    ) -> tuple[str | None, str | None]:
        """Return an engine that speaks the language, the house's before ours."""
        default = tts.async_default_engine(self._hass)
        engines = dict.fromkeys(
            (
                *([default] if default else []),
                *self._hass.states.async_entity_ids(Platform.TTS),
                *self._hass.data[DATA_TTS_MANAGER].providers,
            )
        )
        engines.pop(ours or "", None)
        for engine in (*engines, *([ours] if ours else [])):
            instance = get_engine_instance(self._hass, engine)
            state = self._hass.states.get(engine)
            if instance is None or (state and state.state == STATE_UNAVAILABLE):
                continue
            matching = matches(
                language,
                instance.supported_languages or [],
                country=self._hass.config.country,
            )
            if matching:
                return engine, matching[0]
        return None, None

    # Repair it.

    async def _async_repair(
        self, pipeline: Pipeline, record: dict[str, Any], ours: dict[str, str | None]
    ) -> None:
        """Mend references that lead nowhere, and leave all others alone."""
        changes: dict[str, Any] = {}
        for field in _OURS:
            current = getattr(pipeline, field)
            if current is None:
                continue
            if current == record.get(field) and ours[field] is not None:
                changes[field] = ours[field]
            elif self._async_is_gone(current):
                changes |= self._async_replacement(field, pipeline, ours)
        changes |= self._async_offers({**pipeline.to_json(), **changes}, ours)
        known = pipeline.to_json()
        changes = {key: new for key, new in changes.items() if new != known[key]}
        if changes:
            _LOGGER.info("Pipeline %s is repaired: %s", pipeline.name, changes)
            await async_update_pipeline(self._hass, pipeline, **changes)
        kept = {key: ours[key] or record.get(key) for key in _OURS}
        self._async_remember(pipeline.id, kept)

    @callback
    def _async_is_gone(self, engine: str) -> bool:
        """Return whether there is no such engine, and will not be in a moment."""
        hass = self._hass
        return (
            hass.is_running
            and er.async_get(hass).async_get(engine) is None
            and hass.states.get(engine) is None
            and stt.async_get_provider(hass, engine) is None
            and engine not in hass.data[DATA_TTS_MANAGER].providers
        )

    @callback
    def _async_replacement(
        self, field: str, pipeline: Pipeline, ours: dict[str, str | None]
    ) -> dict[str, Any]:
        """Return what takes the place of an engine that is gone."""
        if field != "tts_engine":
            return {field: ours[field]} if ours[field] is not None else {}
        engine, language = self._async_voice(pipeline.language, ours[field])
        return {field: engine, "tts_language": language, "tts_voice": None}

    @callback
    def _async_offers(
        self, wanted: dict[str, Any], ours: dict[str, str | None]
    ) -> dict[str, Any]:
        """Return what to ask our entities for instead of what they lost."""
        abilities = self._coordinator.abilities
        changes: dict[str, Any] = {}
        languages = abilities.transcription_languages
        if (
            wanted["stt_engine"] == ours["stt_engine"] is not None
            and languages
            and wanted["stt_language"] not in languages
        ):
            changes["stt_language"] = self._languages(languages)[1]
        words = [word.id for word in abilities.wake_words]
        if (
            wanted["wake_word_entity"] == ours["wake_word_entity"] is not None
            and words
            and wanted["wake_word_id"] is not None
            and wanted["wake_word_id"] not in words
        ):
            changes["wake_word_id"] = self._wake_word()
        return changes


def _unique_name(names: Iterable[str]) -> str:
    """Return a name that no other pipeline has: satellites choose by name."""
    taken, name, number = set(names), PIPELINE_NAME, 1
    while name in taken:
        number += 1
        name = f"{PIPELINE_NAME} {number}"
    return name


def _is_untouched(pipeline: Pipeline | None) -> bool:
    """Return whether this is the one Home Assistant makes, of no use for speech."""
    return (
        pipeline is not None
        and pipeline.name == _INITIAL_NAME
        and pipeline.conversation_engine == conversation.HOME_ASSISTANT_AGENT
        and pipeline.stt_engine is None
    )


@callback
def is_pipeline_deleted(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Return whether the owner deleted the pipeline that was made."""
    record, data = entry.data.get(CONF_PIPELINE), hass.data.get(KEY_ASSIST_PIPELINE)
    if record is None or data is None:
        return False
    return record[_ID] not in data.pipeline_store.data


async def async_remove_pipeline(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove the pipeline that was made for the entry."""
    record = entry.data.get(CONF_PIPELINE)
    if record is None:
        return
    store = (await async_setup_pipeline_store(hass)).pipeline_store
    pipeline_id = record[_ID]
    if pipeline_id not in store.data:
        return
    if store.async_get_preferred_item() == pipeline_id:
        store.async_set_preferred_item(await _async_other(store, pipeline_id))
    await store.async_delete_item(pipeline_id)


async def _async_other(store: PipelineStorageCollection, pipeline_id: str) -> str:
    """Return a pipeline to prefer from now on; make one if there is no other."""
    others = [p for p in store.data.values() if p.id != pipeline_id]
    others.sort(key=lambda pipeline: pipeline.name != _INITIAL_NAME)
    if others:
        return others[0].id
    pipeline = store.data[pipeline_id]
    created = await store.async_create_item(
        {
            "name": _INITIAL_NAME,
            "language": pipeline.language,
            "conversation_engine": conversation.HOME_ASSISTANT_AGENT,
            "conversation_language": pipeline.conversation_language,
            "stt_engine": None,
            "stt_language": None,
            "tts_engine": None,
            "tts_language": None,
            "tts_voice": None,
            "wake_word_entity": None,
            "wake_word_id": None,
        }
    )
    return created.id
