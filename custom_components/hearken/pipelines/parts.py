"""Selection of the engines and languages of our Assist pipelines."""

from collections.abc import Iterable
from typing import Any, Final

from homeassistant.components import conversation, stt, tts
from homeassistant.components.assist_pipeline.pipeline import Pipeline
from homeassistant.components.tts.const import DATA_TTS_MANAGER
from homeassistant.components.tts.helper import get_engine_instance
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_UNAVAILABLE, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util.language import matches

from ..const import DOMAIN, PREFERRED_WAKE_WORDS
from ..coordinator import ServerCoordinator
from ..languages import base_of, with_variants

FALLBACK_LANGUAGE: Final = "en"
AGENT: Final = "conversation_engine"
OURS: Final = {
    AGENT: (Platform.CONVERSATION, "conversation"),
    "stt_engine": (Platform.STT, "speech_to_text"),
    "tts_engine": (Platform.TTS, "text_to_speech"),
    "wake_word_entity": (Platform.WAKE_WORD, "wake_word"),
}
"""Platform and key of our entity, by the field of the pipeline."""

type OurEntities = dict[str, str | None]


class PipelineParts:
    """Selects the engines and languages of new and repaired pipelines."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, coordinator: ServerCoordinator
    ) -> None:
        """Select for the pipelines of one speech server."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator

    @callback
    def our_entities(self) -> OurEntities:
        """Return the current ids of our entities, by the field of the pipeline."""
        registry = er.async_get(self._hass)
        return {
            field: registry.async_get_entity_id(
                platform, DOMAIN, f"{self._entry.unique_id}_{key}"
            )
            for field, (platform, key) in OURS.items()
        }

    @property
    def stt_languages(self) -> tuple[str, ...]:
        """Return the languages that the server transcribes, in all variants."""
        known = self._coordinator.abilities.transcription_languages
        return tuple(with_variants(known))

    def stt_language(self, language: str) -> str | None:
        """Return the speech-to-text tag of a language, None if it is unsupported.

        Script and region are kept: the server writes texts as the tag wants them.
        """
        if language in self.stt_languages:
            return language
        matching = self._matches(language, self.stt_languages)
        return matching[0] if matching else None

    def conversation_language(self, language: str) -> str:
        """Return the tag of a language for Home Assistant's conversation agent."""
        matching = self._matches(
            language,
            conversation.async_get_conversation_languages(
                self._hass, conversation.HOME_ASSISTANT_AGENT
            ),
        )
        return matching[0] if matching else FALLBACK_LANGUAGE

    def wake_word(self) -> str | None:
        """Return the wake word of a new pipeline, None if there is none."""
        ids = [word.id for word in self._coordinator.abilities.wake_words]
        wanted = [word for word in PREFERRED_WAKE_WORDS if word in ids]
        return next(iter((*wanted, *ids)), None)

    @callback
    def voice(self, language: str, ours: str | None) -> tuple[str | None, str | None]:
        """Return an engine that speaks the language and its tag; ours comes last."""
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
            if matching := self._matches(language, instance.supported_languages or []):
                return engine, matching[0]
        return None, None

    @callback
    def repairs(
        self, pipeline: Pipeline, record: dict[str, Any], ours: OurEntities
    ) -> dict[str, Any]:
        """Return the changes that repair broken references, and no others."""
        changes: dict[str, Any] = {}
        for field in OURS:
            current = getattr(pipeline, field)
            if current is None:
                continue
            if field == AGENT:
                changes |= self._agent(pipeline, record, ours)
            elif current == record.get(field) and ours[field] is not None:
                changes[field] = ours[field]
            elif self._is_missing(current):
                changes |= self._replacement(field, pipeline, ours)
        known = pipeline.to_json()
        changes |= self._supported({**known, **changes}, ours)
        return {key: new for key, new in changes.items() if new != known[key]}

    @callback
    def _agent(
        self, pipeline: Pipeline, record: dict[str, Any], ours: OurEntities
    ) -> dict[str, Any]:
        """Return the changes to our agent, where it was renamed or is new."""
        current = pipeline.conversation_engine
        if ours[AGENT] is None:
            return {}
        if record.get(AGENT) is not None:
            return {AGENT: ours[AGENT]} if current == record[AGENT] else {}
        if AGENT in record or current != conversation.HOME_ASSISTANT_AGENT:
            return {}
        # The pipeline was made before there was such an agent.
        return {AGENT: ours[AGENT], "prefer_local_intents": False}

    @callback
    def _is_missing(self, engine: str) -> bool:
        """Return whether there is no such engine; during startup one may still come."""
        hass = self._hass
        return (
            hass.is_running
            and er.async_get(hass).async_get(engine) is None
            and hass.states.get(engine) is None
            and stt.async_get_provider(hass, engine) is None
            and engine not in hass.data[DATA_TTS_MANAGER].providers
        )

    @callback
    def _replacement(
        self, field: str, pipeline: Pipeline, ours: OurEntities
    ) -> dict[str, Any]:
        """Return the changes that replace an engine that no longer exists."""
        if field != "tts_engine":
            return {field: ours[field]} if ours[field] is not None else {}
        engine, language = self.voice(pipeline.language, ours[field])
        return {field: engine, "tts_language": language, "tts_voice": None}

    @callback
    def _supported(self, wanted: dict[str, Any], ours: OurEntities) -> dict[str, Any]:
        """Return the changes for what our entities no longer support."""
        changes: dict[str, Any] = {}
        if wanted["stt_engine"] == ours["stt_engine"] is not None:
            changes |= self._supported_stt_language(wanted)
        words = [word.id for word in self._coordinator.abilities.wake_words]
        if (
            wanted["wake_word_entity"] == ours["wake_word_entity"] is not None
            and words
            and wanted["wake_word_id"] is not None
            and wanted["wake_word_id"] not in words
        ):
            changes["wake_word_id"] = self.wake_word()
        return changes

    def _supported_stt_language(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Return the change of a speech-to-text tag that is unsupported or too short.

        Without its script or region, the pipeline of zh-TW gets simplified texts.
        """
        tag, language = wanted["stt_language"], wanted["language"]
        if tag in self.stt_languages:
            is_short = tag == base_of(language) and language in self.stt_languages
            return {"stt_language": language} if is_short else {}
        variant = self.stt_language(tag)
        return {"stt_language": variant} if variant else {}

    def _matches(self, language: str, supported: Iterable[str]) -> list[str]:
        """Return the supported tags that match a language, the best first."""
        return matches(language, supported, country=self._hass.config.country)
