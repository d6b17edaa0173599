"""The Assist pipelines "Hearken": one for each language that the owner selected.

The first one is created when a speech server is set up. From then on the pipelines
belong to the owner: only broken references are repaired automatically, which are those
to entities of ours that were renamed and those to engines that no longer exist. All
other damage is reported as an issue that the owner can have repaired. A pipeline is
deleted when its language is deselected. One that the owner deleted is not created again
at the next start, but only after the language is selected again or the speech server is
reconfigured. Pipelines that the owner created are never changed.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any, Final

from homeassistant.components import conversation
from homeassistant.components.assist_pipeline.pipeline import (
    Pipeline,
    PipelineStorageCollection,
    async_update_pipeline,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.start import async_at_started

from ..const import CONF_LANGUAGES, CONF_PIPELINES, DOMAIN
from ..coordinator import ServerCoordinator
from ..languages import names_of
from ..server.issues import Trouble, async_is_over, async_report
from .damage import PIPELINE_TROUBLES, async_find_damage, async_repair_damage
from .names import INITIAL_NAME, name_for, unique_name
from .parts import AGENT, FALLBACK_LANGUAGE, OURS, OurEntities, PipelineParts
from .records import ID, IS_FALLBACK, Records, async_store, records_of, wanted_languages
from .removal import async_delete

_LOGGER = logging.getLogger(__name__)

_WATCHED_DOMAINS: Final = frozenset(
    {*(platform for platform, _ in OURS.values()), conversation.DOMAIN, Platform.TTS}
)


class PipelineKeeper:
    """Creates the pipelines and repairs their references."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, coordinator: ServerCoordinator
    ) -> None:
        """Manage the pipelines of this speech server."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._parts = PipelineParts(hass, entry, coordinator)
        self._lock = asyncio.Lock()

    async def async_start(self) -> None:
        """Create and repair the pipelines now and whenever something changes."""
        await self._async_update()
        store = await async_store(self._hass)
        for unsubscribe in self._async_listen(store):
            self._entry.async_on_unload(unsubscribe)

    async def async_repair(self, pipeline_id: str) -> None:
        """Repair the damage to a pipeline of ours, as the owner asked."""
        async with self._lock:
            store = await async_store(self._hass)
            pipeline = store.data.get(pipeline_id)
            if pipeline is not None and pipeline_id in self._ids():
                await async_repair_damage(self._hass, store, pipeline, self._parts)
        await self._async_update()

    @callback
    def _async_listen(
        self, store: PipelineStorageCollection
    ) -> Iterable[CALLBACK_TYPE]:
        """Subscribe to everything that may break a pipeline."""
        yield self._coordinator.async_add_listener(self._async_schedule_update)
        yield self._hass.bus.async_listen(
            er.EVENT_ENTITY_REGISTRY_UPDATED, self._async_registry_updated
        )
        yield store.async_add_listener(self._async_pipeline_changed)
        yield async_at_started(self._hass, self._async_started)

    @callback
    def _async_started(self, _hass: HomeAssistant) -> None:
        """Update once Home Assistant has started: other engines are known then."""
        self._async_schedule_update()

    async def _async_pipeline_changed(self, *_: object) -> None:
        """Update when the owner has changed a pipeline."""
        self._async_schedule_update()

    @callback
    def _async_registry_updated(
        self, event: Event[er.EventEntityRegistryUpdatedData]
    ) -> None:
        """Update when an engine was renamed, disabled or removed."""
        data = event.data
        if data["entity_id"].partition(".")[0] not in _WATCHED_DOMAINS:
            return
        if data["action"] == "remove" or (
            data["action"] == "update"
            and not {"entity_id", "disabled_by"}.isdisjoint(data["changes"])
        ):
            self._async_schedule_update()

    @callback
    def _async_schedule_update(self) -> None:
        """Schedule an update of the pipelines."""
        self._entry.async_create_task(
            self._hass, self._async_update(), f"{DOMAIN} pipelines", eager_start=False
        )

    async def _async_update(self) -> None:
        """Create, repair and delete pipelines as needed."""
        async with self._lock:
            store = await async_store(self._hass)
            ours = self._parts.our_entities()
            await self._async_remove_unwanted(store)
            if ours["stt_engine"] is not None and self._parts.stt_languages:
                await self._async_add_missing(store, ours)
            else:
                _LOGGER.debug(
                    "No pipeline is created yet: there is no speech-to-text model"
                )
            for language, record in records_of(self._entry).items():
                if (pipeline := store.data.get(record[ID])) is not None:
                    await self._async_repair_references(
                        pipeline, language, record, ours
                    )
            self._async_report_damage(store, ours)

    async def _async_remove_unwanted(self, store: PipelineStorageCollection) -> None:
        """Delete the pipelines of languages that the owner deselected.

        A fallback stays until there is a pipeline for one of the selected languages.
        """
        chosen: list[str] | None = self._entry.options.get(CONF_LANGUAGES)
        if chosen is None:
            return
        records = records_of(self._entry)
        is_served = any(language in records for language in chosen)
        for language in [
            one
            for one, record in records.items()
            if one not in chosen and (is_served or not record.get(IS_FALLBACK))
        ]:
            record = records.pop(language)
            self._async_remember(records)
            async_is_over(self._hass, self._entry, *PIPELINE_TROUBLES, about=record[ID])
            await async_delete(self._hass, store, record[ID])

    async def _async_add_missing(
        self, store: PipelineStorageCollection, ours: OurEntities
    ) -> None:
        """Create missing pipelines; report languages that the model does not know."""
        unknown = []
        for language in wanted_languages(self._hass, self._entry):
            if self._parts.stt_language(language) is None:
                unknown.append(language)
            elif language not in records_of(self._entry):
                await self._async_create(store, ours, language)
        if unknown and not records_of(self._entry):
            await self._async_create_fallback(store, ours, unknown[0])
        if unknown:
            async_report(
                self._hass,
                self._entry,
                Trouble.LANGUAGE_MISSING,
                is_fixable=True,
                languages=names_of(unknown),
            )
        else:
            async_is_over(self._hass, self._entry, Trouble.LANGUAGE_MISSING)

    async def _async_create_fallback(
        self, store: PipelineStorageCollection, ours: OurEntities, wanted: str
    ) -> None:
        """Create a pipeline for a language other than the wanted one."""
        languages = self._parts.stt_languages
        known = self._parts.stt_language(FALLBACK_LANGUAGE)
        _LOGGER.warning(
            "The speech-to-text model does not know the language %s;"
            " the pipeline uses %s instead",
            wanted,
            known or languages[0],
        )
        await self._async_create(store, ours, known or languages[0], is_fallback=True)

    async def _async_create(
        self,
        store: PipelineStorageCollection,
        ours: OurEntities,
        language: str,
        *,
        is_fallback: bool = False,
    ) -> None:
        """Create a pipeline; make it the preferred one unless there is a usable one."""
        parts, records = self._parts, records_of(self._entry)
        tts_engine, tts_language = parts.voice(language, ours["tts_engine"])
        wake_word_id = parts.wake_word()
        names = [pipeline.name for pipeline in store.data.values()]
        pipeline = await store.async_create_item(
            {
                "name": unique_name(names, name_for(language, is_first=not records)),
                "language": language,
                "conversation_engine": ours[AGENT] or conversation.HOME_ASSISTANT_AGENT,
                "conversation_language": parts.conversation_language(language),
                "stt_engine": ours["stt_engine"],
                "stt_language": parts.stt_language(language),
                "tts_engine": tts_engine,
                "tts_language": tts_language,
                "tts_voice": None,
                "wake_word_entity": ours["wake_word_entity"] if wake_word_id else None,
                "wake_word_id": wake_word_id,
                # Home Assistant would carry out risky commands before our agent asks.
                "prefer_local_intents": False,
            }
        )
        record: dict[str, Any] = {ID: pipeline.id, **ours}
        if is_fallback:
            record[IS_FALLBACK] = True
        preferred = store.data.get(store.async_get_preferred_item())
        fallbacks = {one[ID] for one in records.values() if one.get(IS_FALLBACK)}
        self._async_remember({**records, language: record})
        if preferred is not None and (
            _is_untouched(preferred) or preferred.id in fallbacks
        ):
            store.async_set_preferred_item(pipeline.id)

    async def _async_repair_references(
        self,
        pipeline: Pipeline,
        language: str,
        record: dict[str, Any],
        ours: OurEntities,
    ) -> None:
        """Repair broken references, and leave all others alone."""
        changes = self._parts.repairs(pipeline, record, ours)
        if changes:
            _LOGGER.info("Repairing the pipeline %s: %s", pipeline.name, changes)
            await async_update_pipeline(self._hass, pipeline, **changes)
        known = {key: ours[key] or record.get(key) for key in OURS}
        self._async_remember({**records_of(self._entry), language: {**record, **known}})

    @callback
    def _async_report_damage(
        self, store: PipelineStorageCollection, ours: OurEntities
    ) -> None:
        """Report damage that is repaired only when the owner asks for it."""
        for pipeline_id in self._ids():
            pipeline = store.data.get(pipeline_id)
            damage = (
                async_find_damage(self._hass, store, pipeline, ours) if pipeline else {}
            )
            for trouble in PIPELINE_TROUBLES:
                if pipeline is not None and trouble in damage:
                    async_report(
                        self._hass,
                        self._entry,
                        trouble,
                        about=pipeline_id,
                        is_fixable=True,
                        pipeline=pipeline.name,
                        what=damage[trouble],
                    )
                else:
                    async_is_over(self._hass, self._entry, trouble, about=pipeline_id)

    @callback
    def _ids(self) -> list[str]:
        """Return the ids of our pipelines."""
        return [record[ID] for record in records_of(self._entry).values()]

    @callback
    def _async_remember(self, records: Records) -> None:
        """Store the ids of the pipelines and of the entities they use."""
        if records != self._entry.data.get(CONF_PIPELINES):
            self._hass.config_entries.async_update_entry(
                self._entry, data={**self._entry.data, CONF_PIPELINES: records}
            )


def _is_untouched(pipeline: Pipeline) -> bool:
    """Return whether this is Home Assistant's default pipeline without speech."""
    return (
        pipeline.name == INITIAL_NAME
        and pipeline.conversation_engine == conversation.HOME_ASSISTANT_AGENT
        and pipeline.stt_engine is None
    )
